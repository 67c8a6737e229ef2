"""Galera: MySQL or MariaDB as nodes of a cluster, where each node has locks of its own."""
