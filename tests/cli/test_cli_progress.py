"""A run shows how far it is: on a terminal in a line that is never full, else now and then."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from cli.shell import Shell
from cli.terminal import on_terminal
from csvferry.cli.progress import Step, drawn, told_every
from csvferry.model.phases import Phase

PLACE = "some/folder/with/" * 5 + "people_of_all_towns.csv.gz"


def _line(step: Step, now: float, width: int) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system="truecolor")
    console.no_color = True
    console.print(drawn(step, "*", PLACE, now, timedelta(seconds=5000), width))
    return file.getvalue().rstrip("\n")


def _loading(done: int, now: float) -> Step:
    begun = Step().after(Phase.LOADING, 0, 123_456_789, 0.0)
    return begun.after(Phase.LOADING, done, 123_456_789, now)


@pytest.mark.parametrize("width", [80, 160])
def test_pace_time_left_and_time_passed_are_whole_on_narrow_and_wide_terminals(width: int) -> None:
    line = _line(_loading(61_728_394, 50.0), 50.0, width)
    assert len(line) <= width
    words = ["loading", "1,234,568 rows/s", "0:00:50 left", "1:23:20"]
    words.append("61,728,394 of 123,456,789 rows" if width > 100 else "49%")
    assert [word for word in words if word not in line] == []


def test_reading_is_told_in_bytes() -> None:
    step = Step().after(Phase.READING, 0, 200_000_000, 0.0)
    step = step.after(Phase.READING, 50_000_000, 200_000_000, 2.0)
    assert step.words(2.0) == ["50.0 of 200.0 MB", "25.0 MB/s", "0:00:06 left"]


def test_what_was_sent_whole_is_not_shown_as_done() -> None:
    step = _loading(123_456_789, 60.0)
    assert not step.counted  # the bar runs to and fro
    assert step.words(60.0) == ["123,456,789 rows"]


def test_each_phase_is_counted_from_its_own_beginning() -> None:
    read = Step().after(Phase.READING, 10, 10, 100.0)
    assert read.after(Phase.VALIDATED, 5, 5, 101.0).total == 0
    loading = read.after(Phase.LOADING, 1, 5, 102.0)
    assert (loading.since, loading.first) == (102.0, 1)
    unpacked = Step().after(Phase.READING, 10, 10, 1.0)
    assert unpacked.after(Phase.READING, 1, 10, 9.0).since == 9.0  # parsing after unpacking


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_shows_each_phase_and_is_left_clean(shell: Shell, width: int) -> None:
    rows = "".join(f"{number},name\n" for number in range(30_000))
    shell.write("people.csv", "id,name\n" + rows)
    status, told = on_terminal(shell.folder, "sync", "people.csv", width=width)
    assert status == 0
    words = ["reading", "validating", "loading", "recording", "committing", "remembering", "rows"]
    assert [word for word in words if word not in told] == []
    bars, summary = told.split("applied  people.csv")
    assert ("━" in bars, "━" in summary) == (True, False)


def test_without_a_terminal_a_line_says_now_and_then_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = ""
    with told_every("file:///data/people.csv", 0.001, clock=lambda: 0.0) as listen:
        while "loading" not in told:
            listen(Phase.LOADING, 3, 10)
            told += capsys.readouterr().err
    lines = [line for line in told.splitlines() if "loading" in line]
    assert lines[0] == "csvferry: /data/people.csv: loading, 3 of 10 rows, 0:00:00 so far"


def test_a_short_run_without_a_terminal_says_nothing_of_its_progress(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n")
    assert shell.run("sync", "people.csv").err == ""


def test_a_terminal_that_can_not_move_its_cursor_gets_no_bar(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n")
    dumb = {"TERM": "dumb"}
    status, told = on_terminal(shell.folder, "sync", "people.csv", width=80, environment=dumb)
    assert (status, "validating" in told) == (0, False)
