"""What is remembered of applied versions outside the database: a short cut, never the truth.

A feed's memory is a manifest (`<feed>.json`) and the files that it names (`<feed>/…`). It lies in
a folder or under an object store's prefix. Lost, stale, damaged or foreign memory costs time and
nothing else: each reader treats what it can't read as absent. Only the function takes its word for
a version that was applied before, to spare an hourly look at the database.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from csvferry.config.environment import local_path
from csvferry.printable import get_logger
from csvferry.scratch.private_files import replace_file
from csvferry.snapshot.manifest import LARGEST, Remembered

log = get_logger(__name__)


class Store(Protocol):
    """Named files somewhere. Methods raise OSError, or what the object store raises."""

    @property
    def place(self) -> Path | None:
        """The folder of this machine in which they are, if they are in one."""

    def read(self, name: str) -> bytes | None:
        """A small file's bytes, None where there is none; OSError for one above LARGEST."""

    def write(self, name: str, data: bytes) -> None:
        """Replace a small file, as a whole or not at all."""

    def fetch(self, name: str, folder: Path) -> Path:
        """A local path with the file's content."""

    def keep(self, name: str, path: Path) -> None:
        """Take a local file in under a name; the local file is given up."""

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""

    def small_files(self, ending: str) -> Iterator[str]:
        """Names of small files that end so."""


class Folder:
    """A folder that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.place = path

    def read(self, name: str) -> bytes | None:
        try:
            with (self.place / name).open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return None
        if len(data) > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return data

    def write(self, name: str, data: bytes) -> None:
        replace_file(self._place(name), lambda fresh: fresh.write_bytes(data))

    def fetch(self, name: str, folder: Path) -> Path:  # noqa: ARG002  # it is local already
        return self.place / name

    def keep(self, name: str, path: Path) -> None:
        replace_file(self._place(name), lambda fresh: shutil.move(path, fresh))

    def remove(self, name: str) -> None:
        (self.place / name).unlink(missing_ok=True)

    def small_files(self, ending: str) -> Iterator[str]:
        return (path.name for path in sorted(self.place.glob(f"*{ending}")))

    def _place(self, name: str) -> Path:
        target = self.place / name
        self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return target


@dataclass(frozen=True)
class State:
    """The memory of feeds in one store."""

    store: Store

    def remembered(self, feed: str) -> Remembered | None:
        """A feed's manifest, or None where there is none that can be read."""
        try:
            data = self.store.read(f"{feed}.json")
            return Remembered.unpack(data) if data else None
        except Exception as error:  # noqa: BLE001  # whatever a store raises, it only costs time
            log.warning("what was remembered can't be read: %s", type(error).__name__)
            return None

    def folder(self, feed: str) -> Path | None:
        """Where the feed's parts lie on this machine, if they do."""
        place = self.store.place
        return place / feed if place else None

    def part(self, feed: str, name: str, folder: Path) -> Path:
        """A local path of a part that a manifest names."""
        return self.store.fetch(f"{feed}/{name}", folder)

    def remember(self, feed: str, memory: Remembered, files: dict[str, Path]) -> None:
        """Keep new parts, then the manifest that names them, then drop what it no longer names."""
        before = self.remembered(feed)
        for name, path in files.items():
            self.store.keep(f"{feed}/{name}", path)
        self.store.write(f"{feed}.json", memory.pack())
        for name in set(before.parts.values() if before else ()) - set(memory.parts.values()):
            self.store.remove(f"{feed}/{name}")


def open_state(address: str | None) -> State:
    """The memory at a folder or an object store's prefix; by default the user's state folder."""
    if address and "://" in address and not address.startswith("file://"):
        from csvferry.sources.cloud import ObjectFolder

        return State(ObjectFolder(address))
    if address:
        return State(Folder(local_path(address.removeprefix("file://"))))
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return State(Folder(Path(base) / "csvferry"))
