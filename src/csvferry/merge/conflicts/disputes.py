"""Disputes about unique values, kept in the scratch database: gathered there, settled by `winners`.

Whoever gathers says what is equal: the server, or for a file alone DuckDB.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csvferry.merge.conflicts.winners import winners
from csvferry.scratch.relations import insert

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 50_000  # rows of numbers that are Python objects at a time
_NUMBER, _BOOLEAN = "BIGINT", "BOOLEAN"
_CLAIMS = {"line": _NUMBER, "number": _NUMBER, "value": _NUMBER}
_HOLDERS = {"line": _NUMBER, "number": _NUMBER, "holder": _NUMBER, "room": _BOOLEAN}
_PARENTS = {"line": _NUMBER, "number": _NUMBER, "parent": _NUMBER}
_FOUND = {"place": _NUMBER, "is_in": _BOOLEAN}


@dataclass(frozen=True)
class Loss:
    """A line that does not get in.

    `unique`: by which set of values, or None where a row does not get in to which the line refers
    by `reference`. `winner`: the line that has the value; None for a row that the table had before.
    """

    line: int
    unique: int | None
    reference: int | None
    winner: int | None


class Disputes:
    """Who wants which unique value, who has it, who refers to whom; `first_wins`: of lines."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", *, first_wins: bool) -> None:
        self._con = con
        self._order = "line" if first_wins else "line DESC"
        for name, columns in (
            ("disputes_claims", _CLAIMS),
            ("disputes_holders", _HOLDERS),
            ("disputes_parents", _PARENTS),
            ("disputes_settled", {"line": _NUMBER, "is_in": _BOOLEAN}),
            ("disputes_open", {"line": _NUMBER, "place": _NUMBER}),
            ("disputes_found", _FOUND),
        ):
            declared = ", ".join(" ".join(column) for column in columns.items())
            con.execute(f"CREATE OR REPLACE TABLE {name} ({declared})")

    def claim(self, unique: int, claims: Iterable[tuple[Any, ...]]) -> None:
        """Add lines that would have a value of a unique set, and the number of the value.

        Values of which there is one claim need not be given.
        """
        rows = ((line, unique, value) for line, value in claims)
        insert(self._con, "disputes_claims", _CLAIMS, rows)

    def claim_by(self, unique: int, select: str) -> None:
        """The same by a DuckDB query of line and value."""
        self._con.execute(
            f"INSERT INTO disputes_claims SELECT line, {unique}, value FROM ({select})"
        )

    def hold(self, holders: Iterable[tuple[int, int, int | None, bool]]) -> None:
        """Add lines whose value a row of the table has: line, unique set, holder, room.

        `holder`: the line of the table's row, where the file has it; `room`: whether it gives the
        value up when that line gets in.
        """
        insert(self._con, "disputes_holders", _HOLDERS, holders)

    def refer(self, reference: int, lines: Iterable[tuple[Any, ...]]) -> None:
        """Add lines that refer to a new row, and that row's line; one that refers to itself may."""
        rows = ((line, reference, parent) for line, parent in lines if line != parent)
        insert(self._con, "disputes_parents", _PARENTS, rows)

    def losses(self) -> Iterator[Loss]:
        """Settle; every line that does not get in, and why."""
        self._settle_plain()
        if rows := self._number_lines():
            found = winners(rows, self._rows(_VALUES), self._rows(_NEEDS), self._lost())
            fates = ((place, is_in) for place, is_in in enumerate(found))
            insert(self._con, "disputes_found", _FOUND, fates)
            self._con.execute(
                "INSERT INTO disputes_settled"
                " SELECT line, is_in FROM disputes_open JOIN disputes_found USING (place)"
            )
        for line, unique, reference, winner in self._rows(
            _LOSSES.format(order=self._order.replace("line", "winner"))
        ):
            yield Loss(line, unique, reference, winner)

    def _settle_plain(self) -> None:
        """Settle what the rule decides at a glance, which is most where many are in dispute.

        Who needs nobody and is the first to claim each of its values is in, so its rivals are out.
        """
        first = f"first_value(line) OVER (PARTITION BY number, value ORDER BY {self._order})"
        self._con.execute(
            "INSERT INTO disputes_settled SELECT line, TRUE"
            f" FROM (SELECT line, line = {first} AS leads FROM disputes_claims)"
            " WHERE line NOT IN (SELECT line FROM disputes_holders)"
            " AND line NOT IN (SELECT line FROM disputes_parents)"
            " GROUP BY line HAVING bool_and(leads)"
        )
        self._con.execute(
            "INSERT INTO disputes_settled SELECT DISTINCT c.line, FALSE FROM disputes_claims AS c"
            " JOIN (SELECT * FROM disputes_claims SEMI JOIN disputes_settled USING (line)) AS w"
            " USING (number, value) WHERE c.line <> w.line"
        )

    def _number_lines(self) -> int:
        """Number the lines that are still in dispute in the order in which they win."""
        self._con.execute(
            f"INSERT INTO disputes_open SELECT line, row_number() OVER (ORDER BY {self._order}) - 1"
            f" FROM ({_LINES}) ANTI JOIN disputes_settled USING (line)"
        )
        found = self._con.execute("SELECT count(*) FROM disputes_open").fetchone()
        return int(found[0]) if found else 0

    def _lost(self) -> Iterator[int]:
        return (place for (place,) in self._rows(_LOST))

    def _rows(self, select: str) -> Iterator[tuple[Any, ...]]:
        with self._con.cursor() as cursor:
            cursor.execute(select)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows


