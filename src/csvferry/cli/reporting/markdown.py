"""A plan as Markdown, for a comment on a pull request: what would change, with its samples.

Values come from files that anybody may write. Each stands in a code span, in which Markdown, HTML,
links and mentions are text (GitHub Flavored Markdown, "Code spans").
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from csvferry.cli.listings import VERBS, value
from csvferry.cli.output import place
from csvferry.model.report import Report, Sample
from csvferry.printable import shown

_LONGEST = 200  # characters of a value
_OUTCOMES = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")


def plan_as_markdown(report: Report, gone: str) -> str:
    """The plan of one file; `gone`: what mirror does, deleted or marked."""
    return "\n".join(_lines(report, gone))


def _lines(report: Report, gone: str) -> Iterator[str]:
    yield f"### {_code(place(report.source['uri']))} → {_code(report.target['table'])}"
    yield ""
    yield f"{report.status}, {report.mode}" + (f", {report.strategy}" if report.strategy else "")
    yield ""
    heads = [gone if name == "deleted" else name for name in _OUTCOMES]
    yield from _table(heads, [[f"{getattr(report.rows, name):,}" for name in _OUTCOMES]])
    message = [report.message] if report.message else []
    for words in dict.fromkeys([*message, *report.warnings]):
        yield f"> {_code(words)}"
        yield ""
    if report.sample:
        yield from _sample(report.sample, gone)


def _sample(sample: Sample, gone: str) -> Iterator[str]:
    heads = [_code(name) for name in sample.columns]
    for title, rows in (("Insert", sample.inserted), (VERBS[gone].title(), sample.deleted)):
        cells = [[_code(value(cell)) for cell in row[1:]] for row in rows]
        yield from _group(title, heads, cells)
    yield from _updates(sample)
    rejects = [
        [str(line), _code(column or ""), code, _code(message)]
        for line, column, code, message, *_ in sample.rejected
    ]
    yield from _group("Reject", ("line", "column", "code", "message"), rejects)


def _updates(sample: Sample) -> Iterator[str]:
    """The key, and before and after of the columns that change."""
    pairs = [(before[1:], after[1:]) for before, after in sample.updated]
    places = [
        number
        for number, name in enumerate(sample.columns)
        if name in sample.key or any(value(b[number]) != value(a[number]) for b, a in pairs)
    ]
    rows = [[_change(before[n], after[n]) for n in places] for before, after in pairs]
    yield from _group("Update", [_code(sample.columns[n]) for n in places], rows)


def _change(before: Any, after: Any) -> str:
    old, new = value(before), value(after)
    return _code(new) if old == new else f"{_code(old)} → {_code(new)}"


def _group(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield f"**{title}**, the first {len(rows)}:"
        yield ""
        yield from _table(heads, rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _code(text: object) -> str:
    """A code span that nothing in the text can end; a bar in it ends no cell of a table."""
    words = shown(text)
    if not words:
        return ""
    if len(words) > _LONGEST:
        words = words[:_LONGEST] + "…"
    fence = "`" * (max((len(run) for run in re.findall("`+", words)), default=0) + 1)
    space = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{space}{words}{space}{fence}".replace("|", r"\|")
