"""What identifies a run or a row is shown whole: on a narrow terminal, a wide one and in a pipe."""

import io

import pytest
from rich.console import Console

from cli.shell import Shell
from csvferry.cli.listings import history_lines, reject_lines, sample_lines, value
from csvferry.ledger.records import Entry
from csvferry.model.report import Sample

RUN = "20261128063012abcdef012345"
PLACE = "s3://bucket/" + "folder/" * 20 + "people.csv"
LONG = "a message of many words " * 12
ENTRY = Entry(
    run=RUN, feed="0" * 32, source=PLACE, version="v", bytes=1, table_name="people_of_all_towns",
    mode="upsert", strategy="delta", status="applied", started="2026-11-28T06:30:12+00:00",
    seconds=12345.67, rows_read=123456789, rows_inserted=1, rows_updated=0, rows_deleted=0,
    rows_unchanged=123456787, rows_duplicate=0, rows_rejected=1, message=None, seal="0" * 32,
    header=None,
)  # fmt: skip
CHECKED = {ENTRY.feed: "2026-11-28T07:30:12+00:00"}
REJECT = (RUN, 987654321, 0, "email_of_the_person", "duplicate_unique", LONG, b"5,x,y\n")


def _terminal(width: int) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_number_line_code_or_key_is_cut_on_a_terminal(width: int) -> None:
    console = _terminal(width)
    history_lines(console, [ENTRY], [PLACE], CHECKED)
    reject_lines(console, ENTRY, PLACE, [REJECT])
    sample_lines(
        console,
        Sample(
            columns=("id", "note"),
            key=("id",),
            updated=(((1, 123456789012, LONG), (1, 123456789012, None)),),
        ),
        "plan",
        "deleted",
    )
    shown = _text(console)
    assert max(map(len, shown.splitlines())) <= width
    words = ("123,456,789", "987654321", "duplicate_unique", "123456789012", "2026-11-28", RUN)
    assert [word for word in words if word not in shown] == []
    assert "…" not in shown
    assert shown.count("words") >= 24  # the message, and the value before the change


def test_in_a_pipe_each_entry_is_a_line_of_fields_with_tabs() -> None:
    console = Console(file=io.StringIO())
    history_lines(console, [ENTRY], [PLACE], CHECKED)
    reject_lines(console, ENTRY, PLACE, [REJECT])
    heads, run, title, columns, reject = _text(console).splitlines()
    assert dict(zip(heads.split("\t"), run.split("\t"), strict=True))["read"] == "123456789"
    assert RUN in title
    assert columns.split("\t") == ["line", "column", "code", "message", "raw"]
    assert reject.split("\t") == [
        "987654321", "email_of_the_person", "duplicate_unique", LONG, "5,x,y",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "NULL"),
        ("NULL", "'NULL'"),
        ("null", "'null'"),
        ("", "''"),
        (" a", "' a'"),
        ("a", "a"),
    ],
)
def test_null_is_told_apart_from_text(cell: str | None, shown: str) -> None:
    assert value(cell) == shown


def test_a_plan_shows_what_was_there_before_a_change(shell: Shell) -> None:
    shell.write("people.csv", "id,note\n1,NULL\n")
    shell.run("sync", "people.csv")
    shell.write("people.csv", "id,note\n1,\n")
    assert "id 1  note 'NULL' → NULL" in shell.run("plan", "people.csv", "--mode", "upsert").out


def test_verify_counts_what_differs_and_no_change(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob\n")
    assert shell.run("sync", "people.csv").status == 0
    shell.write("people.csv", "id,name\n1,Anna\n2,Bob\n3,Cy\n")
    done = shell.run("verify", "people.csv", "--mode", "mirror")
    assert done.status == 1
    head, names, counts = done.out.splitlines()[:3]
    assert head.startswith("differs  people.csv")
    assert names.split() == [
        "read",
        "missing",
        "different",
        "extra",
        "equal",
        "duplicate",
        "rejected",
    ]
    assert counts.split() == ["rows", "3", "1", "1", "0", "1", "0", "0"]
