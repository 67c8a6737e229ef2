"""Writes the snapshot of a version beside its load, and publishes it after the commit."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Self

from csvferry.printable import get_logger
from csvferry.snapshot.diff import Delta
from csvferry.snapshot.manifest import Remembered
from csvferry.snapshot.store import State
from csvferry.snapshot.writer import NO_CHUNKS, Chunks, Keeper, Written

if TYPE_CHECKING:
    import duckdb

log = get_logger(__name__)


class BackgroundSnapshotWriter:
    """A `with` block: within it the chunks of a file that was read as a whole are computed.

    Without a `keeper` no snapshot is written.
    """

    def __init__(
        self,
        con: "duckdb.DuckDBPyConnection",
        keeper: Keeper | None,
        delta: Delta | None,
        manifest: Remembered,
    ) -> None:
        self._con, self._keeper, self._delta, self._manifest = con, keeper, delta, manifest
        self._beside = ThreadPoolExecutor(1)
        self._over = Event()
        self._chunks: Future[Chunks] | None = None
        self._written: Future[Written | None] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        if self._keeper and not (self._delta and self._delta.partly):
            self._chunks = self._beside.submit(self._keeper.lay, self._over)
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; a run that failed does not need it whole."""
        self._over.set()
        self._beside.shutdown()

    def write(self, *, deleted: bool) -> None:
        """Begin to write to scratch space. `deleted`: as `Keeper.keep` has it."""
        if self._keeper:
            self._written = self._beside.submit(self._write, self._keeper, deleted)

    def forget(self) -> None:
        """What was begun does not count: the table will have other rows."""
        self._written = None

    def publish(self, state: State, feed: str, *, deleted: bool) -> None:
        """Give the snapshot to the store; without it the next run is only slower."""
        if self._written is None:
            self.write(deleted=deleted)
        try:
            if self._written and (found := self._written.result()):
                state.remember(feed, found.manifest, found.files)
        except Exception as error:  # noqa: BLE001  # whatever a store raises, it only costs time
            log.warning("the fingerprints could not be kept: %s", type(error).__name__)

    def _write(self, keeper: Keeper, deleted: bool) -> Written | None:
        chunks = self._chunks.result() if self._chunks else NO_CHUNKS
        beside = replace(keeper, prints=replace(keeper.prints, con=self._con.cursor()))
        return beside.keep(self._manifest, self._delta, chunks, deleted=deleted)
