"""`verify` compares the whole table with the file, and `verify --repair` mends it."""

from pathlib import Path

import pytest

from cli.shell import Shell
from csvferry.commands.row_comparison.ordered_rows import read_if_same
from csvferry.commands.verify import repairing, verify_object
from csvferry.config.feed import Feed, make_feed
from csvferry.ingest.column_mapping import declared, map_columns
from csvferry.ingest.parser import surveyed
from csvferry.model.report import Report
from csvferry.run.runner import Run, attempt
from csvferry.scratch.workspace import open_workspace
from csvferry.sources.source import find
from targets import Target

TABLE = (
    "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20), price DECIMAL(10,3),"
    " seen DATETIME(3), photo BLOB, born DATE, woke TIME(2), active TINYINT(1))"
)


def _file(folder: Path, rows: int) -> Path:
    file = folder / "people.csv"
    lines = [
        f"{i},né{i},{i}.50,2024-01-02T03:04:05.1{i % 10}0,b{i},2024-02-03,01:02:03.{i % 10}0,true\n"
        for i in range(-5, rows)
    ]
    header = "id,name,price,seen,photo,born,woke,active\n"
    file.write_text(header + "".join(lines) + "900000,,,,,,,\n", encoding="utf-8")
    return file


def _synced(target: Target, file: Path, **options: str) -> Feed:
    feed = make_feed(source=str(file), to=target.url, table="people", **options)
    report, error = attempt(Run(feed, find(feed.source)[0]))
    assert error is None, report.message
    return feed


def _verified(feed: Feed) -> Report:
    return verify_object(Run(feed, find(feed.source)[0]))[0]


def test_a_table_that_is_as_the_file_has_it_is_unchanged(target: Target, tmp_path: Path) -> None:
    target.run(TABLE)
    report = _verified(_synced(target, _file(tmp_path, 9000), mode="mirror"))
    assert (report.status, report.rows.unchanged) == ("unchanged", 9006)


@pytest.mark.parametrize(
    ("mode", "found"), [("mirror", (1, 1, 1)), ("upsert", (1, 1, 0)), ("insert", (1, 0, 0))]
)
def test_drift_is_named_row_by_row(
    target: Target, tmp_path: Path, mode: str, found: tuple[int, int, int]
) -> None:
    target.run(TABLE)
    feed = _synced(target, _file(tmp_path, 9000), mode=mode)
    _drift(target)
    report = _verified(feed)
    assert report.status == "failed"
    assert (report.rows.inserted, report.rows.updated, report.rows.deleted) == found
    named = {(row.drift, row.key) for row in report.sample.drifted}
    kinds = [("missing", "99"), ("different", "77"), ("extra", "123456")]
    assert named == {pair for pair, count in zip(kinds, found, strict=True) if count}


@pytest.mark.parametrize("unique", ["", ", UNIQUE (v)"])  # with it, the server compares
def test_the_command_names_keys_that_are_missing_different_and_extra(
    target: Target, shell: Shell, unique: str
) -> None:
    binary = "" if target.kind == "sqlite" else "COLLATE utf8mb4_bin"
    columns = f"id INT, town VARCHAR(20) {binary}, v INT, PRIMARY KEY (id, town){unique}"
    target.run(f"CREATE TABLE people ({columns})")
    shell.write("people.csv", "id,town,v\n1,V1:x,1\n2,b,2\n3,c,3\n4,d,4\n5,e,x\n")
    words = ("people.csv", "--to", target.url, "--mode", "mirror", "--max-rejects", "100%")
    assert shell.run("sync", *words).status == 0
    target.run("DELETE FROM people WHERE id IN (1, 4)", "UPDATE people SET v = 9 WHERE id = 2")
    target.run("INSERT INTO people VALUES (7, 'z', 7)")
    told = shell.run("verify", *words)
    assert told.status == 1
    drift = told.out.partition("drift\n")[2].splitlines()
    assert drift == [
        "missing  id, town 1, V1:x  line 2", "missing  id, town 4, d  line 5",
        "different  id, town 2, b  line 3", "extra  id, town 7, z",
    ]  # fmt: skip
    (report,) = shell.run("verify", *words, "--json", "--sample", "3").reports
    named = [(row["drift"], row["key"]) for row in report["drift"]]
    assert named == [("missing", "1, V1:x"), ("different", "2, b"), ("extra", "7, z")]
    assert "drift" not in shell.run("verify", *words, "--sample", "0").out


