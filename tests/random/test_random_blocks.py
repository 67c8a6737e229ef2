"""Random changes to larger files: what is read of them only in part ends as if read as a whole."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from csvferry.config.feed import make_feed
from csvferry.model.server import Server
from csvferry.run.runner import Run, go
from csvferry.snapshot.chunks import chunk_index as blocks
from csvferry.snapshot.chunks import unmatched_chunks as changed
from csvferry.sources.source import find
from targets import Target

ROWS, VERSIONS = 200, 6
COLUMNS = "line, byte_offset, column_name, code, message, raw"


@dataclass
class Writing:
    """How a file is written: its line end, whether names are quoted, faults of its lines."""

    end: str = "\n"
    quoted: bool = False
    faults: tuple[str, ...] = ()

    def name(self, text: str) -> str:
        return f'"{text}, ""{text[:1]}""{self.end}"' if self.quoted else text

    def write(self, path: Path, rows: list[tuple[str, str, str]]) -> None:
        lines = [",".join((key, self.name(name), mail)) for key, name, mail in rows]
        path.write_bytes(self.end.join(["id,name,email", *lines, ""]).encode())


WRITINGS = {
    "plain": Writing(),
    "pairs": Writing("\r\n"),
    "quoted": Writing(quoted=True),
    "faulty": Writing(faults=("short", "12,a,b@b,more", "\x00,nul,n@n", "7")),
}


KEYS = {
    "number": ("INT", "id"),
    "text": ("VARCHAR(12)", "id"),
    "pair": ("VARCHAR(12)", "id, name"),
}


@dataclass
class Story:
    """A file that changes from version to version."""

    chance: random.Random
    writing: Writing
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def go_on(self) -> None:
        """Some rows go, some change, some come, some move; keys and e-mails may repeat."""
        chance = self.chance
        if not self.rows:
            self.rows = [self._row(str(n)) for n in range(ROWS)]
            return
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(self.rows))
            match chance.randrange(6):
                case 0:
                    del self.rows[at]
                case 1:
                    self.rows[at] = self._row(self.rows[at][0])
                case 2:
                    self.rows.insert(at, self._row(str(chance.randrange(2 * ROWS))))
                case 3:
                    self.rows.insert(at, self.rows.pop(chance.randrange(len(self.rows))))
                case 4:
                    self.rows.insert(at, chance.choice(self.rows))
                case _:
                    self.rows[at] = (chance.choice(("", "x", "300")), "bad", "")

    def _row(self, key: str) -> tuple[str, str, str]:
        chance = self.chance
        name = chance.choice(("ann", "bea", "cid") * 20 + ("a name too long for its column",))
        return (key, name, f"{chance.randrange(40 * ROWS)}@example.com")

    def write(self, path: Path) -> None:
        self.writing.write(path, self.rows)
        lines = path.read_bytes().split(self.writing.end.encode())
        for number, fault in enumerate(self.writing.faults):
            lines.insert(20 + 40 * number, fault.encode())
        path.write_bytes(self.writing.end.encode().join(lines))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LEAST", 64)


def _sync(path: Path, target: Target, table: str, mode: str, *, full: bool) -> dict[str, object]:
    feed = make_feed(
        source=str(path), to=target.url, table=table, mode=mode, full=full,
        max_rejects="100%", max_deletes="100%",
    )  # fmt: skip
    return go(Run(feed, find(feed.source)[0])).to_dict()


def _rejects(target: Target, run: object) -> list[tuple[object, ...]]:
    return target.rows(f"SELECT {COLUMNS} FROM csvferry_rejects WHERE run = '{run}' ORDER BY 1,3,4")


@pytest.mark.one_server
@pytest.mark.parametrize(
    ("writing", "key"),
    [
        ("plain", "number"),
        ("plain", "pair"),
        ("pairs", "text"),
        ("quoted", "number"),
        ("faulty", "number"),
        ("faulty", "text"),
    ],
)
@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
def test_reading_in_part_ends_as_reading_the_whole(
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    writing: str,
    key: str,
) -> None:
    parts = []
    look = changed.look
    monkeypatch.setattr(
        "csvferry.snapshot.diff.look", lambda *a: parts.append(look(*a)) or parts[-1]
    )
    unique = "" if writing == "plain" else " UNIQUE"
    bytewise = "" if key == "number" else f" COLLATE {Server(target.kind).traits.bytewise}"
    for table in ("quick", "whole"):
        target.run(
            f"CREATE TABLE {table} (id {KEYS[key][0]}{bytewise}, name VARCHAR(16){bytewise},"
            f" email VARCHAR(40){unique}, PRIMARY KEY ({KEYS[key][1]}))"
        )
    story = Story(random.Random(f"{mode} {writing} {key}"), WRITINGS[writing])
    for _ in range(VERSIONS):
        story.go_on()
        story.write(tmp_path / "people.csv")
        quick = _sync(tmp_path / "people.csv", target, "quick", mode, full=False)
        whole = _sync(tmp_path / "people.csv", target, "whole", mode, full=True)
        assert quick["rows"] == whole["rows"]
        now, then = (target.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("quick", "whole"))
        assert now == then
        if quick["status"] == "applied":
            assert _rejects(target, quick["run"]) == _rejects(target, whole["run"])
    assert any(parts), "the file was read in part at least once"
