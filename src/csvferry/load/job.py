"""One version of a file, read and mapped, on its way into the table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from csvferry.databases.base import Database
from csvferry.ingest.column_mapping import ColumnMapping
from csvferry.load.context import Run, RunResult
from csvferry.load.file_ranges import FileRanges
from csvferry.scratch.workspace import Workspace
from csvferry.snapshot.diff import Delta
from csvferry.snapshot.writer import Keeper
from csvferry.sources.source_object import Identity

Locate = Callable[[Iterable[int]], Iterator[tuple[int, int, bytes]]]
"""Finds records of the file by line: line, byte offset, raw record."""
_NARROW = 64  # columns


@dataclass(frozen=True)
class Job:
    """What a strategy is given.

    `empty`: the table has no row. `delta`: what differs from the last applied version, where that
    is known. `keeper`: writes the snapshot, None where none can be kept. `ranges`: the file, where
    rows can be sent from it as they lie. `checked`: each row was found plain while it was read.
    `header`: what the ledger keeps to export rejected rows. `tell_files`: puts the files of a
    snapshot into the rejects' messages. `rows_before`: rows of the last applied version.
    `written_by`: of files that are applied together, the first line of each, and its run.
    """

    run: Run
    identity: Identity
    result: RunResult
    database: Database
    mapping: ColumnMapping
    workspace: Workspace
    empty: bool
    delta: Delta | None
    keeper: Keeper | None
    ranges: FileRanges | None
    locate: Locate
    header: str | None
    seal: str
    rows_before: int | None
    checked: bool = False
    tell_files: Callable[[], None] | None = None
    written_by: tuple[tuple[int, str], ...] = ()

    @property
    def read(self) -> int:
        """Rows of the file."""
        return self.result.rows.read

    @property
    def roomy(self) -> bool:
        """Whether there is memory for several queries at a time."""
        return len(self.mapping.target.columns) <= _NARROW and self.workspace.roomy

    @property
    def fixed(self) -> dict[str, str]:
        """Texts of columns that are the same in each row which this run writes."""
        run = self.mapping.target.marks.run
        return {run.name: self.run.id} if run else {}

    @cached_property
    def rewrites(self) -> bool | None:
        """Whether a trigger may change rows of the table; None: this user can't see triggers."""
        return self.database.catalog.rewrites(self.mapping.target.table.name)
