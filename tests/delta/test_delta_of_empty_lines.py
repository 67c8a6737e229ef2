"""A version with empty lines is read as a whole: blocks can't tell them from rows."""

import sqlite3
from pathlib import Path

import pytest

import csvferry

ROWS = [f"{n},{n}@example.com" for n in range(2_000)]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CR LF"])
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
def test_rows_after_an_empty_line_are_told_as_they_stand(
    tmp_path: Path, end: str, quoted: bool
) -> None:
    file, target = tmp_path / "people.csv", f"sqlite:///{tmp_path}/people.db"

    def sync(rows: list[str]) -> csvferry.Report:
        file.write_text(end.join(["id,email", *rows, ""]), newline="")
        return csvferry.sync(
            str(file), to=target, mode="mirror", state=str(tmp_path / "state"), max_rejects="1%"
        )

    sync(ROWS)
    changed = [*ROWS[:700], "", '700,"ann, 700"' if quoted else "700,ann", *ROWS[701:], "x,y", ""]
    report = sync(changed)
    assert (report.strategy, report.rows.updated, report.rows.deleted) == ("delta", 1, 0)
    assert (report.rows.read, report.rows.rejected) == (2_001, 1)
    with sqlite3.connect(tmp_path / "people.db") as database:
        ((line,),) = database.execute('SELECT "line" FROM csvferry_rejects')
        assert database.execute("SELECT COUNT(*) FROM people").fetchone() == (2_000,)
    assert line == changed.index("x,y") + 2
    report = sync([*ROWS, "2000,2000@example.com"])
    assert (report.strategy, report.rows.updated, report.rows.inserted) == ("delta", 1, 1)
