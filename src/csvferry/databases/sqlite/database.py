"""SQLite behind the seams: the embedded default, judged by the same rules as MySQL."""

from csvferry.databases.base import Database
from csvferry.databases.shadow_table import ShadowTables
from csvferry.databases.sqlite.bulk_load import SqliteLoader
from csvferry.databases.sqlite.catalog import SqliteCatalog
from csvferry.databases.sqlite.connection import SqliteConnection


class SqliteDatabase(SqliteConnection, Database):
    """One connection to a file; staging tables are TEMP and die with it."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        super().__init__(url, read_only=read_only)
        self.catalog = SqliteCatalog(self)
        self.loader = SqliteLoader(self)
        self.shadows = ShadowTables()
