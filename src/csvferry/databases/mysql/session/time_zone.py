"""The session's time zone, by a name whose rules DuckDB has.

A server can be in the zone of its machine, of which it tells an abbreviation alone (manual, 7.1.15
"MySQL Server Time Zone Support"). It is found by the server's own answers: what its clock shows in
each week that a TIMESTAMP can be in, and just before and after each change.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from csvferry.databases.answers.rows import Offset, Word, rows_of, values_of
from csvferry.errors import TargetError
from csvferry.model.column_type import Zone, zone_of

if TYPE_CHECKING:
    import duckdb

Query = Callable[[str], list[tuple[Any, ...]]]

_WEEK, _WEEKS, _STEP = 604_800, 3_549, 900
_TRIED = 10  # zones that are alike in every week
_OFFSET = "TIMESTAMPDIFF(SECOND, '1970-01-01', FROM_UNIXTIME({0})) - {0}"
_DIGITS = " UNION ALL ".join(f"SELECT {digit} AS d" for digit in range(10))


def session_zone(query: Query) -> Zone:
    """The zone of this session. Raises TargetError where its rules are those of no known zone."""
    asked = query("SELECT @@time_zone, @@system_time_zone")
    ((named, machine),) = rows_of(tuple[Word, Word], asked)
    own = "UTC" if named == "SYSTEM" and machine == "UTC" else named
    zone = zone_of(own)
    return zone if zone.fixed is not None else _found(query, own)


def _found(query: Query, own: str) -> Zone:
    import duckdb

    weekly = values_of(Offset, query(_every_week()))
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        alike = sorted(_alike(con, weekly), key=lambda name: (name != own, len(name), name))
        for name in alike[:_TRIED]:
            changes = _changes(con, name)
            if _server_offsets(query, changes) == list(changes.values()):
                return Zone(name)
    raise TargetError(
        f"the server's time zone {own} has rules that csvferry does not know",
        "set the server's default_time_zone to a name of the IANA database, or to +HH:MM",
    )


def _every_week() -> str:
    tables = ", ".join(f"({_DIGITS}) AS d{place}" for place in range(4))
    number = " + ".join(f"d{place}.d * {10**place}" for place in range(4))
    weeks = f"SELECT ({number}) * {_WEEK} AS n FROM {tables}"
    return (
        f"SELECT {_OFFSET.format('n')} FROM ({weeks}) AS weeks"
        f" WHERE n < {_WEEK * _WEEKS} ORDER BY n"
    )


def _alike(con: "duckdb.DuckDBPyConnection", weekly: Sequence[int]) -> list[str]:
    """Names of zones with these offsets; most differ in one of a few weeks already."""
    names = [
        str(name) for (name,) in con.execute("SELECT name FROM pg_timezone_names()").fetchall()
    ]
    few = [*range(0, _WEEKS, 97), _WEEKS - 1]
    for places in (few, range(_WEEKS)):
        wanted = [weekly[place] for place in places]
        names = [
            name for name in names if _offsets(con, name, [p * _WEEK for p in places]) == wanted
        ]
    return names


def _changes(con: "duckdb.DuckDBPyConnection", name: str) -> dict[int, int]:
    """The zone's offsets a quarter of an hour before and at each change."""
    found = con.execute(
        "SELECT n, o FROM"
        " (SELECT n, o, lag(o) OVER moments AS before, lead(o) OVER moments AS after"
        " FROM (SELECT n, epoch(timezone($name, to_timestamp(n)))::BIGINT - n AS o"
        " FROM range(0, $until, $step) AS instants(n)) WINDOW moments AS (ORDER BY n))"
        " WHERE before <> o OR after <> o ORDER BY n",
        {"name": name, "until": _WEEK * _WEEKS, "step": _STEP},
    )
    return {int(instant): int(offset) for instant, offset in found.fetchall()}


def _offsets(con: "duckdb.DuckDBPyConnection", name: str, instants: Sequence[int]) -> list[int]:
    found = con.execute(
        "SELECT epoch(timezone($name, to_timestamp(n)))::BIGINT - n"
        " FROM (SELECT unnest($instants::BIGINT[]) AS n)",
        {"name": name, "instants": list(instants)},
    )
    return [int(offset) for (offset,) in found.fetchall()]


def _server_offsets(query: Query, instants: Iterable[int]) -> list[int]:
    asked = ", ".join(_OFFSET.format(instant) for instant in instants)
    return list(*rows_of(tuple[Offset, ...], query(f"SELECT {asked}"))) if asked else []
