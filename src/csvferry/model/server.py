"""The servers whose rules hold, and what each can do, asked by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from csvferry.model.column_type import Kind


@dataclass(frozen=True)
class Traits:
    """What a server keeps of a value, and of a table that csvferry makes."""

    lacks: frozenset[Kind]  # types that it does not have
    most_columns: int  # of a table
    bytewise: str  # the collation that compares byte by byte
    charsets: bool = True  # whether a text column has a character set
    ascii_collations: bool = False  # BINARY, RTRIM and NOCASE, which folds ASCII alone
    # A column keeps what its affinity makes of a value, whatever its type ("Datatypes In SQLite").
    affinities: bool = False
    exact_digits: int | None = None  # of a DECIMAL column, whatever it declares; None: as declared
    json_levels: int = 100
    json_is_text: bool = False  # kept to the letter, keys that repeat and long numbers too
    time_fraction_beyond: bool = False  # whether 838:59:59.9 is a TIME
    first_timestamp: str = "00:00:01"  # of 1970-01-01, UTC


class Server(StrEnum):
    """Whose rules hold. SQLite behaves as MySQL would, within what its affinities keep."""

    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"

    @property
    def traits(self) -> Traits:
        """What it can do."""
        return _TRAITS[self]


_TRAITS: Mapping[Server, Traits] = {
    Server.MYSQL: Traits(
        lacks=frozenset({Kind.UUID}),
        most_columns=1017,
        bytewise="utf8mb4_0900_bin",
    ),
    Server.MARIADB: Traits(
        lacks=frozenset(),
        most_columns=1017,
        bytewise="utf8mb4_nopad_bin",
        json_levels=31,
        json_is_text=True,
        time_fraction_beyond=True,
        first_timestamp="00:00:00.000001",
    ),
    Server.SQLITE: Traits(
        lacks=frozenset({Kind.ENUM, Kind.SET, Kind.UUID}),
        most_columns=2000,
        bytewise="BINARY",
        charsets=False,
        ascii_collations=True,
        affinities=True,
        exact_digits=15,  # what a REAL keeps ("Datatypes In SQLite", 3)
    ),
}
