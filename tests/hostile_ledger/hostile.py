"""A ledger that somebody else wrote in, and what each command says of it."""

import os
from contextlib import chdir, closing
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from csvferry.cli.app import app
from targets import Target

TABLES = ("csvferry_runs", "csvferry_rejects", "csvferry_schema")


@dataclass(frozen=True)
class Said:
    """How a command ended, and all that it printed and logged."""

    status: int
    text: str
    traceback: bool

    @property
    def clean(self) -> bool:
        """Whether it ended by itself and wrote nothing that a terminal obeys."""
        lines = self.text.replace("\t", " ").split("\n")  # fields are parted by tabs
        return not self.traceback and all(line.isprintable() for line in lines)


@dataclass(frozen=True)
class Victim:
    """A user with a file that was applied once, with a rejected row and a duplicate."""

    target: Target
    folder: Path

    def begin(self) -> None:
        """Apply the file's first version; then let every column of the ledger take any text."""
        self.write("1,Ann", "2,Bob,too many", "1,Cyd", "3,Dan")
        assert self.run("sync", "people.csv", "--max-rejects", "9").status == 0
        if self.target.kind != "sqlite":  # where a column takes any text as it is
            self.target.run(*map(self._widened, ("run", "mode", "seal", "version", "started")))

    @staticmethod
    def _widened(column: str) -> str:
        kind = "VARCHAR(700) CHARACTER SET ascii COLLATE ascii_bin NOT NULL"
        return f"ALTER TABLE csvferry_runs MODIFY {column} {kind}"

    def write(self, *rows: str) -> None:
        """Write the file."""
        text = "id,name\n" + "".join(f"{row}\n" for row in rows)
        (self.folder / "people.csv").write_text(text)

    def corrupt(self, table: str, column: str, value: object) -> None:
        """Do as the other writer does."""
        with closing(self.target.connect()) as connection:
            mark = "?" if self.target.kind == "sqlite" else "%s"
            connection.cursor().execute(f"UPDATE {table} SET {column} = {mark}", (value,))
            connection.commit()

    def run(self, command: str, *words: str) -> Said:
        """Run a command in this process."""
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
        with chdir(self.folder):
            done = CliRunner(env=environment).invoke(
                app, [command, *words, "--to", self.target.url], prog_name="csvferry"
            )
        failed = done.exception is not None and not isinstance(done.exception, SystemExit)
        return Said(done.exit_code, done.output, failed or "Traceback" in done.output)
