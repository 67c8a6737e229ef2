"""The SQL of a node: that of its server, and sessions that see what other nodes have committed."""

from collections.abc import Mapping

from csvferry.databases.mysql.sql_dialect import MariadbDialect, MysqlDialect

# A node answers before it has applied what others committed, unless a session waits: for reads (1),
# UPDATE and DELETE (2), INSERT and REPLACE (4) (MariaDB, "wsrep_sync_wait"). The ledger is to be
# read as it is.
_RULES = {"wsrep_sync_wait": "7"}


class MariadbNodeDialect(MariadbDialect):
    """MariaDB 10.6 and later, in a Galera cluster."""

    session_rules: Mapping[str, str] = {**MariadbDialect.session_rules, **_RULES}
    locks_tables = False
    locks_are_rows = True


class MysqlNodeDialect(MysqlDialect):
    """Percona XtraDB Cluster 8.0 and later."""

    session_rules: Mapping[str, str] = {**MysqlDialect.session_rules, **_RULES}
    locks_tables = False
    locks_are_rows = True
