"""Names that a file or a table brings with it stay names, whatever characters they have."""

from contextlib import closing
from pathlib import Path

import pytest

import csvferry
from csvferry.commands.verify import verify_object
from csvferry.config.feed import make_feed
from csvferry.databases.connect import open_database
from csvferry.load.context import Run
from csvferry.sources.source import find
from targets import Target

NAMES = ["o'id", "back\\", "back\\slash", "a`b", 'a"b', "a''b", "--", "a\\'b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_and_a_unique_column_of_any_name(target: Target, tmp_path: Path, name: str) -> None:
    """Rows that lose by the column are told of it, in every mode and by `verify`."""
    with closing(open_database(target.url)) as database:
        key, unique = database.sql.quote(name), database.sql.quote(f"u{name}")
    target.run(
        f"CREATE TABLE people ({key} INT PRIMARY KEY, {unique} VARCHAR(20))",
        f"CREATE UNIQUE INDEX u ON people ({unique})",
        "INSERT INTO people VALUES (1, 'x')",
    )
    quoted = [f'"{word.replace(chr(34), chr(34) * 2)}"' for word in (name, f"u{name}")]
    file = tmp_path / "people.csv"
    for rows, mode in (("1,x\n2,x\n3,y\n", "insert"), ("1,x\n2,x\n3,y\n4,y\n5,z\n", "upsert")):
        file.write_text(",".join(quoted) + "\n" + rows)
        report = csvferry.sync(file, to=target.url, key=[name], mode=mode)
        found = dict(target.rows("SELECT line, column_name FROM csvferry_rejects"))
        assert found[3] == f"u{name}", report
    assert len(target.rows("SELECT * FROM people")) == 3


@pytest.mark.parametrize("name", NAMES)
def test_verify_names_rows_by_a_key_of_any_name(target: Target, tmp_path: Path, name: str) -> None:
    with closing(open_database(target.url)) as database:
        target.run(f"CREATE TABLE people ({database.sql.quote(name)} INT PRIMARY KEY)")
    quoted = name.replace('"', '""')
    file = tmp_path / "people.csv"
    file.write_text(f'"{quoted}"\n1\n2\n')
    feed = make_feed(source=str(file), to=target.url, table="people", key=[name], mode="upsert")
    report, _ = verify_object(Run(feed, find(feed.source)[0]))
    assert report.rows.inserted == 2
    assert {(row.drift, row.key) for row in report.sample.drifted} == {
        ("missing", "1"),
        ("missing", "2"),
    }
