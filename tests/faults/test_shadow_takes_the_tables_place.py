"""A first load through a shadow table: killed at each point, cut off, hindered, overtaken."""

import threading
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from csvferry.databases.connect import open_database
from csvferry.databases.mysql.shadow_table import MysqlShadowTable
from csvferry.ledger import entries as ledger
from faults.driver import pipe, report, run, start
from faults.inprocess import sync
from faults.proxy import Proxy, once
from faults.scenario import COMMON, SHADOWS, Scenario, points
from targets import Target

DONE = ("swapped", "committed", "remembered")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are enough, in this process too."""
    loads = import_module("csvferry.load.parallel_load")
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 1)
    monkeypatch.setattr(loads, "SLICE", 50)


@pytest.fixture(params=SHADOWS)
def one(request: pytest.FixtureRequest, server_target: Target, tmp_path: Path) -> Scenario:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Scenario(server_target, tmp_path, request.param, "mirror")


@pytest.fixture
def empty(server_target: Target, tmp_path: Path) -> Scenario:
    (tmp_path / "scratch").mkdir()
    return Scenario(server_target, tmp_path, "empty by a shadow table", "insert")


def entries(one: Scenario) -> int:
    """How many runs the ledger tells of, whatever lies in its table."""
    with closing(open_database(one.target.url)) as database:
        return len(ledger.history(database, 10))


def runs(one: Scenario) -> list[tuple[str]]:
    """The status of each row of the ledger's table."""
    return one.target.rows("SELECT status FROM csvferry_runs")


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, marks=[pytest.mark.one_server] if point in COMMON else [])
        for point in points("new by a shadow table")
    ],
)
def test_a_run_killed_at_a_point_is_done_or_not_done(one: Scenario, point: str) -> None:
    assert run(one.order(step=point)) is None
    done = point in DONE
    assert one.verdict() == ("after" if done else "before")
    assert entries(one) == done
    assert one.finish() == []
    assert runs(one) == [("applied",)]


def test_a_killed_run_that_swapped_needs_no_second_load(one: Scenario) -> None:
    assert run(one.order(step="swapped")) is None
    assert runs(one) == [("swapping",)]
    assert one.sync()["status"] == "unchanged"
    assert one.faults() == []


