"""Where nothing is wrong the doctor says so, and leaves everything as it was."""

from collections.abc import Callable
from pathlib import Path

from doctor_rig import found, wrong_ones

import csvferry.api as ferry
from csvferry.commands.grants import needs
from csvferry.ledger.entries import CURRENT
from targets import Target

Making = Callable[..., str]

EVERY_RUN = {
    *("source", "readable", "scratch space", "memory", "host name", "port", "TLS", "sign-in"),
    *("server", "read_only", "local_infile", "sql_mode", "max_allowed_packet", "clock", "ledger"),
    *("grant SELECT on people", "grant INSERT on people", "grant UPDATE on people"),
    *("grant DELETE on people", "grant SELECT on csvferry_schema"),
    *("grant SELECT on csvferry_runs", "grant INSERT on csvferry_runs"),
    *("grant SELECT on csvferry_rejects", "grant INSERT on csvferry_rejects"),
}


def test_before_the_first_run(user_with: Making, server_target: Target, people: Path) -> None:
    findings = found(people, user_with(needs(["people"])))
    assert wrong_ones(findings) == {}
    assert set(findings) >= EVERY_RUN
    assert {"grant CREATE on people", "grant CREATE on csvferry_runs"} <= set(findings)
    assert findings["ledger"].told.startswith("none yet")
    assert findings["last look"].told.startswith("no run of this feed")
    assert server_target.tables() == set()


def test_after_a_run(user_with: Making, server_target: Target, people: Path) -> None:
    url = user_with(needs(["people"]))
    ferry.sync(str(people), to=url)
    rows = server_target.rows("SELECT * FROM people")
    findings = found(people, url)
    assert wrong_ones(findings) == {}
    assert set(findings) >= EVERY_RUN
    assert "grant CREATE on people" not in findings
    assert findings["ledger"].told == f"format {CURRENT}"
    assert findings["last look"].told.startswith("a run looked at the table at 20")
    assert server_target.rows("SELECT * FROM people") == rows
    assert server_target.tables() == {
        *("people", "csvferry_runs", "csvferry_rejects", "csvferry_schema")
    }


def test_as_one_who_may_do_everything_nothing_is_changed(
    server_target: Target, people: Path
) -> None:
    findings = found(people, server_target.url)
    assert wrong_ones(findings) == {}
    assert findings["grant DROP on people"].ok
    assert server_target.tables() == set()


def test_sqlite(tmp_path: Path, people: Path) -> None:
    url = f"sqlite:///{tmp_path}/target.db"
    ferry.sync(str(people), to=url)
    findings = found(people, url)
    assert wrong_ones(findings) == {}
    assert findings["sign-in"].told == "sqlite"


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path, people: Path) -> None:
    found(people, f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()
