"""Whatever text stands in the fields and however it is written, it is read back exactly."""

import csv
import io

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from read_outcome import Read

# Hypothesis keeps what it finds; the fixture `read` is one for the whole session
RELAXED = settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)

DELIMITERS = [",", ";", "\t", "|", ":", "~", "^", " ", "\\", "]", "-", "#"]
CHARACTERS = st.one_of(
    st.sampled_from(list("\"',;\t| \r\n\\NULab#\x0b\x0c\x1a\u2028\x85éß€😀\ufeff")),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
TEXTS = st.one_of(st.just("NULL"), st.text(CHARACTERS, max_size=12))
Field = tuple[str, bool]  # text, and whether it is to be quoted
WIDTHS = st.integers(1, 5)


def tables(width: int) -> st.SearchStrategy[list[list[Field]]]:
    field = st.tuples(TEXTS, st.booleans())
    return st.lists(st.lists(field, min_size=width, max_size=width), max_size=8)


def written(
    fields: list[Field], delimiter: str, quote: str, newline: str
) -> tuple[str, tuple[str | None, ...]]:
    """The record, and its fields as they must be read."""
    parts, values = [], []
    for text, quoted in fields:
        needed = any(mark in text for mark in (delimiter, "\r", "\n")) or text.startswith(quote)
        alone = len(fields) == 1 and not text  # an empty line is no row
        if quoted or needed or alone:
            parts.append(quote + text.replace(quote, quote * 2) + quote)
            values.append(text)
        else:
            parts.append(text)
            values.append(None if text in ("", "NULL") else text)
    return delimiter.join(parts) + newline, tuple(values)


@given(
    rows=WIDTHS.flatmap(tables),
    delimiter=st.sampled_from(DELIMITERS),
    quote=st.sampled_from(['"', "'"]),
    newline=st.sampled_from(["\n", "\r\n", "\r", "mixed"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    closed=st.booleans(),
    way=st.sampled_from([{}, {"careful": True}, {"sliced": True}]),
)
@example([[("a", False)]], ",", '"', "\r", "utf-8", False, {})
@example([[(' "a"', False)]], ",", '"', "\n", "utf-8", True, {})
@RELAXED
def test_fields_come_back(
    read: Read,
    rows: list[list[Field]],
    delimiter: str,
    quote: str,
    newline: str,
    encoding: str,
    closed: bool,
    way: dict[str, bool],
) -> None:
    width = len(rows[0]) if rows else 2
    ends = ["\n", "\r\n", "\r"] if newline == "mixed" else [newline]
    text, expected = delimiter.join("nopqr"[:width]) + ends[0], []
    for number, fields in enumerate(rows):
        record, values = written(fields, delimiter, quote, ends[number % len(ends)])
        text += record
        expected.append(values)
    data = (text if closed else text.rstrip("\r\n")).encode(encoding)
    if not closed and not rows:
        data = text.encode(encoding)
    line_end = "any" if newline == "mixed" else None
    outcome = read(
        data,
        **way,
        delimiter=delimiter,
        quote=quote,
        null=("", "NULL"),
        escape="none",
        line_end=line_end,
    )
    assert outcome.rejects == []
    assert outcome.fields == expected
    assert [row[0] for row in outcome.rows] == list(range(2, len(rows) + 2))


@given(
    rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(DELIMITERS),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
@RELAXED
def test_what_pythons_csv_module_writes(
    read: Read, rows: list[list[str]], delimiter: str, newline: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    outcome = read(out.getvalue().encode(), delimiter=delimiter, escape="none")
    assert outcome.fields == [tuple(row) for row in rows]


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=8))
@RELAXED
def test_without_quoting_every_quote_is_text(read: Read, rows: list[list[str]]) -> None:
    clean = [
        [text.replace(",", "").replace("\n", "").replace("\r", "") for text in row] for row in rows
    ]
    data = "a,b\n" + "".join(",".join(row) + "\n" for row in clean)
    outcome = read(data.encode(), delimiter=",", quote="", escape="none")
    assert outcome.fields == [tuple(text or None for text in row) for row in clean]
