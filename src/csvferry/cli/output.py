"""What a person sees: the summary of a run, the sample of a plan, the ledger as a table."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from csvferry.ledger.entries import Entry
from csvferry.model.report import Report, Sample
from csvferry.printable import shown

_STYLES = {"applied": "green", "unchanged": "cyan", "planned": "cyan", "guarded": "yellow"}
_WIDE = 120  # columns of a terminal that has room for the source as well
_SHORT = 18  # of a run's id: the second, and enough to tell two apart
SHOWN = 1000  # reject entries
_CELL = 1000  # bytes of a raw row
_OUTCOMES = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")


def out() -> Console:
    """Standard output, as wide as the terminal; 160 columns where it is none."""
    width = None if sys.stdout.isatty() else 160
    return Console(width=width, highlight=False, soft_wrap=False)


def show(report: Report, kind: str) -> None:
    """A run's summary; for a plan and a check also a sample."""
    console = out()
    style = _STYLES.get(report.status, "red")
    word = (
        {"check": "checked"}.get(kind, report.status)
        if report.status == "planned"
        else report.status
    )
    head = Text()
    head.append(word, style=f"bold {style}")
    head.append(f"  {place(report.source['uri'])}")
    if kind != "check":
        head.append(f" → {shown(report.target['table'])} ({report.target['dialect']})")
    console.print(head)
    if report.status == "failed" or (report.status == "guarded" and kind != "plan"):
        return
    if report.status != "unchanged":
        console.print(_rows(report, kind))
    _facts(console, report, kind)
    if report.sample:
        _sample(console, report.sample, kind)
    if report.rows.rejected + report.rows.duplicate and report.status == "applied":
        console.print(f"  rejects and duplicates: csvferry rejects {report.run} --to URL")


def _rows(report: Report, kind: str) -> Table:
    outcomes = _OUTCOMES if kind != "check" else ("read", "duplicate", "rejected")
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("")
    for name in outcomes:
        table.add_column(name, justify="right")
    counts = [getattr(report.rows, name) for name in outcomes]
    table.add_row("rows", *(f"{count:,}" for count in counts))
    return table


def place(uri: str) -> str:
    """An address as a person would write it: local files by their path from here."""
    if not uri.startswith("file://"):
        return shown(uri)
    path = Path(uri.removeprefix("file://"))
    return shown(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _facts(console: Console, report: Report, kind: str) -> None:
    speed = ""
    if report.rows.read and report.seconds:
        speed = f", {report.rows.read / report.seconds:,.0f} rows/s"
    way = f"{report.strategy}, " if report.strategy else ""
    console.print(
        f"  {way}{report.mode if kind != 'check' else 'read'} in {report.seconds:.2f} s{speed}"
    )
    if report.reading:
        told = dict(report.reading)
        types = told.pop("types", None)
        newline = {"\n": "LF", "\r\n": "CR LF", "\r": "CR"}.get(told["newline"], told["newline"])
        console.print(
            f"  {told['columns']} columns, {told['encoding']}, delimiter {told['delimiter']!r},"
            f" quote {told['quote']!r}, line ends {newline},"
            f" {'with' if told['header'] else 'without'} a header",
            markup=False,
        )
        for name, declared in (types or {}).items():
            console.print(f"    {shown(name)}: {shown(declared)}", markup=False)
    if report.message and report.status != "guarded":  # which standard error tells
        console.print(f"  [yellow]{escape(shown(report.message))}[/]")


def _sample(console: Console, sample: Sample, kind: str) -> None:
    if sample.inserted:
        console.print(_grid("would insert", sample.columns, [row[1:] for row in sample.inserted]))
    if sample.updated:
        rows = []
        for before, after in sample.updated:
            pairs = zip(before[1:], after[1:], strict=True)
            rows.append([_change(old, new) for old, new in pairs])
        console.print(_grid("would update", sample.columns, rows))
    if sample.deleted:
        console.print(_grid("would delete", sample.columns, [row[1:] for row in sample.deleted]))
    if sample.rejected:
        title = "rejected" if kind == "check" else "would reject"
        heads = ("line", "column", "code", "message", "raw")[: len(sample.rejected[0])]
        console.print(_grid(title, heads, sample.rejected))


def _change(old: Any, new: Any) -> str:
    return shown(new) if shown(old) == shown(new) else f"{shown(old)} → {shown(new)}"


def _grid(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False)
    for head in heads:
        table.add_column(escape(shown(head)), overflow="ellipsis", no_wrap=len(heads) > 3)
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    return table


def show_history(entries: Sequence[Entry]) -> None:
    """Past runs, newest first."""
    console = out()
    if not entries:
        console.print("no run yet")
        return
    table = Table(show_edge=False, box=None, padding=(0, 1))
    for name in ("run", "table", "mode", "strategy"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("read", "ins", "upd", "del", "same", "dup", "rej"):
        table.add_column(name, justify="right", no_wrap=True)
    if console.width >= _WIDE:
        table.add_column("seconds", justify="right", no_wrap=True)
        table.add_column("source", no_wrap=True, overflow="ellipsis")
    for entry in entries:
        counts = [f"{getattr(entry, f'rows_{name}'):,}" for name in _OUTCOMES]
        run = entry.run if console.width >= _WIDE else entry.run[:_SHORT]
        cells = [run, entry.table_name, entry.mode, entry.strategy, *counts]
        if console.width >= _WIDE:
            cells += [f"{entry.seconds:.2f}", place(entry.source)]
        table.add_row(*(Text(shown(cell)) for cell in cells))
    console.print(table)


def show_rejects(rows: Iterable[tuple[Any, ...]]) -> None:
    """Reject entries as a table, at most SHOWN of them, and what shows the others."""
    heads = ("line", "column", "code", "message", "raw")
    listed = [
        (line, column or "", code, message, raw and bytes(raw)[:_CELL])
        for _, line, _, column, code, message, raw in rows
    ]
    if not listed:
        out().print("no rejects")
        return
    out().print(_grid("rejects", heads, listed[:SHOWN]))
    if len(listed) > SHOWN:
        out().print(f"the first {SHOWN:,} are shown; all of them: --json, or --export FILE")


def show_finding(finding: Any) -> None:
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


def complain(message: str) -> None:
    """An error in one line on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"[bold red]csvferry:[/] {escape(shown(message))}"
    )
