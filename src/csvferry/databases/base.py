"""A target database as csvferry uses it: a connection, and what is done over it.

Each seam has its contract on it. `mysql/` and `sqlite/` stand behind them, and the tests run on
each; `docs/adding-a-server.md` says how another one comes to stand beside them.
"""

from csvferry.databases.bulk_load import BulkLoader
from csvferry.databases.catalog import Catalog
from csvferry.databases.connection import Connection
from csvferry.databases.shadow_table import ShadowTables


class Database(Connection):
    """A connection with its tables, its way to load many rows, and its shadow tables."""

    catalog: Catalog
    loader: BulkLoader
    shadows: ShadowTables

    @property
    def ledger(self) -> "Database":
        """The database that has the ledger's tables: this one, unless it is spread over servers.

        Over the same connection, and within its transaction.
        """
        return self
