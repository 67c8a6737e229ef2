"""What reading a file came to, as the tests of reading compare it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from csvferry.ingest.parser import Parsed


@dataclass(frozen=True)
class Outcome:
    """`rows` are (line, field, ...), `rejects` (line, code, raw)."""

    parsed: Parsed
    rows: list[tuple[Any, ...]]
    rejects: list[tuple[int, str, bytes]]
    offsets: list[int]
    messages: list[str]
    located: list[tuple[int, int, bytes]]

    @property
    def fields(self) -> list[tuple[Any, ...]]:
        return [row[1:] for row in self.rows]

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [reject[:2] for reject in self.rejects]


Read = Callable[..., Outcome]
