"""The SQL of Vitess where it is not that of MySQL."""

from collections.abc import Mapping, Sequence

from csvferry.databases.mysql.session.connect import MYSQL_RULES, RULES
from csvferry.databases.mysql.sql_dialect import MysqlDialect

# A gate parses what is set, and overflows at MySQL's own way to say that a result has no limit.
_NOT_SET = {"sql_select_limit", "wait_timeout"}
# Kinds of sessions (Vitess, `ExecuteOptions.Workload`): `olap` gives results of more than 10,000
# rows. `dba` has no limit of time, and so its locks stay for ever where a gate is killed.
_LONG_RESULTS = ("SET workload = 'olap'",)
_AGAIN = ("SET workload = 'oltp'",)
_HINT_TWICE = 3126  # the gate puts SET_VAR(sql_mode = …) into each SELECT of a statement
_MANY = 1317  # rows of a result, for a session that is not `olap`


class VitessDialect(MysqlDialect):
    """Vitess 24, a keyspace of one shard."""

    session_rules: Mapping[str, str] = {
        name: value for name, value in {**RULES, **MYSQL_RULES}.items() if name not in _NOT_SET
    }
    around_streams: tuple[Sequence[str], Sequence[str]] = (_LONG_RESULTS, _AGAIN)
    cut_off = _MANY
    takes_files = False
    locks_tables = False
    locks_lapse = True
    shows_work = False
    idle_warnings = MysqlDialect.idle_warnings | {_HINT_TWICE}
    sharded_keyspaces = True
    most_rows = 50_000  # PlanetScale, "System limits": a statement changes at most 100,000
