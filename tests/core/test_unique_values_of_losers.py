"""A row that lost a unique value to another wins none: nobody loses to a row that is not there.

Shown on files whose rows can be equal in three ways, against a model that takes them one by one.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import csvferry
from targets import Target

Row = tuple[int | None, ...]
COLUMNS = ("badge", "desk", "email")
LET_IN = "SELECT id FROM people WHERE id > 0"
some_rows = st.lists(
    st.tuples(*[st.none() | st.integers(0, 3) for _ in COLUMNS]), min_size=1, max_size=9
)


def _table(order: Sequence[str] = COLUMNS, email: str = "INT") -> str:
    """Its unique indexes in some order: which is looked at first must not matter."""
    uniques = ", ".join(f"UNIQUE ({name})" for name in order)
    return (
        f"CREATE TABLE people (id INT PRIMARY KEY, badge INT, desk INT, email {email}, {uniques})"
    )


def _write(folder: Path, rows: Sequence[Row]) -> str:
    """A file of rows whose ids are 1, 2 and so on, in lines 2, 3 and so on."""
    file = folder / "people.csv"
    words = (
        ",".join("" if value is None else str(value) for value in row)
        for row in ((number, *row) for number, row in enumerate(rows, 1))
    )
    file.write_text("\n".join(["id,badge,desk,email", *words, ""]))
    return str(file)


def _one_by_one(rows: Sequence[Row], *, last_first: bool) -> set[int]:
    """The ids of rows that get in when each is refused that has a value of one that is in."""
    taken: set[tuple[int, int]] = set()
    ids: set[int] = set()
    for number, row in sorted(enumerate(rows, 1), reverse=last_first):
        values = {(column, value) for column, value in enumerate(row) if value is not None}
        if not values & taken:
            taken |= values
            ids.add(number)
    return ids


@pytest.mark.parametrize("order", [COLUMNS, COLUMNS[::-1]], ids=["badge first", "email first"])
@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_a_row_that_lost_by_one_value_refuses_none_by_another(
    target: Target, tmp_path: Path, mode: str, order: Sequence[str]
) -> None:
    target.run(_table(order))
    rows = [(1, 1, 1), (2, 2, 1), (2, 3, 3)]
    done = csvferry.sync(
        _write(tmp_path, rows if mode == "insert" else rows[::-1]), to=target.url, mode=mode
    )
    assert (done.rows.inserted, done.rows.duplicate) == (2, 1)
    winner = 2 if mode == "insert" else 4
    assert target.rows("SELECT line, message FROM csvferry_rejects") == [
        (3, f"the value is unique and is that of line {winner}, which won")
    ]


@pytest.mark.parametrize(
    ("mode", "left"), [("insert", {1, 2, 4}), ("upsert", {3, 6}), ("mirror", {2, 5, 6})]
)
def test_nor_does_one_that_lost_to_the_table(
    target: Target, tmp_path: Path, mode: str, left: set[int]
) -> None:
    target.run(_table(), "INSERT INTO people VALUES (-1, 90, 90, 90)")
    rows = [(2, 3, 2), (1, 1, 1), (2, 4, 1), (4, 4, 4), (90, 4, 5), (4, 3, 6)]
    done = csvferry.sync(_write(tmp_path, rows), to=target.url, mode=mode, max_deletes="100%")
    assert done.strategy == "staged"
    assert {number for (number,) in target.rows(LET_IN)} == left


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=some_rows,
    mode=st.sampled_from(["insert", "upsert"]),
    way=st.sampled_from(["by the file alone", "by a collation", "beside other rows"]),
)
def test_rows_end_as_if_they_had_come_one_by_one(
    target: Target, tmp_path: Path, rows: list[Row], mode: str, way: str
) -> None:
    email = "VARCHAR(20)" if way == "by a collation" else "INT"
    target.run("DROP TABLE IF EXISTS people", _table(email=email))
    if way == "beside other rows":
        target.run("INSERT INTO people VALUES (-1, 90, 90, 90)")
    done = csvferry.sync(_write(tmp_path, rows), to=target.url, mode=mode, full=True)
    if way != "by a collation":
        assert done.strategy == ("staged" if way == "beside other rows" else "direct")
    ids = _one_by_one(rows, last_first=mode != "insert")
    assert {number for (number,) in target.rows(LET_IN)} == ids
    told = f"SELECT line, message FROM csvferry_rejects WHERE run = '{done.run}'"
    refused = dict(target.rows(told))
    assert {line - 1 for line in refused} == {*range(1, len(rows) + 1)} - ids
    winners = (int(message.split(" line ")[1].split(",")[0]) for message in refused.values())
    assert {winner - 1 for winner in winners} <= ids
