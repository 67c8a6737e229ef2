"""Whatever stands in the ledger, each command ends in its result or in one clear line."""

import logging
from pathlib import Path

import pytest

from hostile_ledger.hostile import Victim
from targets import Target

ASCII = "x' OR '1'='1' -- \x1b[31m\n"
ODD = f"{ASCII}\u202e\x9b"
READING = (
    *(("history",), ("history", "--json"), ("rejects",), ("rejects", "--json")),
    *(("rejects", "--export", "fixed.csv"), ("verify", "people.csv")),
)


@pytest.fixture
def victim(target: Target, tmp_path: Path) -> Victim:
    """On each server: what is in statements that it runs."""
    found = Victim(target, tmp_path)
    found.begin()
    return found


@pytest.fixture
def owner(tmp_path: Path) -> Victim:
    """Of a SQLite file of unknown origin, whose columns hold anything: what is parsed here."""
    found = Victim(Target("sqlite", f"sqlite:///{tmp_path}/target.db"), tmp_path)
    found.begin()
    return found


def _commands_stay_clean(victim: Victim, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for words in READING:
            said = victim.run(*words)
            assert said.clean, (words, said)
            assert said.status in (0, 1, 2, 3), words
    assert all(record.getMessage().isprintable() for record in caplog.records)


def _the_next_version_is_applied_whole(victim: Victim) -> None:
    """A run that trusts nothing of the ledger compares with the table."""
    victim.write("1,Ann", "3,Eve", "4,Fay")
    said = victim.run("sync", "people.csv", "--mode", "upsert")
    assert said.clean
    assert said.status == 0, said.text
    assert victim.target.rows("SELECT id, name FROM people ORDER BY id") == [
        (1, "Ann"),
        (3, "Eve"),
        (4, "Fay"),
    ]
    assert victim.target.rows("SELECT COUNT(*) FROM csvferry_runs") == [(2,)]


@pytest.mark.parametrize("column", ["run", "mode", "seal"])
def test_words_that_no_run_writes_are_no_statement(
    victim: Victim, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    victim.corrupt("csvferry_runs", column, ASCII)
    _commands_stay_clean(victim, caplog)
    _the_next_version_is_applied_whole(victim)


@pytest.mark.parametrize("column", ["feed", "strategy", "status", "started", "version", "source"])
def test_words_that_no_run_writes(
    owner: Victim, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    owner.corrupt("csvferry_runs", column, ODD)
    _commands_stay_clean(owner, caplog)
    _the_next_version_is_applied_whole(owner)


@pytest.mark.parametrize("header", ["", "[", "[1]", '{"encoding": "no such"}', '{"line": 7}', ODD])
def test_headers_that_no_run_writes(
    owner: Victim, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    owner.corrupt("csvferry_runs", "header", header)
    _commands_stay_clean(owner, caplog)


@pytest.mark.parametrize("column", ["bytes", "seconds", "rows_read"])
@pytest.mark.parametrize("value", [-1, "many", b"\xff"])
def test_numbers_that_no_run_writes(
    owner: Victim, column: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    owner.corrupt("csvferry_runs", column, value)
    _commands_stay_clean(owner, caplog)
    _the_next_version_is_applied_whole(owner)


@pytest.mark.parametrize("column", ["code", "message", "column_name"])
def test_rejects_that_no_run_writes(
    owner: Victim, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    owner.corrupt("csvferry_rejects", column, ODD[:30])
    _commands_stay_clean(owner, caplog)


def test_a_number_of_the_format_that_is_none(
    victim: Victim, caplog: pytest.LogCaptureFixture
) -> None:
    if victim.target.kind != "sqlite":
        victim.target.run("ALTER TABLE csvferry_schema MODIFY version VARCHAR(200)")
    else:
        victim.target.run("DROP TABLE csvferry_schema", "CREATE TABLE csvferry_schema (version)")
        victim.target.run("INSERT INTO csvferry_schema VALUES (1)")
    victim.corrupt("csvferry_schema", "version", ODD)
    _commands_stay_clean(victim, caplog)
    victim.write("1,Ann", "9,Ida")
    said = victim.run("sync", "people.csv")
    assert (said.clean, said.status) == (True, 1)
    assert "csvferry_schema" in said.text


def test_text_of_the_ledger_is_no_statement_of_the_scratch_database(
    victim: Victim, tmp_path: Path
) -> None:
    taken = tmp_path / "t"
    victim.corrupt("csvferry_runs", "seal", f"'); COPY (SELECT 42) TO '{taken}' --")
    _the_next_version_is_applied_whole(victim)
    victim.write("1,Ann", "4,Gus")
    assert victim.run("sync", "people.csv", "--mode", "upsert").status == 0
    assert not taken.exists()


def test_text_of_the_ledger_is_no_statement_of_the_target(victim: Victim) -> None:
    """An entry that waits for a swap, of a run whose name would name every run."""
    victim.corrupt("csvferry_runs", "status", "swapping")
    victim.corrupt("csvferry_runs", "run", "x' OR '1'='1")
    rejects = victim.target.rows("SELECT COUNT(*) FROM csvferry_rejects")
    _the_next_version_is_applied_whole(victim)
    assert victim.target.rows("SELECT COUNT(*) FROM csvferry_rejects") == rejects
