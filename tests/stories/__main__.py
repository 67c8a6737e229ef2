"""Tells many random stories on each database, and what was otherwise than the oracle has it.

    python tests/stories [--stories N] [--seed TEXT] [--only KIND] [--first N]

MariaDB and MySQL are those of CSVFERRY_TEST_MARIADB and CSVFERRY_TEST_MYSQL, or are started. Ends
with status 1 if a story has a difference.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from reliability import databases  # noqa: E402  # the tests' folder is on the path now
from stories.story import differences, tell  # noqa: E402
from targets import Target, fresh_database  # noqa: E402


@contextmanager
def _fresh(found: Target, folder: Path) -> Iterator[Target]:
    """A database for one story."""
    if found.kind == "sqlite":
        yield Target("sqlite", f"sqlite:///{folder}/story.db")
        return
    with fresh_database(found.url.rpartition("/")[0]) as url:
        yield Target(found.kind, f"{url}?ssl-mode=DISABLED")


def _one(found: Target, seed: str) -> list[str]:
    with tempfile.TemporaryDirectory() as name, _fresh(found, Path(name)) as target:
        try:
            return differences(tell(seed), target, Path(name) / "story")
        except Exception as error:  # noqa: BLE001  # the other stories are told all the same
            return [f"{type(error).__name__}: {error}"]


def main() -> int:
    """Tell them; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stories", type=int, default=2_000, help="on all databases together")
    parser.add_argument("--seed", default="stories")
    parser.add_argument("--only", choices=("sqlite", "mariadb", "mysql"))
    parser.add_argument("--first", type=int, default=0, help="the number of the first story")
    given = parser.parse_args()
    differing = told = 0
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as found:
        kinds = [kind for kind in found if given.only in (None, kind)]
        for number in range(given.first, given.first + given.stories):
            kind = kinds[number % len(kinds)]
            told += 1
            if lines := _one(found[kind], f"{given.seed} {number}"):
                differing += 1
                print(f"{kind}, story '{given.seed} {number}':", *lines, sep="\n  ", flush=True)
            if told % 100 == 0:
                print(f"{told} stories, {differing} with a difference", file=sys.stderr, flush=True)
    print(f"{told} stories, {differing} with a difference")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
