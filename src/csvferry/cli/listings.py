"""Runs, rejects and samples as a person reads them: nothing that identifies a row is ever cut.

On a terminal long text wraps under its line; elsewhere each entry is one line, its fields separated
by tabs, for `grep`, `cut` and `awk`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from csvferry.ledger.records import Entry, Reject
from csvferry.model.report import Sample
from csvferry.printable import shown

SHOWN = 1000  # reject entries
VERBS = {"deleted": "delete", "marked": "mark"}
_CELL = 1000  # bytes of a raw row
_OUTCOMES = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")
_UNLIKE = re.compile(r"(null)?|\s.*|.*\s|'.*", re.IGNORECASE | re.DOTALL)


def value(cell: Any) -> str:
    """A cell as text; what could be taken for NULL, for nothing or for a quote is quoted."""
    text = shown(cell)
    return f"'{text}'" if cell is not None and _UNLIKE.fullmatch(text) else text


def history_lines(
    console: Console, entries: Sequence[Entry], places: Sequence[str], checked: Mapping[str, str]
) -> None:
    """Past runs, newest first; `places`: their sources as a person would write them.

    `checked`: when the table of each feed was last looked at.
    """
    if not console.is_terminal:
        heads = ("started", "run", "table", "mode", "strategy", *_OUTCOMES, "seconds", "source")
        _line(console, (*heads, "table_checked"))
    for entry, place in zip(entries, places, strict=True):
        counts = {name: getattr(entry, f"rows_{name}") for name in _OUTCOMES}
        way = (entry.mode, entry.strategy)
        if not console.is_terminal:
            cells = (entry.started, entry.run, entry.table_name, *way, *counts.values())
            _line(console, (*cells, f"{entry.seconds:.2f}", place, checked[entry.feed]))
            continue
        head = Text(_time(entry.started), style="cyan")
        head.append(f"  {shown(entry.table_name)}", style="bold")
        head.append(f"  {' '.join(way)}, {entry.seconds:.2f} s", style="default")
        _block(console, head, [_counts(counts), f"run {entry.run}", place])
    if console.is_terminal:
        last: dict[str, str] = {}
        for entry in entries:
            last[entry.table_name] = max(checked[entry.feed], last.get(entry.table_name, ""))
        for table, time in last.items():
            words = f"a run last looked at the table {shown(table)} on {_time(time)} UTC"
            console.print(Text(words, style="dim"))


def reject_lines(
    console: Console, entry: Entry, place: str, rows: Iterable[Reject], settled: str | None = None
) -> int:
    """The rejects of a run, at most SHOWN of them; how many there were, at most one more.

    `settled`: the run that took them, fixed.
    """
    count = 0
    for row in rows:
        _, line, _, column, code, message, raw = row
        if not count:
            _reject_head(console, entry, place, settled)
        count += 1
        if count > SHOWN:
            break
        record = shown(bytes(raw)[:_CELL].rstrip(b"\r\n")) if raw else ""
        _reject(console, (str(line), column or "", code, message, record))
    return count


def sample_lines(console: Console, sample: Sample, kind: str, gone: str) -> None:
    """Some rows of each kind of change, and some rejects; `gone`: deleted or marked."""
    fields = [shown(name) for name in sample.columns]
    for title, rows in (("insert", sample.inserted), (VERBS[gone], sample.deleted)):
        _group(console, f"would {title}", (_row(fields, row[1:]) for row in rows))
    changes = (_change(sample, before[1:], after[1:]) for before, after in sample.updated)
    _group(console, "would update", changes)
    drift = (
        f"{row.drift}  {shown(row.columns)} {shown(row.key)}"
        + (f"  line {row.line}" if row.line else "")
        for row in sample.drifted
    )
    _group(console, "drift", drift)
    if sample.rejected:
        console.print(Text("rejected" if kind == "check" else "would reject", style="bold"))
        for line, column, code, message, *raw in sample.rejected:
            record = shown(raw[0]).rstrip("\\rn") if raw and raw[0] else ""
            _reject(console, (str(line), column or "", code, message, record))


def _reject_head(console: Console, entry: Entry, place: str, settled: str | None) -> None:
    words = f"rejects of run {entry.run}, {_time(entry.started)}: {place} into {entry.table_name}"
    if settled:
        words += f"; settled by run {settled}"
    if console.is_terminal:
        console.print(Text(shown(words), style="bold"))
    else:
        _line(console, (f"# {words}",))
        _line(console, ("line", "column", "code", "message", "raw"))


def _reject(console: Console, cells: Sequence[str]) -> None:
    if not console.is_terminal:
        _line(console, cells)
        return
    line, column, code, message, raw = cells
    head = Text(f"line {line}", style="cyan")
    head.append(f"  {shown(column)}  " if column else "  ", style="bold")
    head.append(code, style="yellow")
    _block(console, head, [message, raw])


def _group(console: Console, title: str, rows: Iterator[str]) -> None:
    lines = list(rows)
    if not lines:
        return
    console.print(Text(title, style="bold"))
    for line in lines:
        if console.is_terminal:
            indented(console, line)
        else:
            console.file.write(f"{line}\n")


def _row(fields: Sequence[str], cells: Sequence[Any]) -> str:
    return "  ".join(f"{name} {value(cell)}" for name, cell in zip(fields, cells, strict=False))


def _change(sample: Sample, before: Sequence[Any], after: Sequence[Any]) -> str:
    """The key and what changes, before and after."""
    words = []
    for name, old, new in zip(sample.columns, before, after, strict=True):
        if value(old) != value(new):
            words.append(f"{shown(name)} {value(old)} → {value(new)}")
        elif name in sample.key:
            words.insert(0, f"{shown(name)} {value(new)}")
    return "  ".join(words)


def _counts(counts: dict[str, int]) -> str:
    words = [f"{name} {count:,}" for name, count in counts.items() if count or name == "read"]
    return "  ".join(words)


def _time(started: str) -> str:
    """`2026-11-28 06:30:12` of the ledger's UTC time."""
    return started.replace("T", " ").removesuffix("+00:00")


def indented(console: Console, words: str, *, by: int = 2, style: str = "") -> None:
    """A line; where a terminal wraps it, the rest stands below its beginning."""
    if console.is_terminal:
        console.print(Padding(Text(words, style), (0, 0, 0, by), expand=False))
    else:
        console.print(Text(" " * by + words))


def _block(console: Console, head: Text, lines: Sequence[str]) -> None:
    """A line, and others that wrap under it."""
    console.print(head)
    for line in lines:
        if line:
            indented(console, shown(line), by=4)


def _line(console: Console, cells: Iterable[object]) -> None:
    """Fields and tabs, as they are: a console would make spaces of tabs."""
    console.file.write("\t".join(shown(str(cell)) for cell in cells) + "\n")
