"""What the next run will know of this one: written beside it, kept after its commit."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Self

from csvferry.databases.base import database_of
from csvferry.model.phases import Step
from csvferry.printable import get_logger
from csvferry.snapshot.diff import Delta
from csvferry.snapshot.store import Remembered
from csvferry.snapshot.writer import NO_BLOCKS, Blocks, Keeper, Written

if TYPE_CHECKING:
    import duckdb

    from csvferry.run.runner import Run

log = get_logger(__name__)


class Remembering:
    """A run's fingerprints on their way; without a keeper there are none.

    A `with` block: within it the file's blocks are told apart before they are asked for, where the
    file was read as a whole.
    """

    def __init__(
        self,
        run: "Run",
        con: "duckdb.DuckDBPyConnection",
        keeper: Keeper | None,
        delta: Delta | None,
    ) -> None:
        self._run, self._con, self._keeper, self._delta = run, con, keeper, delta
        self._beside = ThreadPoolExecutor(1)
        self._over = Event()
        self._blocks: Future[Blocks] | None = None
        self._written: Future[Written | None] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        if self._keeper and not (self._delta and self._delta.partly):
            self._blocks = self._beside.submit(self._keeper.lay, self._over)
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; a run that failed does not need it whole."""
        self._over.set()
        self._beside.shutdown()

    def write(self, *, deleted: bool) -> None:
        """Begin to write them to scratch space. `deleted`: as `Keeper.keep` has it."""
        if self._keeper:
            self._written = self._beside.submit(self._write, self._keeper, deleted)

    def forget(self) -> None:
        """What was begun does not count: the table will have other rows."""
        self._written = None

    def keep(self, *, deleted: bool) -> None:
        """Keep them for the next run; without them it is only slower."""
        if self._written is None:
            self.write(deleted=deleted)
        run = self._run
        try:
            if self._written and (found := self._written.result()):
                run.state.remember(run.feed_id, found.manifest, found.files)
        except Exception as error:  # noqa: BLE001  # whatever a store raises, it only costs time
            log.warning("the fingerprints could not be kept: %s", type(error).__name__)
        run.watch(Step.REMEMBERED, run.rows.read, run.rows.read)

    def _write(self, keeper: Keeper, deleted: bool) -> Written | None:
        run = self._run
        before = run.memory.versions if run.memory else {}
        manifest = Remembered(
            run=run.id,
            target=database_of(run.feed.to),
            versions={**before, run.known.uri: run.known.version},
        )
        blocks = self._blocks.result() if self._blocks else NO_BLOCKS
        beside = replace(keeper, prints=replace(keeper.prints, con=self._con.cursor()))
        return beside.keep(manifest, self._delta, blocks, deleted=deleted)
