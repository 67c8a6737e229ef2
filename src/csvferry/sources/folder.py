"""The files of a folder or a glob on this machine.

Hidden files are passed over. So are links that lead out of the folder: whoever may put files into
a drop folder could have any file of the user's read by one. No folder is entered by a link on the
way down, so that no circle of links keeps a run busy.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate
from functools import cache
from glob import has_magic
from pathlib import Path

from csvferry.printable import get_logger

log = get_logger(__name__)


def files_under(folder: Path) -> Iterator[Path]:
    """The files of a folder, its folders' too."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def files_matching(pattern: str) -> tuple[Path, Iterator[Path]]:
    """The folder that holds everything that a glob means, and the files that it means.

    `*`, `?` and `[…]` are of one name, `**` is any folders; hidden names only where the glob has
    the dot.
    """
    parts = Path(pattern).parts
    fixed = next(at for at, part in enumerate(parts) if has_magic(part))
    base = Path(*parts[:fixed])
    return base, _matching(base, parts[fixed:], set())


def _matching(folder: Path, parts: Sequence[str], seen: set[tuple[Path, int]]) -> Iterator[Path]:
    """Each folder is looked at once for each part: several `**` lead to the same ones."""
    if (folder, len(parts)) in seen:
        return
    seen.add((folder, len(parts)))
    part, rest = parts[0], parts[1:]
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # no folder, or none that this user may read: `glob` too passes it over
        return
    if part == "**" and rest:
        yield from _matching(folder, rest, seen)
    for entry in entries:
        if entry.name.startswith(".") and not part.startswith("."):
            continue
        if part == "**":
            if entry.is_dir(follow_symlinks=False):
                yield from _matching(Path(entry), parts, seen)
            elif not rest and entry.is_file():
                yield Path(entry)
        elif _name(part).match(entry.name):
            if rest:
                yield from _matching(Path(entry), rest, seen)
            elif entry.is_file():
                yield Path(entry)


@cache
def _name(part: str) -> re.Pattern[str]:
    return re.compile(translate(part))


def within(folder: Path, found: Iterable[Path]) -> list[Path]:
    """Those that no link leads out of the folder; the others are told in the log."""
    home = folder.resolve()
    inside, outside = [], 0
    for path in found:
        if is_within(home, path):
            inside.append(path)
        else:
            outside += 1
    if outside:
        log.warning(
            "%s: %d links that lead out of it are passed over; --copy-unsafe-links follows them",
            folder,
            outside,
        )
    return inside


def is_within(home: Path, path: Path) -> bool:
    """Whether a file lies in a folder, itself without links, once all links are followed."""
    return path.resolve().is_relative_to(home)
