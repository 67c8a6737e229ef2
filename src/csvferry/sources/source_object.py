"""What every source gives: objects, each with an identity and bytes that are pinned to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from csvferry.sources.content import Content, Tick

_PACKED = ("", ".gz", ".zst", ".bz2", ".xz", ".zip")
_TABLES = tuple(f"{kind}{packed}" for kind in (".csv", ".tsv") for packed in _PACKED)
_TEXTS = tuple(f".txt{packed}" for packed in _PACKED)


@dataclass(frozen=True)
class Identity:
    """What an object is: its address, the version of its content, its size in bytes."""

    uri: str
    version: str
    size: int


class SourceObject(Protocol):
    """One file, wherever it is."""

    uri: str

    def identify(self) -> Identity:
        """Its version as it is now. Raises SourceError."""

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:
        """What that version holds, unpacked; copies lie in `folder`. Raises SourceChangedError."""

    def check(self, identity: Identity) -> None:
        """After reading: raises SourceChangedError when what was read may be another version."""


def is_csv(name: str) -> bool:
    """Whether a folder's or prefix's entry is a CSV file by its name."""
    return name.lower().endswith(_TABLES)


def is_text(name: str) -> bool:
    """Whether it is a `.txt` file, which is meant where there is no CSV file."""
    return name.lower().endswith(_TEXTS)
