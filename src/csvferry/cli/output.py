"""What a person sees: the summary of a run, the sample of a plan, the ledger as a table."""

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from csvferry.cli.listings import SHOWN, history_lines, indented, reject_lines, sample_lines
from csvferry.config.feed import DEFAULT_TARGET, Feed
from csvferry.config.read_options import Preset
from csvferry.ledger.fix_command import without_password
from csvferry.ledger.records import Entry, Reject
from csvferry.model.report import Report
from csvferry.printable import shown

if TYPE_CHECKING:
    from csvferry.commands.doctor.finding import Finding

_STYLES = {"applied": "green", "unchanged": "cyan", "planned": "cyan", "guarded": "yellow"}
_OUTCOMES = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")
_DRIFT = {
    "inserted": "missing",
    "updated": "different",
    "deleted": "extra",
    "unchanged": "equal",
}  # what `verify` counts, as it changes nothing


def out() -> Console:
    """Standard output; where it is no terminal, no line is cut or wrapped."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def show(report: Report, kind: str, feed: Feed) -> None:
    """A run's summary; for a plan and a check also a sample."""
    console = out()
    style = _STYLES.get(report.status, "red")
    drifted = report.status == "failed" and bool(report.sample and report.sample.drifted)
    words = {
        ("check", "planned"): "checked",
        ("verify", "unchanged"): "verified",
        ("verify", "failed"): "differs" if drifted else "failed",
    }
    word = words.get((kind, report.status), report.status)
    head = Text()
    head.append(word, style=f"bold {style}")
    head.append(f"  {place(report.source['uri'])}")
    if kind != "check":
        head.append(f" → {shown(report.target['table'])} ({report.target['dialect']})")
    console.print(head)
    shows = kind == "plan" or (kind == "check" and report.reading)
    stopped = report.status == "guarded" and not shows
    if stopped or (report.status == "failed" and not drifted):
        for warning in report.warnings:
            indented(console, shown(warning), style="yellow")
        if report.status == "guarded":
            _where_rejects_are(console, report, feed)
        return
    if report.status != "unchanged":
        console.print(_rows(report, kind, feed, drifted=drifted))
    _facts(console, report, kind)
    if report.sample:
        sample_lines(console, report.sample, kind, feed.gone)
    if report.status == "applied":
        _where_rejects_are(console, report, feed)


def _where_rejects_are(console: Console, report: Report, feed: Feed) -> None:
    if not report.rows.rejected + report.rows.duplicate:
        return
    words = ["csvferry", "rejects", report.run]
    if feed.to != DEFAULT_TARGET:
        words += ["--to", without_password(feed.to)]
    if feed.state and report.status == "guarded":  # they are beside the state
        words += ["--state", feed.state]
    command = f"  rejects and duplicates: {shown(shlex.join(words))}"
    console.print(command, markup=False, soft_wrap=True)  # a command is copied as one line


def _rows(report: Report, kind: str, feed: Feed, *, drifted: bool) -> Table:
    outcomes = _OUTCOMES if kind != "check" else ("read", "duplicate", "rejected")
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("")
    headings = {"deleted": feed.gone} | (_DRIFT if drifted else {})
    for name in outcomes:
        table.add_column(headings.get(name, name), justify="right")
    counts = [getattr(report.rows, name) for name in outcomes]
    table.add_row("rows", *(f"{count:,}" for count in counts))
    return table


def place(uri: str) -> str:
    """An address as a person would write it: local files by their path from here."""
    if not uri.startswith("file://"):
        return shown(uri)
    path = Path(uri.removeprefix("file://"))
    return shown(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _quoting(reading: Mapping[str, Any]) -> str:
    quote = f"quote {reading['quote']!r}" if reading["quote"] else "no quote character"
    return quote if reading["escape"] == "none" else f"{quote}, escape {reading['escape']}"


def _alike(reading: Mapping[str, Any]) -> str:
    return f"; looks like --dialect {reading['dialect']}" if reading["dialect"] else ""


def _facts(console: Console, report: Report, kind: str) -> None:
    speed = ""
    if report.rows.read and report.seconds:
        speed = f", {report.rows.read / report.seconds:,.0f} rows/s"
    way = f"{report.strategy}, " if report.strategy else ""
    mode = report.mode if kind != "check" else "read"
    indented(console, f"{way}{mode} in {report.seconds:.2f} s{speed}")
    if kind == "plan" and report.reason:
        indented(console, report.reason)
    if report.reading:
        reading = dict(report.reading)
        types = reading.pop("types", None)
        newline = {"\n": "LF", "\r\n": "CR LF", "\r": "CR"}.get(
            reading["newline"], reading["newline"]
        )
        indented(
            console,
            f"{reading['columns']} column{'s' * (reading['columns'] != 1)}, {reading['encoding']},"
            f" delimiter {reading['delimiter']!r},"
            f" {_quoting(reading)}, line ends {newline},"
            f" {'with' if reading['header'] else 'without'} a header{_alike(reading)}",
        )
        for name, declared in (types or {}).items():
            indented(console, f"{shown(name)}: {shown(declared)}", by=4)
    stopped = report.status in ("guarded", "failed")  # standard error tells why
    told = report.warnings if stopped else (report.message,) if report.message else ()
    for words in told:
        indented(console, shown(words), style="yellow")


def show_history(entries: Sequence[Entry], checked: Mapping[str, str]) -> None:
    """Past runs, newest first; `checked`: when the table of each feed was last looked at."""
    if not entries:
        out().print("no runs")
    else:
        history_lines(out(), entries, [place(entry.source) for entry in entries], checked)


def show_rejects(entry: Entry | None, rows: Iterable[Reject], settled: str | None) -> None:
    """Reject entries, at most SHOWN of them, and what shows the others."""
    count = reject_lines(out(), entry, place(entry.source), rows, settled) if entry else 0
    if not count:
        out().print("no rejects")
    elif count > SHOWN:
        out().print(f"the first {SHOWN:,} are shown; all of them: --json, or --export FILE")


def show_finding(finding: "Finding") -> None:
    """One line of `doctor`: ok, wrong or not tried, and the one thing to do."""
    mark, style = {True: ("ok", "green"), False: ("wrong", "bold red"), None: ("-", "dim")}[
        finding.ok
    ]
    line = Text()
    line.append(f"{mark:5} ", style=style)
    line.append(f"{finding.name}: {shown(finding.told)}")
    if finding.mend:
        line.append(f"\n      {shown(finding.mend)}", style="yellow")
    out().print(line)


def show_error(message: str) -> None:
    """An error in one line on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"[bold red]csvferry:[/] {escape(shown(message))}"
    )


def show_dialects(presets: Iterable[Preset]) -> None:
    """The presets, with what each sets."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    heads = "dialect delimiter quote escape null header line-end checked-with"
    for head in heads.split():
        table.add_column(head)
    for preset in presets:
        table.add_row(
            preset.name,
            repr(preset.delimiter),
            preset.quote or "none",
            preset.escape,
            " ".join(token or "empty" for token in preset.null),
            "yes" if preset.header else "no",
            preset.line_end or "detected",
            escape(preset.checked),
        )
    out().print(table)
