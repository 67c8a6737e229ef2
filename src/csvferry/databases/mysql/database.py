"""MySQL and MariaDB behind the seams."""

import time
from copy import copy
from dataclasses import replace
from functools import cached_property

from csvferry.databases.base import Database
from csvferry.databases.mysql.bulk_load import MysqlLoader
from csvferry.databases.mysql.catalog import MysqlCatalog
from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.databases.mysql.session.url import MysqlTarget, parse_mysql_url
from csvferry.databases.mysql.shadow_table import MysqlShadowTables
from csvferry.databases.shadow_table import ShadowTables
from csvferry.databases.vitess.bulk_load import ShardedLoader
from csvferry.databases.vitess.catalog import ShardedCatalog
from csvferry.databases.vitess.sql_dialect import LedgerDialect, ShardedDialect
from csvferry.errors import PassingDatabaseError


class MysqlDatabase(MysqlConnection, Database):
    """One connection, strict, in the server's own time zone; its staging tables die with it."""

    def __init__(self, target: MysqlTarget) -> None:
        super().__init__(target)
        sharded = isinstance(self.sql, ShardedDialect)
        self.catalog = ShardedCatalog(self, self.sql) if sharded else MysqlCatalog(self, self.sql)
        self.loader = ShardedLoader(self) if sharded else MysqlLoader(self)
        self.shadows = MysqlShadowTables(self.loader) if self.sql.locks_tables else ShadowTables()

    @cached_property
    def ledger(self) -> Database:
        keyspace = self._keyspace.ledger if self._keyspace else None
        if keyspace is None:
            return self
        beside = copy(self)  # the same session, in another place
        beside.target = replace(self.target, database=keyspace.name)
        beside._keyspace, beside.sql = keyspace, LedgerDialect()
        beside.catalog, beside.loader = MysqlCatalog(beside, beside.sql), MysqlLoader(beside)
        return beside

    @classmethod
    def from_url(
        cls, url: str, *, read_only: bool = False, untested: bool = False
    ) -> "MysqlDatabase":
        """Connect to `mysql://…`."""
        return cls(replace(parse_mysql_url(url), read_only=read_only, untested=untested))


def wait_for(target: MysqlTarget, patience: float) -> MysqlDatabase:
    """Connect, trying for `patience` seconds: a paused Aurora takes 15 s and more to wake."""
    deadline = time.monotonic() + patience
    pause = 0.5
    while True:
        try:
            return MysqlDatabase(target)
        except PassingDatabaseError:
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause = min(pause * 1.6, 5.0)