def test_repair_makes_the_table_as_the_file_has_it(target: Target, tmp_path: Path) -> None:
    target.run(TABLE)
    feed = _synced(target, _file(tmp_path, 300), mode="mirror")
    _drift(target)
    repaired, _ = attempt(Run(feed.model_copy(update={"full": True}), find(feed.source)[0]))
    assert (repaired.rows.inserted, repaired.rows.updated, repaired.rows.deleted) == (1, 1, 1)
    assert _verified(feed).status == "unchanged"


def test_values_without_one_spelling_are_compared_by_the_server(
    target: Target, tmp_path: Path
) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY, ratio DOUBLE)")
    file = tmp_path / "people.csv"
    file.write_text("id,ratio\n1,0.5\n2,1e10\n3,\n")
    feed = _synced(target, file, mode="upsert")
    assert _verified(feed).status == "unchanged"
    target.run("UPDATE people SET ratio = 0.25 WHERE id = 1")
    report = _verified(feed)
    assert (report.status, report.rows.updated) == ("failed", 1)


@pytest.mark.parametrize("mode", ["mirror", "upsert"])
def test_more_drift_than_a_guard_lets_through_is_drift(
    target: Target, tmp_path: Path, mode: str
) -> None:
    """A run would be stopped; what only compares tells."""
    target.run("CREATE TABLE people (id INT PRIMARY KEY, ratio DOUBLE)")
    file = tmp_path / "people.csv"
    file.write_text("id,ratio\n" + "".join(f"{i},0.5\n" for i in range(10)))
    feed = _synced(target, file, mode=mode)
    target.run("UPDATE people SET ratio = 0.25 WHERE id < 4")
    file.write_text("id,ratio\n" + "".join(f"{i},{'0.5' if i < 5 else 'x'}\n" for i in range(7)))
    report = _verified(feed)
    assert (report.status, report.rows.updated, report.rows.rejected) == ("failed", 4, 2)
    assert report.rows.deleted == (3 if mode == "mirror" else 0)
    file.write_text("id,ratio\n")
    assert _verified(feed).status == ("failed" if mode == "mirror" else "unchanged")


