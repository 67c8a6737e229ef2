"""Many files of one feed, one after the other: over one connection, small ones in batches.

A batch that can't be told apart from its files one by one is undone and tried with half as many;
a file alone is a run as any other. So each file is applied once, and each failure is its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from csvferry.config.feed import Feed, check_table_name
from csvferry.databases.connect import KeptConnection, open_database
from csvferry.errors import CsvFerryError
from csvferry.load.context import Run
from csvferry.load.strategy import Applied
from csvferry.model.mapping import Mode
from csvferry.model.phases import ProgressListener, ignore_progress
from csvferry.model.report import Report
from csvferry.run.batches.lookup import applied_among
from csvferry.run.runner import attempt, skipped
from csvferry.run.table_check import note_check
from csvferry.scratch.workspace import Workspace, open_workspace
from csvferry.sources.source_object import Identity, SourceObject

if TYPE_CHECKING:
    from csvferry.run.batches.reader import Member

Outcome = tuple[Report, CsvFerryError | None]
Listener = Callable[[str], AbstractContextManager[ProgressListener]]  # of a file's address
MOST, BYTES = 1_000, 16 << 20  # files and bytes of a batch
_LEAST = 2


def unwatched(uri: str) -> AbstractContextManager[ProgressListener]:  # noqa: ARG001
    """The listener of runs that nobody watches."""
    return nullcontext(ignore_progress)


@contextmanager
def over_one_connection(feed: Feed) -> Iterator[Callable[[SourceObject], Run]]:
    """What makes the runs of a feed's files, which share a connection within the block."""
    opened = partial(open_database, feed.to, untested=feed.allow_untested_server)
    with closing(KeptConnection(opened)) as kept:
        yield lambda source: Run(feed, source, connect=kept.lease)


def follow(
    found: Sequence[SourceObject],
    make: Callable[[SourceObject], Run],
    listen: Listener = unwatched,
    identities: Mapping[str, Identity] | None = None,
) -> Iterator[Outcome]:
    """Run each file once, in this order; its report, and the error that ended it if one did.

    `identities`: what is known of versions already, by a file's address.
    """
    known = _lookup(found, make, identities or {})
    if not found:
        return
    with open_workspace(make(found[0]).feed.memory) as workspace:
        yield from _Sequence(make, listen, workspace, known).follow(found)


Known = Mapping[str, tuple[Identity, Applied | None]]


def _lookup(
    found: Sequence[SourceObject],
    make: Callable[[SourceObject], Run],
    identities: Mapping[str, Identity],
) -> Known:
    """Each file's version, and how it stands in the ledger; what can't be told is left out."""
    known: dict[str, tuple[Identity, Applied | None]] = {}
    runs = []
    for source in found:
        with suppress(CsvFerryError):  # its run meets it again
            run = make(source)
            check_table_name(run.table)
            runs.append((run, identities.get(source.uri) or source.identify()))
    answers: Mapping[str, Applied] = {}
    if runs and not runs[0][0].feed.full:
        with suppress(CsvFerryError), runs[0][0].connected() as database:
            answers = applied_among(database, runs)
    found_there: dict[str, Run] = {}
    for run, identity in runs:
        applied = answers.get(identity.uri)
        known[run.source.uri] = identity, applied
        if applied is Applied.YES:
            found_there[run.feed_id] = run
    for run in found_there.values():
        note_check(run)
    return known


@dataclass
class _Sequence:
    """`most`: files of the next batch; `alone`: files to be run by themselves before it."""

    make: Callable[[SourceObject], Run]
    listen: Listener
    workspace: Workspace
    known: Known
    most: int = MOST
    alone: int = 0
    backoff: int = 1
    members: dict[str, "Member | None"] = field(default_factory=dict)

    def follow(self, found: Sequence[SourceObject]) -> Iterator[Outcome]:
        place = 0
        while place < len(found):
            source = found[place]
            identity, applied = self.known.get(source.uri, (None, None))
            if identity and applied:
                yield skipped(self.make(source), identity, applied), None
                place += 1
                continue
            batch = self._batch(found[place : place + self.most])
            done = self._together(batch) if len(batch) > 1 else [self._single(source)]
            yield from done
            place += len(done)

    def _single(self, source: SourceObject) -> Outcome:
        self.alone = max(0, self.alone - 1)
        run = self.make(source)
        with self.listen(source.uri) as listener:
            return attempt(replace(run, controls=replace(run.controls, progress=listener)))

    def _batch(self, found: Sequence[SourceObject]) -> "Sequence[Member]":
        """The first files that can be applied together; none where the first is to be alone."""
        batch: list[Member] = []
        size = 0
        if self.alone or len(found) < _LEAST or not _may_batch(self.make(found[0]).feed):
            return batch
        for source in found:
            member = self._member(source)
            if member is None or (batch and not member.goes_with(batch[0])):
                break
            size += len(member.data)
            if size > BYTES:
                break
            batch.append(replace(member, run=self.make(source)))
        return batch

    def _member(self, source: SourceObject) -> "Member | None":
        identity, applied = self.known.get(source.uri, (None, None))
        if identity is None or applied:
            return None
        if source.uri not in self.members:
            from csvferry.run.batches.reader import read_member

            folder = self.workspace.folder
            run, con = self.make(source), self.workspace.con
            self.members[source.uri] = read_member(run, identity, con, folder)
        return self.members[source.uri]

    def _together(self, batch: "Sequence[Member]") -> Sequence[Outcome]:
        """What became of each, of the first alone, or of none as fewer are to be tried."""
        from csvferry.run.batches.transaction import Setback, apply_together

        run = batch[0].run
        with self.listen(run.source.uri) as listener:
            watched = replace(run, controls=replace(run.controls, progress=listener))
            done = apply_together([replace(batch[0], run=watched), *batch[1:]], self.workspace)
        self.workspace.reset()
        if done is Setback.ALONE:
            return [self._single(run.source)]
        if done is Setback.NOT_ALIKE:
            self._halve(len(batch))
            return []
        for member in batch:
            del self.members[member.run.source.uri]
        self.most, self.backoff = min(MOST, 2 * self.most), 1
        return [(report, None) for report in done]

    def _halve(self, files: int) -> None:
        """After files that were not alike: fewer, and where these fail too, more of them alone."""
        self.most = files // 2
        if self.most < _LEAST:
            self.most, self.alone, self.backoff = _LEAST, self.backoff, 2 * self.backoff


def _may_batch(feed: Feed) -> bool:
    """Whether nothing that the feed asks of a run depends on the file that it is about."""
    guards = feed.min_rows is None and feed.max_changes is None
    return feed.mode is not Mode.MIRROR and guards and feed.settles is None
