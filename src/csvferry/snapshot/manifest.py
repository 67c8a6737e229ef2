"""The manifest of what is remembered of a feed: which run was applied, and which parts tell it.

It lies where others may be able to write. What is not of its form counts as absent, whatever it is:
the run compares with the table then.
"""

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, TypeAdapter

from csvferry.ledger.records import Run

FORMAT: Literal[5] = 5
LARGEST = 32 << 20  # bytes; what a function keeps of a folder has a line for each of its files
PartName = Annotated[str, StringConstraints(pattern="^(rows|keys|patch|patch_keys|blocks)$")]
# A file's name, which leads nowhere else.
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Cut = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,12}:[0-9a-f]{6})?$")]
Begin = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,9}:([0-9a-f]{2})?)?$")]


@dataclass(frozen=True)
class Remembered:
    """The manifest: the feed's last applied run, and the parts that are kept of it.

    `layout` and `cut` tell whether and how the file's chunks can be known again. `begin`: the byte
    at which its records begun and its quote, by which the next version's chunks are told apart
    before its own are known.
    """

    run: Run
    parts: dict[PartName, FileName] = field(default_factory=dict)
    digests: dict[PartName, Digest] = field(default_factory=dict)
    shape: dict[str, Any] = field(default_factory=dict)
    layout: Digest | Literal[""] = ""
    cut: Cut = ""
    begin: Begin = ""
    format: Literal[5] = FORMAT

    @property
    def bound(self) -> str:
        """What must belong together: a part of another run's is not taken for this one's."""
        digests = {name: digest for name, digest in self.digests.items() if name != "blocks"}
        return json.dumps([self.run, self.parts, digests, self.layout, self.cut])

    def pack(self) -> bytes:
        """As bytes, which `unpack` reads."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, data: bytes) -> "Remembered":
        """From bytes. Raises ValueError or RecursionError for those that no run wrote."""
        found: Remembered = _schema().validate_python(json.loads(data))
        return found


@cache  # made when it is first needed: it takes some milliseconds
def _schema() -> TypeAdapter[Remembered]:
    return TypeAdapter(Remembered)