@pytest.mark.parametrize("ids", [(1,), (-(2**63), 0, 2**63 - 1), (-5, -4, 3)])
def test_keys_at_the_ends_of_their_range_are_verified(
    target: Target, tmp_path: Path, ids: tuple[int, ...]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,name\n" + "".join(f"{i},a\n" for i in ids))
    feed = _synced(target, file, mode="mirror")
    assert _verified(feed).status == "unchanged"
    target.run(f"INSERT INTO people VALUES ({2**63 - 2}, 'b')")
    assert _verified(feed).rows.deleted == 1


def test_a_text_key_is_verified_by_its_hash(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,n\n" + "".join(f"m{i}@example.com,{i}\n" for i in range(3000)))
    feed = _synced(target, file, mode="mirror", key="email")
    assert _verified(feed).status == "unchanged"
    target.run("UPDATE people SET n = -1 WHERE email = 'm7@example.com'")
    report = _verified(feed)
    assert (report.rows.updated, report.rows.inserted, report.rows.deleted) == (1, 0, 0)


def _drift(target: Target) -> None:
    target.run(
        "UPDATE people SET name = 'zz' WHERE id = 77",
        "DELETE FROM people WHERE id = 99",
        "INSERT INTO people (id, name) VALUES (123456, 'q')",
    )


@pytest.mark.parametrize(
    ("mode", "found"), [("mirror", (1, 1, 1)), ("upsert", (1, 1, 0)), ("insert", (1, 1, 0))]
)
def test_without_a_mode_the_table_is_compared_as_it_was_filled(
    target: Target, tmp_path: Path, mode: str, found: tuple[int, int, int]
) -> None:
    target.run(TABLE)
    _synced(target, _file(tmp_path, 900), mode=mode)
    _drift(target)
    feed = make_feed(source=str(tmp_path / "people.csv"), to=target.url, table="people")
    report = _verified(feed)
    assert (report.rows.inserted, report.rows.updated, report.rows.deleted) == found
    (source,) = find(feed.source)
    repaired, error = attempt(repairing(Run(feed, source)))
    assert (error, repaired.status) == (None, "applied")
    assert _verified(feed).status == "unchanged"


def _repaired(feed: Feed) -> Report:
    report, error = attempt(repairing(Run(feed, find(feed.source)[0])))
    assert error is None, report.message
    return report


@pytest.mark.parametrize(
    ("table", "mode", "text"),
    [
        # The key of a rejected row is kept.
        ("(id INT PRIMARY KEY, v INT)", "mirror", "1,1\n2,2\n3,bad\n"),
        # One value of a unique column wins.
        ("(id INT PRIMARY KEY, v VARCHAR(9) UNIQUE)", "insert", "1,a\n2,a\n3,b\n"),
        ("(id INT PRIMARY KEY, v VARCHAR(9) UNIQUE)", "upsert", "1,a\n2,a\n3,b\n"),
        # The server refuses a row.
        ("(id INT PRIMARY KEY, v INT, CHECK (v < 5))", "mirror", "1,1\n2,9\n3,3\n"),
        # Of equal keys the first wins, or the last; a unique index or not.
        ("(id INT PRIMARY KEY, v INT)", "insert", "1,1\n1,2\n2,2\n"),
        ("(id INT PRIMARY KEY, v INT UNIQUE)", "insert", "1,1\n1,2\n2,3\n"),
        ("(id INT PRIMARY KEY, v DOUBLE)", "insert", "1,1\n1,2\n2,3\n"),
        ("(id INT PRIMARY KEY, v DOUBLE)", "upsert", "1,1\n1,2\n2,3\n"),
    ],
)
def test_what_a_run_leaves_is_no_drift(
    target: Target, tmp_path: Path, table: str, mode: str, text: str
) -> None:
    """Nor is it after other rows were repaired."""
    target.run(f"CREATE TABLE people {table}")
    if mode == "mirror":
        target.run("INSERT INTO people VALUES (3, 3)")
    file = tmp_path / "people.csv"
    file.write_text("id,v\n" + text)
    feed = _synced(target, file, mode=mode, max_rejects="100%")
    again = make_feed(source=str(file), to=target.url, table="people", max_rejects="100%")
    left = target.rows("SELECT * FROM people ORDER BY 1")
    for told in (feed, again):
        report = _verified(told)
        assert (report.status, report.rows.deleted) == ("unchanged", 0), report.message
    target.run(f"DELETE FROM people WHERE id = {left[0][0]}")
    assert _verified(again).rows.inserted == 1
    assert _repaired(again).rows.inserted == 1
    assert target.rows("SELECT * FROM people ORDER BY 1") == left
    assert _verified(again).status == "unchanged"


def test_keys_that_only_the_server_takes_for_one_are_no_drift(
    target: Target, tmp_path: Path
) -> None:
    collation = {"sqlite": "NOCASE", "mariadb": "utf8mb4_bin", "mysql": "utf8mb4_bin"}[target.kind]
    target.run(f"CREATE TABLE people (id VARCHAR(9) COLLATE {collation} PRIMARY KEY, v INT)")
    file = tmp_path / "people.csv"
    other = "A" if target.kind == "sqlite" else "a "  # it pads
    for key in ("a", other):
        file.write_text(f"id,v\n{key},1\nb,1\n")
        feed = _synced(target, file, mode="mirror")
    assert _verified(feed).status == "unchanged"


def test_a_key_that_can_not_be_read_may_be_that_of_any_row(target: Target, tmp_path: Path) -> None:
    target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, v INT)", "INSERT INTO people VALUES (9, 9)"
    )
    file = tmp_path / "people.csv"
    file.write_text("id,v\n1,1\nx,2\n")
    feed = _synced(target, file, mode="mirror", max_rejects="100%")
    report = _verified(feed)
    assert report.status == "unchanged"
    assert "1 rows are not in the file and would stay" in str(report.message or report.warnings)


def test_what_mends_a_table_is_a_run_of_the_feed_that_filled_it(
    target: Target, tmp_path: Path
) -> None:
    """An upsert of the same version is still to be done."""
    target.run("CREATE TABLE people (id INT PRIMARY KEY, v VARCHAR(9))")
    file = tmp_path / "people.csv"
    file.write_text("id,v\n1,a\n1,b\n2,c\n")
    _synced(target, file, mode="insert")
    target.run("DELETE FROM people WHERE id = 2")
    again = make_feed(source=str(file), to=target.url, table="people")
    assert _repaired(again).rows.inserted == 1
    _synced(target, file, mode="upsert")
    assert target.rows("SELECT v FROM people ORDER BY id") == [("b",), ("c",)]


