"""No text takes a pattern of csvferry longer than its length allows: four times the text, four
times the work, not sixteen times.

Every regular expression of the package is tried as it is used: from its beginning, or looked for
from each character, with texts that repeat one or two of the characters that it tells apart. What
is compared is the number of steps (`pattern_steps.py`) for a text and for one four times as long:
no time is taken. Those that DuckDB and pydantic are given are linear by how these match (RE2,
Rust's regex).
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import chain, permutations, product
from pathlib import Path
from types import SimpleNamespace

import pytest

from csvferry.commands.doctor.privileges import _means
from csvferry.databases.mysql.session.flavor import recognize
from csvferry.databases.mysql.session.null_words import empty_as_null
from csvferry.ledger.records import Header
from csvferry.ledger.reject_export import Choice, _guarded
from csvferry.merge.projected_rows import _mentioned
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column, Kind, Type
from csvferry.sources.cloud.address import parse_address
from csvferry.sources.folder import _name
from csvferry.text import escapes
from csvferry.text.columns.quoted import quoted_columns
from csvferry.text.doubts.doubt import Doubt
from csvferry.text.doubts.escape_signs import EscapeSigns
from csvferry.text.doubts.needless_quotes import NeedlessQuotes
from csvferry.text.doubts.places import lone_quote
from csvferry.text.good_stretch import _shape
from csvferry.text.grammar import Grammar, grammar
from csvferry.text.scanner import Fault
from csvferry.text.sniffer import _enclosed, _Sniffer, opened
from hostile_neighbour.doubtful_texts import FORMS, PUMPS, RULES
from hostile_neighbour.package_patterns import (
    Place,
    Written,
    looked_for,
    of_calls,
    of_modules,
    recorded,
)
from hostile_neighbour.pattern_steps import Steps, compiled

SHORT, FACTOR = 24, 4  # rounds of what is repeated
SIZE = 250  # bytes of a doubtful text
DOUBTFUL = str(Path(__file__).with_name("doubtful_texts.py"))
LINEAR = 8  # times the steps for FACTOR times the text; quadratic is 16
SIGNS = "a1 .,-@'\"`(/\\*[\n"
LONGER = ("/*a", "'\\a", "''a", "\r\na")  # what two signs don't open and leave open
ODD = (("\x1f", '"', 3), ("\x1f", "", 1), ("\x1e\x1d", "'", 3), ("\x1e\x1d", '"', 1))
OF_GOOD_RECORDS = ("one", "field")  # looked for where a run of records has matched alone
OF_WHOLE_NAMES = (("sources/cloud/address.py", "_glob"), ("sources/folder.py", "_name"))
AROUND = (("", "!"), ("1", "x"), ("a@", "@"), ("'", "\n!"), ("", ""))


def _of_grammars() -> None:
    """Of dialects; their functions remember what they made, so that odd delimiters are asked."""
    for delimiter, quote, width in ODD:
        made = grammar(delimiter, quote, width)
        cut, mark = made.delimiter, made.quote
        list(quoted_columns([], SimpleNamespace(quote=quote, delimiter=delimiter)))  # type: ignore[arg-type]
        opened(b"'", delimiter, b"'")
        _enclosed(b"'", delimiter)
        empty_as_null(delimiter.encode())
        _shape.__wrapped__(made.syntax)
        doubt = SimpleNamespace(dialect=SimpleNamespace(grammar=made), _cut=cut, _closed=0)
        Doubt.__dict__["_words"].func(doubt)
        if mark:
            _of_needless_quotes(made)
        lone_quote(doubt.dialect)
        doubt._closed_if_escaped = EscapeSigns.__dict__["_closed_if_escaped"].func(doubt)
        for name in ("_null", "_unescapable", "_escaped_quote", "_suspicious"):
            EscapeSigns.__dict__[name].func(doubt)
        EscapeSigns._quote_escapes(
            doubt,  # type: ignore[arg-type]
            Fault(1, 0, b"", Code.BAD_QUOTE, "", ragged=True),
        )
        escapes._signed_fields(cut)
        for enclosed in (True, False):
            escapes._rfc_patterns(cut, mark or b"`", width, enclosed=enclosed)
    sniffer = SimpleNamespace(sample=b"'a'\n", _column_of_quoted=lambda _: False)
    _Sniffer.quote(sniffer, "\x1f")  # type: ignore[arg-type]


def _of_needless_quotes(made: Grammar) -> None:
    around = SimpleNamespace(dialect=SimpleNamespace(grammar=made))
    around._begins = NeedlessQuotes.__dict__["_begins"].fget(around)
    for name in ("enclosed", "_doubled"):
        NeedlessQuotes.__dict__[name].func(around)


def _of_names() -> None:
    """Of addresses, of files, of columns and of databases."""
    for key in ("a*b?[c-d].csv", "**/a*b*/**/x*[!y].csv"):
        assert parse_address(f"s3://bucket/{key}")._glob
        _name.__wrapped__(key)
    recognize("8.0.11-TiDB-v7.5.0", "TiDB")
    _means("sh\\_op%", "shop")
    column = Column("a", Type(Kind.TEXT, "TEXT"), expression="b")
    _mentioned([column], "b")
    _guarded(b"=1", Header(), Choice(safe=True))


def _built() -> dict[Written, Place]:
    with recorded() as found:
        _of_grammars()
        _of_names()
    kept = dict(_kept())
    return {
        replace(one, afloat=one.afloat and kept.get(one.source, place not in OF_WHOLE_NAMES)): place
        for one, place in found.items()
    }


def _kept() -> Iterator[tuple[str | bytes, bool]]:
    """Patterns that are kept for others, and whether one of these looks for it in any text."""
    for delimiter, quote, width in ODD:
        made = grammar(delimiter, quote, width)
        for name in (field.name for field in fields(made)):
            if isinstance(pattern := getattr(made, name), re.Pattern):
                yield pattern.pattern, looked_for(name) and name not in OF_GOOD_RECORDS
        for run in made.runs:
            yield run.pattern.pattern, looked_for("pattern")
        for enclosed in (True, False):
            row, begin, field = escapes._rfc_patterns(
                made.delimiter, made.quote or b"`", width, enclosed=enclosed
            )
            yield row.pattern, False
            yield begin.pattern, True
            yield field.pattern, False  # of a record that `row` has matched


WRITTEN = [place for place, pattern in of_calls() if pattern is None]
BUILT = _built()
IN_CALLS = [pattern for _, pattern in of_calls() if pattern is not None]
PATTERNS = {(str(one.source), one.afloat): one for one in chain(of_modules(), IN_CALLS, BUILT)}


def _told_apart(steps: Steps) -> list[str]:
    """One character of each kind that the pattern knows."""
    text = isinstance(steps.pattern.pattern, str)
    signs = dict.fromkeys([*SIGNS, *sorted(steps.letters())])
    return list(
        {steps.kinds(one if text else one.encode("latin-1")): one for one in signs}.values()
    )


def _pumps(steps: Steps) -> Iterator[str]:
    signs = _told_apart(steps)
    yield from signs
    yield from (f"{one}{other}" for one, other in permutations(signs, 2))
    yield from LONGER


def _steps(pattern: Written, text: str) -> int:
    subject = text if isinstance(pattern.source, str) else text.encode("latin-1")
    steps = compiled(pattern.source, pattern.flags)
    before = steps.taken
    steps.match(subject, full=True)
    if pattern.afloat:
        for _ in steps.finditer(subject):
            """Each is looked for behind the one before."""
    else:
        steps.match(subject)
    return steps.taken - before


def superlinear(pattern: Written) -> list[str]:
    """Texts for which the pattern's steps grow faster than their length."""
    found = []
    for pump, (head, tail) in product(_pumps(compiled(pattern.source, pattern.flags)), AROUND):
        short, long = (head + pump * rounds + tail for rounds in (SHORT, SHORT * FACTOR))
        if _steps(pattern, long) > LINEAR * _steps(pattern, short):
            found.append(f"{head}({pump})*{tail}")
    return found


