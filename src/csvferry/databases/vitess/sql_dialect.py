"""The SQL of Vitess where it is not that of MySQL."""

from collections.abc import Mapping, Sequence

from csvferry.databases.mysql.session.connect import MYSQL_RULES, RULES
from csvferry.databases.mysql.sql_dialect import MysqlDialect
from csvferry.databases.vitess.time_limit import own_limit

# A gate parses what is set, and overflows at MySQL's own way to say that a result has no limit.
_NOT_SET = {"sql_select_limit", "wait_timeout"}
_HINT_TWICE = 3126  # the gate puts SET_VAR(sql_mode = …) into each SELECT of a statement
_MOST = 50_000  # PlanetScale, "System limits": a statement changes at most 100,000 rows
_MOST_PLAIN = 10_000  # of a statement without a join, sent to one shard
_MANY = 1317  # rows of a result, for a session that is not `olap`


class VitessDialect(MysqlDialect):
    """Vitess 24.

    `tried`: another Vitess, or a service made of it, may take the words of a long transaction
    otherwise, and keeps its own limit.
    """

    def __init__(self, *, tried: bool = True) -> None:
        self._tried = tried

    session_rules: Mapping[str, str] = {
        name: value for name, value in {**RULES, **MYSQL_RULES}.items() if name not in _NOT_SET
    }
    # Vitess, `ExecuteOptions.Workload`: `olap` gives results of more than 10,000 rows, `dba` has no
    # limit of time.
    usual_work = "oltp"
    stream_work = "olap"
    long_work = "dba"
    cut_off: int | None = _MANY
    takes_files = False
    locks_tables = False
    locks_lapse = True
    shows_work = False
    idle_warnings = MysqlDialect.idle_warnings | {_HINT_TWICE}
    sharded_keyspaces = True
    most_rows = _MOST
    ends_transactions = True

    def in_keyspace(self, keyspace: str, *, sharded: bool) -> MysqlDialect:
        return ShardedDialect(keyspace, tried=self._tried) if sharded else self

    def before_long_work(self, rows: int) -> Sequence[str]:
        return own_limit(rows) if self._tried and rows > _MOST else ()


class LedgerDialect(VitessDialect):
    """A keyspace of one shard beside a sharded one.

    A commit over both goes on for a moment after its session was lost.
    """

    awaiting = " FOR SHARE"


class ShardedDialect(VitessDialect):
    """A keyspace of several shards."""

    stages_all = True
    most_rows = _MOST_PLAIN
    cut_off = None  # in a transaction the gate ends it with such a result
    bare_numbers = True  # a vindex of whole numbers takes no negative one as a text
    atomic_mode = "twopc"
    parted_mode = "multi"
    lessened: Mapping[str, str] = {
        "every_row_accounted": "in part: a row that MySQL alone refuses ends the run, undone",
        "all_or_nothing": "kept, but while a commit goes over shards, others may see some of it",
    }

    def __init__(self, keyspace: str, *, tried: bool = True) -> None:
        super().__init__(tried=tried)
        self.keyspace = keyspace

    def before_long_work(self, rows: int) -> Sequence[str]:  # noqa: ARG002
        """Nothing: a session with a temporary table has no two-phase commit."""
        return ()