def test_rows_that_sync_must_reject_are_not_missing(target: Target, tmp_path: Path) -> None:
    target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20), town VARCHAR(20) NOT NULL)",
        "INSERT INTO people VALUES (1, 'Ann', 'York')",
    )
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Ann\n2,Bob\n")
    feed = _synced(target, file, mode="upsert", max_rejects="100%")
    report = _verified(feed)
    assert (report.status, report.rows.rejected) == ("unchanged", 1)


ALIKE = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(300), note MEDIUMTEXT, ratio DOUBLE,"
    " price DECIMAL(9,2), born DATE)"
)
ROWS = (
    'id,name,note,ratio,price,born\n1,"a ""b"", c","x\ny",0.25,1.50,2024-02-29\n'
    '2,,"",,,\n3,"",é,1e20,-0.10,1999-12-31\n4,' + "n" * 260 + "," + "o" * 70_000 + ",3,7.00,\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_told_apart_however_alike_they_look(
    server_target: Target, tmp_path: Path, end: str
) -> None:
    """Rows that are spelt as the server spells them are compared without being parsed."""
    server_target.run(ALIKE)
    file = tmp_path / "people.csv"
    file.write_bytes(b"".join(_ended(ROWS, end)))
    feed = _synced(server_target, file, mode="mirror")
    assert _same(feed) == 4
    report = _verified(feed)
    assert (report.status, report.rows.unchanged) == ("unchanged", 4)
    for change, back in (
        ("name = ''", "name = NULL"),
        ("note = NULL", "note = ''"),
        ("note = ' '", "note = ''"),
        ("ratio = 0.1", "ratio = NULL"),
    ):
        server_target.run(f"UPDATE people SET {change} WHERE id = 2")
        assert _same(feed) is None, change
        server_target.run(f"UPDATE people SET {back} WHERE id = 2")
    for row in (0, 9):
        server_target.run(f"INSERT INTO people (id) VALUES ({row})")
        assert _same(feed) is None
        server_target.run(f"DELETE FROM people WHERE id = {row}")
    assert _same(feed) == 4
    server_target.run("DELETE FROM people WHERE id = 4")
    assert _verified(feed).rows.inserted == 1


def _same(feed: Feed) -> int | None:
    """How many rows were compared without being parsed; None where one differs."""
    run = Run(feed, find(feed.source)[0])
    with open_workspace() as workspace, run.connected() as database:
        content = run.source.fetch(run.source.identify(), workspace.folder, lambda *_: None)
        with surveyed(workspace.con, content, feed.reading(), workspace.folder) as found:
            table = database.catalog.describe("people")
            survey, columns = declared(found, feed, table)
            mapping = map_columns(feed, "people", columns, table, database, workspace.con)
            same = read_if_same(survey, mapping, database)
            return same.rows if same else None


def _ended(rows: str, end: str) -> list[bytes]:
    """The file's records, with this line end; one within quotes stays."""
    records = rows.replace("x\ny", "x\0y").split("\n")
    return [(r.replace("\0", "\n") + end).encode() for r in records if r]


@pytest.mark.parametrize("day", ["0000-00-00", "2024-00-10", "2024-10-00"])
def test_a_day_that_a_file_can_not_have_is_rejected_where_the_table_has_it(
    server_target: Target, tmp_path: Path, day: str
) -> None:
    """A server that is not strict takes such a day, and csvferry does not."""
    server_target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, born DATE)",
        "SET SESSION sql_mode = ''",
        f"INSERT INTO people VALUES (1, '2024-01-01'), (2, '{day}'), (3, NULL)",
    )
    file = tmp_path / "people.csv"
    file.write_text(f"id,born\n1,2024-01-01\n2,{day}\n3,\n")
    feed = make_feed(source=str(file), to=server_target.url, table="people", mode="mirror")
    report = _verified(feed)
    assert (report.rows.rejected, report.rows.deleted) == (1, 0)


def test_a_table_that_is_as_the_file_has_it_does_not_decide_a_doubtful_dialect(
    server_target: Target, tmp_path: Path
) -> None:
    server_target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20))",
        r"INSERT INTO people VALUES (1, '\\N'), (2, 'b')",
    )
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,\\N\n2,b\n")
    feed = make_feed(source=str(file), to=server_target.url, table="people", mode="mirror")
    assert _verified(feed).status == "guarded"