_LINES = (
    "SELECT line FROM disputes_claims UNION SELECT line FROM disputes_holders"
    " UNION SELECT holder FROM disputes_holders WHERE room"
    " UNION SELECT line FROM disputes_parents UNION SELECT parent FROM disputes_parents"
)
_VALUES = (
    "SELECT dense_rank() OVER (ORDER BY number, value) - 1 AS v, place"
    " FROM disputes_claims JOIN disputes_open USING (line) ORDER BY v, place"
)
_NEEDED = (
    "(SELECT line, holder AS other FROM disputes_holders WHERE room"
    " UNION ALL SELECT line, parent FROM disputes_parents)"
)
_NEEDS = (
    f"SELECT f.place, o.place FROM {_NEEDED} AS n"
    " JOIN disputes_open AS f ON f.line = n.line JOIN disputes_open AS o ON o.line = n.other"
)
_LOST = (
    "SELECT DISTINCT place FROM disputes_open JOIN ("
    "SELECT line FROM disputes_holders WHERE NOT room"
    f" UNION ALL SELECT n.line FROM {_NEEDED} AS n"
    " JOIN disputes_settled AS s ON s.line = n.other WHERE NOT is_in) USING (line)"
)
# A parent that is not there is told first, as rejects come before duplicates; then a row of the
# table; of several lines that won the first in their order.
_LOSSES = (
    "WITH outs AS (SELECT line FROM disputes_settled WHERE NOT is_in),"
    " ins AS (SELECT line FROM disputes_settled WHERE is_in)"
    " SELECT line, number, reference, winner FROM ("
    "SELECT line, NULL::BIGINT AS number, number AS reference, NULL::BIGINT AS winner, 0 AS rank"
    " FROM disputes_parents WHERE line IN (FROM outs) AND parent IN (FROM outs)"
    " UNION ALL SELECT line, number, NULL, CASE WHEN NOT room AND holder NOT IN (FROM outs)"
    " THEN holder END, 1 FROM disputes_holders"
    " WHERE line IN (FROM outs) AND (NOT room OR holder IN (FROM outs))"
    " UNION ALL SELECT c.line, c.number, NULL, w.line, 2 FROM disputes_claims AS c"
    " JOIN (SELECT * FROM disputes_claims SEMI JOIN ins USING (line)) AS w"
    " USING (number, value) WHERE c.line IN (FROM outs)"
    ") QUALIFY row_number() OVER (PARTITION BY line ORDER BY rank, {order}, number, reference) = 1"
    " ORDER BY line"
)