def test_each_pattern_that_a_function_puts_together_is_among_them() -> None:
    """A new one is to be made in `_of_grammars` or `_of_names`."""
    assert set(WRITTEN) <= set(BUILT.values())
    assert len(PATTERNS) > 100


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=range(len(PATTERNS)))
def test_a_pattern_is_linear(pattern: Written) -> None:
    assert superlinear(pattern) == []


@pytest.mark.parametrize(
    ("slow", "afloat"),
    [
        (r"\d[\d ]*\s*%?", False),
        (r"[^@\s]+@[^@\s]+\.[^@\s]+", False),
        (r"(?:a+){2}b", False),
        (r".*a.*x", False),
        (r"\s*$", True),
        (r"/\*.*?\*/", True),
        (r"'(?:[^'\\]|\\.)*'", True),
    ],
)
def test_a_pattern_that_is_not_linear_is_noticed(slow: str, afloat: bool) -> None:
    assert superlinear(Written(slow, re.DOTALL, afloat))


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[int]]]:
    """Of each text: steps and lines for it, and for one four times as long."""
    folder = tmp_path_factory.mktemp("doubtful")
    found = [_checked(folder, size) for size in (SIZE, FACTOR * SIZE)]
    return {text: [short, found[1][text]] for text, short in found[0].items()}


def _checked(folder: Path, size: int) -> dict[str, list[int]]:
    """By a program of its own, in which the patterns of csvferry count."""
    command = [sys.executable, DOUBTFUL, str(folder), str(size)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, list[int]] = json.loads(told)
    return found


def test_looking_for_doubt_takes_no_more_than_the_file(
    checked: dict[str, list[list[int]]],
) -> None:
    """Beside the patterns, what goes from one place that they find to the next."""
    assert len(checked) == len(PUMPS) * len(FORMS) * len(RULES)
    assert [
        (text, short, long)
        for text, (short, long) in checked.items()
        if any(much > LINEAR * little for little, much in zip(short, long, strict=True))
    ] == []
