"""After a guard stopped a run, its rejects can be seen and exported; nothing is in the database."""

import json
import shlex
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.shell import Done, Shell
from csvferry.snapshot import stopped_run
from csvferry.snapshot.store import open_state

BAD = "id,name\n1,Ann\n2,Bob,x\n3,Eve,y\n"


def _stopped(shell: Shell, *options: str) -> Done:
    shell.write("people.csv", BAD)
    done = shell.run("sync", "people.csv", *options)
    assert done.status == 3
    return done


def _kept(shell: Shell) -> list[Path]:
    return list((shell.folder / "state" / "csvferry").glob("*-stopped.json"))


def test_the_rejects_of_a_stopped_run_are_shown_and_exported(shell: Shell) -> None:
    done = _stopped(shell)
    (line,) = [line for line in done.out.splitlines() if "csvferry rejects" in line]
    run = line.split()[-1]
    shown = shell.run("rejects")
    assert shown.out.splitlines()[0].startswith(f"# rejects of run {run}")
    assert [row.split("\t")[0] for row in shown.out.splitlines()[2:]] == ["3", "4"]
    assert "a guard stopped this run, and nothing was changed" in shown.err
    told = [report["raw"] for report in shell.run("rejects", run[:20], "--json").reports]
    assert told == ["2,Bob,x", "3,Eve,y"]
    shell.run("rejects", "--export", "fix.csv")
    assert (shell.folder / "fix.csv").read_text() == "id,name\n2,Bob,x\n3,Eve,y\n"


def test_the_command_that_a_stopped_run_names_shows_its_rejects(shell: Shell) -> None:
    done = _stopped(shell, "--to", "sqlite:///shop.db", "--state", "memory of runs")
    (line,) = [line for line in done.out.splitlines() if "csvferry rejects" in line]
    words = shlex.split(line.partition(": ")[2])[1:]
    assert len(shell.run(*words, "--json").reports) == 2


def test_only_their_owner_may_read_them(shell: Shell) -> None:
    _stopped(shell)
    (kept,) = _kept(shell)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_they_go_with_the_next_run_that_is_applied(shell: Shell) -> None:
    _stopped(shell)
    shell.write("people.csv", "id,name\n1,Ann\n")
    assert shell.run("sync", "people.csv").status == 0
    assert _kept(shell) == []
    assert shell.run("rejects").out == "no rejects\n"


def test_a_plan_keeps_none(shell: Shell) -> None:
    shell.write("people.csv", BAD)
    assert shell.run("plan", "people.csv").status == 3
    assert _kept(shell) == []


def test_without_keep_raw_the_rows_themselves_are_not_kept(shell: Shell) -> None:
    _stopped(shell, "--no-keep-raw")
    assert [report["raw"] for report in shell.run("rejects", "--json").reports] == [None, None]
    assert "Bob" not in _kept(shell)[0].read_text()


def test_another_database_has_other_runs(shell: Shell) -> None:
    _stopped(shell)
    assert shell.run("rejects", "--to", "sqlite:///other.db").out == "no rejects\n"
    assert shell.run("rejects", "--table", "towns").out == "no rejects\n"


def test_the_last_run_with_rejects_is_meant_whether_it_was_stopped_or_not(shell: Shell) -> None:
    _stopped(shell)
    shell.write("towns.csv", "id\n1\n2,x\n")
    assert shell.run("sync", "towns.csv", "--max-rejects", "9").status == 0
    assert "into towns" in shell.run("rejects").out
    shell.write("people.csv", BAD + "4,Zoe,z\n")
    shell.run("sync", "people.csv")
    assert "into people" in shell.run("rejects").out


def test_after_thirty_days_they_are_removed(shell: Shell) -> None:
    _stopped(shell)
    (kept,) = _kept(shell)
    feed = kept.name.removesuffix("-stopped.json")
    state = open_state(str(kept.parent))
    assert stopped_run.recall(state, feed)
    later = datetime.now(UTC) + stopped_run.KEPT
    assert stopped_run.recall(state, feed, later) is None
    assert not kept.exists()


@pytest.mark.parametrize("kept", ["{}", "no JSON", '{"target": "\\u001b[2J"}'])
def test_what_no_run_wrote_counts_as_absent(shell: Shell, kept: str) -> None:
    _stopped(shell)
    _kept(shell)[0].write_text(kept)
    done = shell.run("rejects")
    assert (done.status, done.out) == (0, "no rejects\n")
    assert "can't be read" in done.err
    assert "\x1b" not in done.err


def test_few_of_many_are_kept(shell: Shell) -> None:
    rows = "".join(f"{number},x,{'y' * 900}\n" for number in range(12_000))
    shell.write("people.csv", "id,name\n" + rows)
    assert shell.run("sync", "people.csv").status == 3
    done = shell.run("rejects", "--json")
    assert len(done.reports) == stopped_run.MOST
    assert "2000 more entries were not kept" in done.err
    raw = sum(len(report["raw"] or "") for report in done.reports)
    assert raw <= stopped_run.MOST_BYTES
    assert _kept(shell)[0].stat().st_size < 32 << 20
    assert json.loads(_kept(shell)[0].read_text())["entry"]["seal"] == stopped_run.NO_SEAL
