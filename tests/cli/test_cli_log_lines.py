"""What is logged on the way: a plain line, and the details for whoever asks for them."""

import sqlite3
from contextlib import closing

import pytest

from cli.shell import Shell


@pytest.fixture
def warned(shell: Shell) -> Shell:
    """A ledger with a row that is none: `history` leaves it out with a warning."""
    shell.write("people.csv", "id,name\n1,Ann\n")
    shell.run("sync", "people.csv")
    with closing(sqlite3.connect(shell.folder / "csvferry.db")) as connection:
        connection.execute("UPDATE csvferry_runs SET started = 'at some time'")
        connection.commit()
    return shell


def test_a_warning_is_a_plain_line(warned: Shell) -> None:
    told = warned.run("history").err
    assert told.startswith("csvferry: left out: ")
    assert "WARNING" not in told
    assert "csvferry.ledger" not in told


def test_who_sets_a_level_is_told_time_and_logger(warned: Shell) -> None:
    told = warned.run("history", LOG_LEVEL="INFO").err
    assert "WARNING csvferry.ledger.records: left out: " in told
