"""Vitess: MySQL behind gates that have limits, and not all of its SQL."""
