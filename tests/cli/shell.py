"""The command line in a folder of its own."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forks import command_line


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The JSON objects it printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """A folder in which commands run."""

    folder: Path

    def run(self, *words: str, stdin: bytes = b"", **environment: str) -> Done:
        """Run `csvferry WORDS`."""
        own = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state"), **environment}
        done = command_line(words, self.folder, own, stdin)
        return Done(done.status, done.out.decode(), done.err.decode())

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file there."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, query: str, database: str = "csvferry.db") -> list[tuple[Any, ...]]:
        """Rows of the SQLite file that is the default target."""
        with closing(sqlite3.connect(self.folder / database)) as connection:
            return connection.execute(query).fetchall()
