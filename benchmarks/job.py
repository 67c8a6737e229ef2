"""What a peer is told: one file, one table, one server. Light to import: each start counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["int", "float", "decimal", "text", "code", "date", "datetime"]
Mode = Literal["insert", "upsert", "mirror"]


@dataclass(frozen=True)
class Column:
    """A column of the file and of the table."""

    name: str
    sql: str
    kind: Kind
    null: bool = False


@dataclass(frozen=True)
class Server:
    """Where a server listens; `pid` is its process, where this machine knows it."""

    name: str
    host: str
    port: int
    user: str
    password: str
    version: str = ""
    pid: int | None = None


@dataclass(frozen=True)
class Job:
    """One load: make `table` in `database` follow `file`."""

    server: Server
    database: str
    table: str
    file: str
    key: str
    mode: Mode
    scenario: str
    columns: tuple[Column, ...]
    workdir: str

    def url(self, scheme: str) -> str:
        """The database's address, for instance `mysql+pymysql://root@127.0.0.1:3306/bench`."""
        s = self.server
        secret = f":{s.password}" if s.password else ""
        return f"{scheme}://{s.user}{secret}@{s.host}:{s.port}/{self.database}"

    def save(self, path: Path) -> Path:
        """Write the job for the peer's process."""
        path.write_text(json.dumps(asdict(self)))
        return path


def load(path: str) -> Job:
    """Read what `Job.save` wrote."""
    raw: dict[str, Any] = json.loads(Path(path).read_text())
    raw["server"] = Server(**raw["server"])
    raw["columns"] = tuple(Column(**c) for c in raw["columns"])
    return Job(**raw)


@dataclass(frozen=True)
class Peer:
    """A way to load. `command` gives the process to be timed; `{job}` stands for the job's file.

    `own_base`: it loads the version before itself, by `base` where that is another command.
    `writes`: whether the table follows; else it is to stay as it was.
    """

    key: str
    title: str
    command: Callable[[Job], list[str]]
    scenarios: frozenset[str]
    pace: Literal["fast", "slow", "crawling"] = "fast"
    own_base: bool = False
    deletes: bool = True
    extra_columns: str = ""
    stdin: Callable[[Job], str] | None = None
    missing: Callable[[], str | None] = lambda: None
    base: Callable[[Job], list[str]] | None = None
    writes: bool = True
    note: str = ""
