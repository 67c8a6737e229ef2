#!/usr/bin/env python3
"""Walk a run: which files its code visits, in the order in which functions are called first.

    walk_a_run.py [skip|direct|delta|staged] [--show]

A run on two columns of a small file into SQLite, in a folder of its own. A *switch* is a first call
of a function in another file than the one before; a *return* is a switch to a file that was left
already. Functions that run in other threads count for the files alone, as their order is chance.
The csvferry is the one that Python imports: PYTHONPATH=OTHER/src walks another version.
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import csvferry

HOME = Path(csvferry.__file__).parent
ROWS = 20_000
RUNS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "skip": ("direct", {}),
    "direct": (None, {}),
    "delta": ("direct", {}),
    "staged": ("direct", {"full": True}),
}


@contextmanager
def traced(files: set[str], walk: list[str]) -> Iterator[None]:
    """Note the files of functions at their first call; `walk` is the main thread's."""
    seen: set[CodeType] = set()
    main = threading.get_ident()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code in seen:
            return
        seen.add(code)
        path = Path(code.co_filename)
        if code.co_name == "<module>" or not path.is_relative_to(HOME):
            return
        name = path.relative_to(HOME).as_posix()
        files.add(name)
        if threading.get_ident() == main and (not walk or walk[-1] != name):
            walk.append(name)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def text(changed: bool) -> str:
    """The file; `changed` in a few rows."""
    rows = (f"{n},name {n}{'!' if changed and n % 5000 == 0 else ''}\n" for n in range(ROWS))
    return "id,name\n" + "".join(rows)


def walk_of(strategy: str, folder: Path) -> tuple[set[str], list[str]]:
    """All files of the run, and its walk."""
    before, options = RUNS[strategy]
    file = folder / "people.csv"
    given: dict[str, Any] = {"to": f"sqlite:///{folder}/people.db", "mode": "upsert"}
    file.write_text(text(changed=False))
    if before:
        csvferry.sync(file, **given)
    if strategy in ("delta", "staged"):
        file.write_text(text(changed=True))
    files: set[str] = set()
    walk: list[str] = []
    with traced(files, walk):
        report = csvferry.sync(file, **given, **options)
    if report.strategy != strategy:
        raise SystemExit(f"the run was {report.strategy}")
    return files, walk


def main() -> None:
    """Print the figures, and the files with --show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("strategy", nargs="?", default="delta", choices=RUNS)
    parser.add_argument("--show", action="store_true", help="the files, one a line")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = f"{folder}/state"
        files, walk = walk_of(words.strategy, Path(folder))
    switches = max(len(walk) - 1, 0)
    back = sum(name in walk[:place] for place, name in enumerate(walk))
    if words.show:
        print("\n".join(walk))
    print(f"{words.strategy}: {len(files)} files, {switches} switches, {back} returns")


if __name__ == "__main__":
    main()
