"""No text takes a pattern of csvferry longer than its length allows: four times the text, four
times the work, not sixteen times.

Every compiled pattern of the package is found, and tried with texts that repeat one or two of the
characters that its own source names. What is compared is the work for one text and for a text four
times as long, never a time against a clock.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

import csvferry
from csvferry.text.grammar import grammar

SHORT, FACTOR = 1000, 4
NOTICEABLE = 0.002  # seconds: what takes less can't be quadratic at this length
LINEAR = 8  # times the work for FACTOR times the text; quadratic is 16
SIGNS = "a1 .,-@'\"`(/"


def _found(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _found(part)
    elif isinstance(value, dict):
        yield from _found(tuple(value.values()))


def _patterns() -> Iterator[re.Pattern[Any]]:
    for module in pkgutil.walk_packages(csvferry.__path__, "csvferry."):
        if module.name.rpartition(".")[2] != "__main__":
            loaded = importlib.import_module(module.name)
            yield from _found(tuple(vars(loaded).values()))
    for delimiter, quote, width in product(",\t;", ('"', "'", ""), (0, 1, 3)):
        found = grammar(delimiter, quote, width)
        yield from _found(tuple(getattr(found, name) for name in found.__dataclass_fields__))
        yield from (run.pattern for run in found.runs)


def _pumps(pattern: re.Pattern[Any]) -> list[str]:
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    letters = sorted({char for char in source if char.isalnum()})[:4]
    signs = [*SIGNS, *(letter for letter in letters if letter not in SIGNS)]
    return ["".join(pair) for pair in product(signs, signs)]


def _work(pattern: re.Pattern[Any], text: str, times: int) -> float:
    subject: Any = text if isinstance(pattern.pattern, str) else text.encode()
    least = float("inf")
    for _ in range(times):
        start = time.process_time()
        pattern.fullmatch(subject)
        pattern.match(subject)
        least = min(least, time.process_time() - start)
    return least


def superlinear(pattern: re.Pattern[Any]) -> list[str]:
    """Texts for which the pattern's work grows faster than their length."""
    found = []
    for pump in _pumps(pattern):
        for head, tail in (("", "!"), ("1", "x"), ("a@", "@"), ("'", "\n!")):
            short, long = (head + pump * (n // 2) + tail for n in (SHORT, SHORT * FACTOR))
            if _work(pattern, short, 1) < NOTICEABLE / FACTOR:
                continue
            if _work(pattern, long, 3) > max(LINEAR * _work(pattern, short, 3), NOTICEABLE):
                found.append(f"{head}({pump})*{tail}")
    return found


PATTERNS = {str(pattern.pattern): pattern for pattern in _patterns()}


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 60


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=range(len(PATTERNS)))
def test_a_pattern_is_linear(pattern: re.Pattern[Any]) -> None:
    assert superlinear(pattern) == []


@pytest.mark.parametrize(
    "slow", [r"\d[\d ]*\s*%?", r"[^@\s]+@[^@\s]+\.[^@\s]+", r"(?:a+){2}b", r".*a.*x"]
)
def test_a_pattern_that_is_not_linear_is_noticed(slow: str) -> None:
    assert superlinear(re.compile(slow))
