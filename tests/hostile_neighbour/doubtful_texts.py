"""A program of its own: how much `csvferry check` does with texts full of signs of doubt.

    python doubtful_texts.py FOLDER BYTES

Prints a JSON object: of each text the number of steps of all its patterns, and of its lines. All
patterns that csvferry compiles are counted ones, so csvferry is imported when these are in place.
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from hostile_neighbour.pattern_steps import Steps  # noqa: E402  # the tests' folder is on the path

PUMPS = ("\\", "\\\r", ",\\N,", "'\\", "\\\\x ", '""')
FORMS = ("{}\n", '"{}"\n', "{}")
RULES = ("detected", "rfc")
_HOME = str(Path(str((find_spec("csvferry") or sys).origin)).parent)
_FUNCTIONS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
_MADE: dict[tuple[str | bytes, int], "Counted"] = {}


class Counted:
    """A pattern whose work is counted; what it finds is what `re` finds."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._pattern = pattern

    @cached_property
    def steps(self) -> Steps:
        """Made for those that are used."""
        return Steps(self._pattern)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_pattern"], name)

    def match(self, text: Any, *span: int) -> Any:
        self.steps.match(text, *_within(text, span))
        return self._pattern.match(text, *span)

    def fullmatch(self, text: Any, *span: int) -> Any:
        self.steps.match(text, *_within(text, span), full=True)
        return self._pattern.fullmatch(text, *span)

    def search(self, text: Any, *span: int) -> Any:
        return self.steps.search(text, *_within(text, span))

    def finditer(self, text: Any, *span: int) -> Iterator[Any]:
        return self.steps.finditer(text, *_within(text, span))

    def findall(self, text: Any, *span: int) -> Any:
        self._all(text, *_within(text, span))
        return self._pattern.findall(text, *span)

    def sub(self, to: Any, text: Any, count: int = 0) -> Any:
        return self.subn(to, text, count)[0]

    def subn(self, to: Any, text: Any, count: int = 0) -> Any:
        self._all(text)
        return self._pattern.subn(to, text, count)

    def split(self, text: Any, maxsplit: int = 0) -> Any:
        self._all(text)
        return self._pattern.split(text, maxsplit)

    def _all(self, text: Any, *span: int) -> None:
        for _ in self.steps.finditer(text, *span):
            """Each counts."""


def _within(text: Any, span: tuple[int, ...]) -> tuple[int, int]:
    at, end = (*span, len(text)) if len(span) == 1 else span or (0, len(text))
    return at, min(end, len(text))


def _counted(pattern: re.Pattern[Any]) -> Counted:
    key = (pattern.pattern, pattern.flags)
    if key not in _MADE:
        _MADE[key] = Counted(pattern)
    return _MADE[key]


def count_patterns() -> None:
    """From now on csvferry's patterns are counted ones."""
    own = {name: getattr(re, name) for name in ("compile", *_FUNCTIONS)}

    def compiling(pattern: Any, flags: int = 0) -> Any:
        made = own["compile"](pattern, flags)
        if not sys._getframe(1).f_code.co_filename.startswith(_HOME):
            return made
        return _counted(made)

    def calling(name: str, pattern: Any, *given: Any, **named: Any) -> Any:
        if not sys._getframe(1).f_code.co_filename.startswith(_HOME):
            return own[name](pattern, *given, **named)
        made = own["compile"](pattern, named.pop("flags", 0))
        return getattr(_counted(made), name)(*given, **named)

    re.compile = compiling  # type: ignore[assignment]
    for name in _FUNCTIONS:
        setattr(re, name, partial(calling, name))


def _taken() -> int:
    return sum(one.steps.taken for one in _MADE.values() if "steps" in vars(one))


def main() -> None:
    """Check a file of each text."""
    folder, size = Path(sys.argv[1]), int(sys.argv[2])
    count_patterns()
    import csvferry
    from csvferry.errors import InternalError
    from work import work_of

    def check(rule: str) -> None:
        escape = {} if rule == "detected" else {"escape": rule}
        try:
            csvferry.check(str(folder / "file.csv"), **escape)
        except InternalError:
            raise
        except csvferry.CsvFerryError:
            """A doubtful file; what counts is how much it took to see that."""

    found = {}
    for rule in RULES:
        for form in FORMS:
            for pump in PUMPS:
                text = form.format(pump * (size // len(pump)))
                (folder / "file.csv").write_text(f"id\n1\n{text}", newline="")
                before = _taken()
                lines = work_of(partial(check, rule), lists=False)
                found[f"{rule}: {form.format(pump)}"] = (_taken() - before, lines)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