def test_the_rejects_of_a_swap_that_did_not_take_place_are_taken_back(one: Scenario) -> None:
    assert run(one.order(step="swapping")) is None
    assert one.target.rows("SELECT COUNT(*) FROM csvferry_rejects") == [(2,)]
    assert one.finish() == []
    assert one.target.rows("SELECT COUNT(*) FROM csvferry_rejects") == [(2,)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("when", ["cut", "cut after"])
@pytest.mark.parametrize("mark", [b"RENAME TABLE `people`", b"COMMIT", b"SET status = 'applied'"])
def test_a_connection_cut_around_the_swap(one: Scenario, mark: bytes, when: str) -> None:
    with Proxy(one.target.url, once(mark, when)) as wire:
        found, error = sync({**one.options, "to": wire.url})
    assert error is None
    assert found.status == "applied"
    assert one.faults() == []
    assert runs(one) == [("applied",)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("mark", [b"LOAD DATA", b"LOCK TABLES `people`", b"UNLOCK TABLES"])
def test_a_lane_that_is_cut_off_costs_time_alone(one: Scenario, mark: bytes) -> None:
    with Proxy(one.target.url, once(mark, "cut")) as wire:
        found, error = sync({**one.options, "to": wire.url})
    assert error is None
    assert found.status == "applied"
    assert one.faults() == []


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("step", ["validated", "merged"])
def test_a_row_that_comes_meanwhile_stays(empty: Scenario, step: str) -> None:
    row = f"INSERT INTO {empty.table} VALUES (3, 'from elsewhere', 1)"
    found, error = sync(empty.options, **{step: lambda: empty.target.run(row)})
    assert error is None
    assert (found.strategy, found.rows.accounted) == ("staged", True)
    assert empty.target.rows(f"SELECT name FROM {empty.table} WHERE id = 3") == [
        ("from elsewhere",)
    ]
    assert not [t for t in empty.target.tables() if t.startswith("csvferry_stage_")]


@pytest.mark.usefixtures("small")
def test_a_writer_that_waits_for_the_locked_table_comes_after_the_swap(empty: Scenario) -> None:
    writers = [threading.Thread(target=_write, args=(empty, 9000 + n)) for n in range(8)]

    def begin() -> None:
        for writer in writers:
            writer.start()
        _until(
            empty,
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
            f" WHERE INFO LIKE 'INSERT INTO {empty.table} %'",
            8,
        )

    found, error = sync(empty.options, swapping=begin)
    for writer in writers:
        writer.join()
    assert error is None
    assert found.strategy == "direct"
    now = empty.now() or {}
    assert now.keys() == (empty.after or {}).keys() | {9000 + n for n in range(8)}


@pytest.mark.usefixtures("small")
def test_a_row_that_came_because_the_lock_was_lost_stays(empty: Scenario) -> None:
    """The lanes' connections are ended while one of them holds the lock: the swap is taken back."""
    found, error = sync(empty.options, swapping=lambda: _break_in(empty))
    assert error is None
    assert (found.strategy, found.rows.accounted) == ("staged", True)
    assert empty.target.rows(f"SELECT name FROM {empty.table} WHERE id = 3") == [("came",)]
    assert (empty.now() or {}).keys() == (empty.after or {}).keys() | {3}
    assert runs(empty) == [("applied",)]
    assert not [t for t in empty.target.tables() if t.startswith(("csvferry_stage_", "csvferry_k"))]


@pytest.mark.usefixtures("small")
def test_a_row_that_comes_before_the_swap_is_taken_back_is_kept(
    empty: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = MysqlShadowTable._rename

    def rename(shadow: MysqlShadowTable, *names: str) -> None:
        really(shadow, *names)
        if names[0] == empty.table and names[-1] == empty.table and names[1].endswith("_old"):
            _write(empty, 9009)

    monkeypatch.setattr(MysqlShadowTable, "_rename", rename)
    found, error = sync(empty.options, swapping=lambda: _break_in(empty))
    assert error is None
    assert empty.target.rows(f"SELECT name FROM csvferry_kept_{found.run} WHERE id = 9009") == [
        ("came",)
    ]
    assert (empty.now() or {}).keys() == (empty.after or {}).keys() | {3}


def _break_in(one: Scenario) -> None:
    """End the connections that load and lock, and write a row."""
    others = (
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE()"
        " AND ID NOT IN (SELECT MIN(ID) FROM information_schema.PROCESSLIST WHERE DB = DATABASE())"
        " AND ID <> CONNECTION_ID()"
    )
    for (number,) in one.target.rows(others):
        one.target.run(f"KILL {number}")
    _write(one, 3)


def _write(one: Scenario, key: int) -> None:
    one.target.run(f"INSERT INTO {one.table} VALUES ({key}, 'came', 1)")


def _until(one: Scenario, query: str, number: int) -> None:
    while one.target.rows(query) != [(number,)]:
        pass


@pytest.mark.usefixtures("small")
def test_a_reader_that_does_not_let_go_costs_time_alone(
    empty: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("csvferry.databases.mysql.shadow_table"), "PATIENCE", 1)
    with closing(empty.target.connect()) as reader:
        reader.cursor().execute(f"SELECT * FROM {empty.table}")
        found, error = sync(empty.options)
        assert error is None
        assert found.strategy == "direct"
        assert found.status == "applied"
    assert empty.faults() == []


def test_two_runs_at_once_load_once(empty: Scenario) -> None:
    mine, theirs = pipe()
    first = empty.order(hold=theirs, hold_at="swapping")
    held = start(first)
    assert mine.recv() == "held"
    other = Scenario(
        empty.target, empty.folder / "other", "empty by a shadow table", "insert", "others"
    )
    assert other.sync()["status"] == "applied"  # and drops nothing of the run that is at work
    mine.send("go on")
    held.join()
    assert report(first)["status"] == "applied"
    assert empty.faults() == []
    assert other.faults() == []


Prepare = Callable[[Target], None]


def _trigger(target: Target) -> None:
    target.run("CREATE TRIGGER more BEFORE INSERT ON people FOR EACH ROW SET NEW.amount = 7")


def _child(target: Target) -> None:
    target.run("CREATE TABLE child (id BIGINT, FOREIGN KEY (id) REFERENCES people (id))")


def _parent(target: Target) -> None:
    target.run(
        "CREATE TABLE parent (id BIGINT PRIMARY KEY)",
        "INSERT INTO parent SELECT seq.n FROM (WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL"
        " SELECT n + 1 FROM s WHERE n < 500) SELECT n FROM s) AS seq",
        "ALTER TABLE people ADD FOREIGN KEY (id) REFERENCES parent (id)",
    )


def _partitions(target: Target) -> None:
    target.run("ALTER TABLE people PARTITION BY HASH (id) PARTITIONS 3")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("prepare", [_trigger, _child, _parent, _partitions])
def test_a_table_that_would_lose_something_keeps_its_place(
    empty: Scenario, prepare: Prepare
) -> None:
    prepare(empty.target)
    seen = []
    found, error = sync(empty.options, swapping=lambda: seen.append(1))
    assert error is None
    assert found.status == "applied"
    assert not seen


@pytest.mark.usefixtures("small")
def test_what_a_table_has_is_kept(server_target: Target, tmp_path: Path) -> None:
    one = Scenario(server_target, tmp_path, "empty by a shadow table", "insert")
    one.target.run(
        "DROP TABLE people",
        "CREATE TABLE people (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL"
        " DEFAULT 'x', amount BIGINT NOT NULL COMMENT 'AUTO_INCREMENT=3', n INT NOT NULL"
        " AUTO_INCREMENT UNIQUE, twice BIGINT GENERATED ALWAYS AS (amount * 2) STORED,"
        " KEY named (name, amount DESC)) ENGINE=InnoDB AUTO_INCREMENT=700"
        " ROW_FORMAT=COMPRESSED COMMENT='it''s (mine)' DEFAULT CHARSET=latin1",
    )
    before = _shape(one)
    seen = []
    _, error = sync(one.options, swapping=lambda: seen.append(1))
    assert error is None
    assert seen
    assert _shape(one) == before
    assert one.target.rows("SELECT MIN(n), MAX(twice) = 2 * MAX(amount) FROM people") == [(700, 1)]


def _shape(one: Scenario) -> str:
    text = str(one.target.rows("SHOW CREATE TABLE people")[0][1])
    return "".join(part for part in text.split() if not part.startswith("AUTO_INCREMENT="))


@pytest.mark.usefixtures("small")
def test_a_row_that_the_server_alone_can_refuse_is_found_by_staging(
    server_target: Target, tmp_path: Path
) -> None:
    one = Scenario(server_target, tmp_path, "empty by a shadow table", "insert")
    one.target.run("ALTER TABLE people ADD UNIQUE (name)")
    one.file.write_text(
        "id,name,amount\n" + "".join(f"{n},n{n},1\n" for n in range(300)) + "400,\u00f17,1\n",
        encoding="utf-8",
    )
    found, error = sync(one.options)
    assert error is None
    assert (found.strategy, found.rows.inserted, found.rows.duplicate) == ("staged", 300, 1)
    assert not [t for t in one.target.tables() if t.startswith("csvferry_stage_")]


@pytest.mark.usefixtures("small")
def test_the_server_knows_how_many_rows_came(empty: Scenario) -> None:
    """Else it would join the table as if it were empty, until it counts again by itself."""
    found, error = sync(empty.options)
    assert error is None
    told = empty.target.rows(
        "SELECT n_rows FROM mysql.innodb_table_stats"
        f" WHERE database_name = DATABASE() AND table_name = '{empty.table}'"
    )
    assert told == [(found.rows.inserted,)]
