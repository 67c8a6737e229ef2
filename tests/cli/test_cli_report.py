"""`csvferry report`: one page of the ledger, which loads nothing and tells no value of a row."""

import base64
import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.shell import Shell
from csvferry.cli.reporting.html_page import page
from csvferry.commands.ledger_report import age, ledger_report
from csvferry.ledger.records import Entry
from csvferry.ledger.reject_counts import RejectCount
from csvferry.model.mapping import Mode

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ENTRY = Entry(
    run="20261128063012abcdef012345", feed="a" * 32, source="s3://bucket/people.csv", version="v",
    bytes=1, table_name="people", mode=Mode.UPSERT, strategy="delta", status="applied",
    started="2026-11-28T06:30:12+00:00", seconds=1.5, rows_read=1200, rows_inserted=300,
    rows_updated=900, rows_deleted=0, rows_unchanged=0, rows_duplicate=0, rows_rejected=0,
    message="secret words", seal="5ea1" * 8, header="secret header",
)  # fmt: skip


def _page(*entries: Entry, rejects: tuple[RejectCount, ...] = ()) -> str:
    return page(ledger_report("mysql://db/shop", entries, rejects, NOW))


def test_a_page_shows_feeds_runs_and_rejects_and_no_row(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob,secret\n")
    assert shell.run("sync", "people.csv", "--max-rejects", "9").status == 0
    assert shell.run("report", "--html", "runs.html").status == 0
    text = (shell.folder / "runs.html").read_text()
    words = ["too_many_columns", "people.csv", "Rows by outcome", "Duration", "1 of 1 runs"]
    assert [word for word in words if word not in text] == []
    assert [word for word in ("Ann", "Bob", "secret") if word in text] == []


def test_the_page_has_the_drift_that_verify_found_last(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob\n")
    assert shell.run("sync", "people.csv", "--mode", "mirror").status == 0

    def told() -> str:
        assert shell.run("report", "--html", "runs.html").status == 0
        return (shell.folder / "runs.html").read_text()

    assert "not verified" in told()
    with closing(sqlite3.connect(shell.folder / "csvferry.db")) as database:
        database.execute("DELETE FROM people WHERE id = 1")
        database.execute("INSERT INTO people VALUES (8, 'x'), (9, 'y')")
        database.commit()
    assert shell.run("verify", "people.csv").status == 1
    assert "1 missing, 0 different, 2 extra, 20" in told()
    repaired = shell.run("verify", "people.csv", "--repair", "--max-deletes", "100%")
    assert repaired.status == 0
    assert shell.run("verify", "people.csv").status == 0
    assert re.search(r"<td>none, 20[-0-9: ]+</td>", told())
    state = shell.folder / "state" / "csvferry"
    next(state.glob("*-verified.json")).write_text('{"feed": "<b>"}')
    assert "not verified" in told()


def test_an_empty_ledger_is_a_page_too(shell: Shell) -> None:
    assert shell.run("report", "--html", "runs.html").status == 0
    assert "no run yet" in (shell.folder / "runs.html").read_text()


def test_the_page_loads_nothing_and_runs_its_own_script_alone() -> None:
    text = _page(ENTRY)
    assert re.findall(r"(?:src|href|url)\s*[=(]", text) == []
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text


def test_seal_header_and_message_stay_in_the_ledger() -> None:
    text = _page(ENTRY)
    assert [word for word in ("5ea1", "secret") if word in text] == []


def test_names_are_text_and_no_markup() -> None:
    odd = replace(ENTRY, table_name="<img src=x>\x1b[2J", source="s3://b/</script><b>.csv")
    text = _page(odd, rejects=(RejectCount("<i>", "bad_type", '"><u>', 3),))
    assert [tag for tag in ("<img", "<b>", "<i>", "<u>", "\x1b") if tag in text] == []
    assert text.count("</script>") == 1


def test_a_feed_is_told_by_its_last_run_and_how_long_ago_that_was() -> None:
    before = replace(ENTRY, run="2" * 26, started="2026-11-20T06:30:12+00:00")
    found = ledger_report("mysql://db/shop", [ENTRY, before], (), NOW)
    (feed,) = found.feeds
    assert (feed.last, feed.age, feed.runs) == (ENTRY, "5 hours", 2)


def test_parts_of_a_bar_stand_on_each_other_up_to_the_tallest_run() -> None:
    small = replace(ENTRY, rows_inserted=600, rows_updated=0, seconds=3.0)
    found = ledger_report("mysql://db/shop", [ENTRY, small], (), NOW)
    assert [bar.parts for bar in found.bars] == [
        (("inserted", 0.0, 50.0),),
        (("inserted", 0.0, 25.0), ("updated", 25.0, 75.0)),
    ]
    assert [bar.seconds for bar in found.bars] == [100.0, 50.0]


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_ages(passed: timedelta, told: str) -> None:
    assert age(passed) == told
