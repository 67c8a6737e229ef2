"""Which server answers, by its handshake and its own comment, and what is known of it.

`docs/servers.md` has the same rows with what was run on each; a test holds one to the other.
"""

import re
from dataclasses import dataclass

from csvferry.errors import DatabaseError

Version = tuple[int, int]

# What speaks MySQL's protocol and is no MySQL: words of the handshake or of @@version_comment.
NAMELESS = "a server without @@version_comment"
_OTHERS = {
    NAMELESS: "a server that does not say its name",
    "tidb": "TiDB",
    "planetscale": "Vitess (PlanetScale)",
    "vitess": "Vitess",
    "oceanbase": "OceanBase",
    "polardb-x": "PolarDB-X",
    "tddl": "PolarDB-X",
    "matrixone": "MatrixOne",
    "singlestore": "SingleStore",
    "memsql": "SingleStore",
    "clickhouse": "ClickHouse",
    "starrocks": "StarRocks",
    "doris": "Apache Doris",
    "dolt": "Dolt",
    "databend": "Databend",
    "greptime": "GreptimeDB",
    "manticore": "Manticore Search",
    "proxysql admin": "ProxySQL's admin interface",
    "duckdb": "DuckDB",
}
_VITESS = re.compile(r"^Version: (\d+\.\d+\.\d+).*\(Git revision ")
_DIGITS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Row:
    """A row of the table of servers: a product's versions from `since` on, before `until`."""

    product: str
    name: str
    since: Version
    until: Version | None = None
    run: bool = False  # whether the tests were run on it, not only read of it

    def holds(self, product: str, version: Version) -> bool:
        """Whether a server is meant."""
        return (
            product == self.product
            and version >= self.since
            and (self.until is None or version < self.until)
        )


@dataclass(frozen=True)
class Flavor:
    """A server: its product, its version in numbers and in its own words, and its row, if any."""

    product: str
    version: Version
    words: str
    row: Row | None
    galera: bool = False

    def __str__(self) -> str:
        """As people call it."""
        return f"{self.product} {self.words}".strip()


# The first that holds counts.
ROWS = (
    Row("MariaDB", "MariaDB 10.5", (10, 5), (10, 6)),
    Row("MariaDB", "MariaDB 10.11", (10, 11), (10, 12), run=True),
    Row("MariaDB", "MariaDB 11.8", (11, 8), (11, 9), run=True),
    Row("MariaDB", "MariaDB 10.6 and later", (10, 6)),
    Row("MySQL", "MySQL 9.7", (9, 7), (9, 8), run=True),
    Row("MySQL", "MySQL 8.0 and later", (8, 0)),
    Row("Aurora MySQL", "Aurora MySQL 3", (8, 0)),
    Row("Percona Server", "Percona Server 8.0 and later", (8, 0)),
    Row("Percona XtraDB Cluster", "Percona XtraDB Cluster 8.0 and later", (8, 0)),
    Row("MariaDB Galera Cluster", "Galera, MariaDB 10.11", (10, 11), (10, 12), run=True),
    Row("MariaDB Galera Cluster", "Galera, MariaDB 10.6 and later", (10, 6)),
    Row("Vitess", "Vitess 24", (24, 0), (25, 0), run=True),
)


def recognize(
    handshake: str, comment: str, *, aurora: bool = False, galera: bool = False
) -> Flavor:
    """The server of a handshake's version and of `@@version_comment`.

    `aurora`: it has Aurora's own variable; `galera`: it is a node of a cluster.
    """
    words = f"{handshake} {comment}".lower()
    numbers = _version(handshake)
    text = ".".join(map(str, numbers)) if numbers != (0, 0) else ""
    # The handshake is what its operator likes; a service that says its name has limits of its own.
    if (found := _VITESS.search(comment)) and "planetscale" not in words:
        numbers = _version(found[1])
        row = next((row for row in ROWS if row.holds("Vitess", numbers)), None)
        return Flavor("Vitess", numbers, found[1], row)
    if word := next((word for word in _OTHERS if word in words), None):
        if own := re.search(rf"{re.escape(word)}[- ]v?(\d+\.\d+)", words):
            text = own[1]  # the handshake begins with the MySQL that it would be like
        return Flavor(_OTHERS[word], numbers, text, None)
    product = _product(words, aurora=aurora, galera=galera)
    row = next((row for row in ROWS if row.holds(product, numbers)), None)
    return Flavor(product, numbers, text, row, galera)


def check_known(flavor: Flavor) -> None:
    """Raises DatabaseError for a server that csvferry was not tried on."""
    if flavor.row is None:
        raise DatabaseError(
            f"csvferry is not tested on {flavor}; nothing was made or changed",
            "docs/servers.md lists what it is tested on; --allow-untested-server tries it",
        )


def _version(handshake: str) -> Version:
    # MariaDB once hid behind 5.5.5- so that old replicas would follow it.
    found = _DIGITS.match(handshake.removeprefix("5.5.5-"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _product(words: str, *, aurora: bool, galera: bool) -> str:
    if "mariadb" in words:
        return "MariaDB Galera Cluster" if galera else "MariaDB"
    if aurora:
        return "Aurora MySQL"
    if galera or "xtradb cluster" in words:
        return "Percona XtraDB Cluster"
    return "Percona Server" if "percona" in words else "MySQL"
