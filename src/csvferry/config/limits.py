"""Limits that a user writes: a number of rows or a share of them, a size of memory."""

import math
import re
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

_SIZE = re.compile(r"(\d+)\s*([KMG]B?|B)?", re.IGNORECASE)
_ANY = 2**62  # more rows than any table has
_UNITS = {"": 1, "B": 1, "K": 1000, "M": 1000**2, "G": 1000**3}
_LEAST_MEMORY = 64_000_000  # bytes
_WRITTEN = {"type": ["integer", "string"]}


class Limit(BaseModel):
    """A number of rows, or a share of them in percent."""

    model_config = ConfigDict(frozen=True)

    rows: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`100` or `2.5%`. Raises ValueError."""
        words = text.strip()
        if re.fullmatch(r"\d+", words):
            return cls(rows=int(words))
        if re.fullmatch(r"\d+(\.\d+)?\s*%", words) and Decimal(words[:-1].strip()) <= 100:
            return cls(percent=Decimal(words[:-1].strip()))
        raise ValueError(f"{text!r} is neither a number of rows (100) nor a share (10%)")

    def exceeded(self, count: int, total: int) -> bool:
        """Whether `count` rows of `total` are more than the limit allows."""
        if self.rows is not None:
            return count > self.rows
        return count * 100 > (self.percent or 0) * total

    def enough(self, count: int) -> int:
        """A total of which `count` is not more than the limit, if of any; larger ones too."""
        if self.percent:
            return math.ceil(count * 100 / self.percent)
        return _ANY

    def of(self, total: int) -> int:
        """How many rows of `total` the share is, rounded up."""
        return math.ceil(total * (self.percent or 0) / 100)

    def __str__(self) -> str:
        """As the user writes it."""
        return str(self.rows) if self.rows is not None else f"{self.percent:f}%"


def _memory(value: object) -> object:
    """`400MB`, `2G` or a number of bytes as bytes. Raises ValueError."""
    size = value
    if isinstance(value, str):
        if not (found := _SIZE.fullmatch(value.strip())):
            raise ValueError(f"{value!r} is no size like 400MB")
        size = int(found[1]) * _UNITS[(found[2] or "")[:1].upper()]
    if isinstance(size, int) and size < _LEAST_MEMORY:
        raise ValueError(f"a run needs 64MB and more, not {value}")
    return size


def _limit(value: object) -> object:
    return Limit.parse(str(value)) if isinstance(value, str | int | float) else value


LimitField = Annotated[
    Limit, BeforeValidator(_limit), WithJsonSchema({**_WRITTEN, "examples": [100, "2.5%"]})
]
MemoryField = Annotated[
    int, BeforeValidator(_memory), WithJsonSchema({**_WRITTEN, "examples": ["400MB"]})
]
