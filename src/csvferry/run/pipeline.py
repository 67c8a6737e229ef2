"""The middle of a run: a version that was not applied before is read, and the table follows it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Thread

from csvferry.databases.base import Database
from csvferry.errors import UsageError
from csvferry.ingest.column_mapping import existing
from csvferry.ingest.parser import surveyed
from csvferry.ledger.entries import Entry
from csvferry.load.context import Run, RunResult, carrying
from csvferry.load.job import Job
from csvferry.model.phases import Phase
from csvferry.model.report import Rows
from csvferry.run.change_reader import ReadResult, read_changes, seal_of
from csvferry.run.description import describe_dialect, header_of, types_of
from csvferry.run.reject_files import tell_files
from csvferry.scratch.workspace import Workspace
from csvferry.snapshot.manifest import Remembered
from csvferry.sources.file_set import FileSet
from csvferry.sources.source_object import Identity


def apply_version(
    run: Run, identity: Identity, last: Entry | None, workspace: Workspace, database: Database
) -> RunResult:
    """Read the file and make the table follow it; `last`: the feed's last entry.

    Raises CsvFerryError with everything as it was.
    """
    table = existing(run.id, run.table, database, dry=run.dry)
    if table is None:
        _check_named(run.feed.table)
    ticking = run.controls.counting(Phase.READING)
    with ExitStack() as opened:
        with _pinned(run, identity):
            content = run.source.fetch(identity, workspace.folder, ticking)
            workspace.permit(file=content.path, folder=run.state.folder(run.feed_id))
            survey = opened.enter_context(
                surveyed(workspace.con, content, run.feed.reading(), workspace.folder, ticking)
            )
            # The import takes 30 ms, and reading waits for other things now and then.
            Thread(target=import_module, args=("csvferry.load.loader",)).start()
            with carrying(RunResult(identity, warnings=survey.dialect.notes)):
                found = read_changes(run, last, survey, table, database)
        result = _read(run, identity, found)
        run.controls.reached(Phase.READ, result.rows.read, result.rows.read)

        def located(lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
            with _pinned(run, identity):
                yield from found.locate(lines)

        def files_told() -> None:
            if isinstance(run.source, FileSet):
                tell_files(workspace.con, run.source.parts, survey.text, found.parsed)

        from csvferry.load.loader import load

        job = Job(
            run=run,
            identity=identity,
            result=result,
            database=database,
            mapping=found.mapping,
            workspace=workspace,
            empty=found.empty,
            delta=found.delta,
            keeper=found.keeper,
            ranges=found.ranges,
            checked=found.parsed.checked is not None,
            locate=located,
            tell_files=files_told,
            header=header_of(found.parsed, run.feed),
            seal=seal_of(run, last),
            rows_before=last.rows_read if last else None,
        )
        return load(job, Remembered(run.id))


def _check_named(table: str | None) -> None:
    """Raises UsageError where a table that is not there was perhaps meant for another database."""
    if table and "." in table:
        raise UsageError(
            f"there is no table {table}, and none is made whose name has a dot",
            f"name the database in --to, and its table alone: --table {table.rsplit('.', 1)[1]}",
        )


def _read(run: Run, identity: Identity, found: ReadResult) -> RunResult:
    parsed = found.parsed
    notes = run.source.notes() if isinstance(run.source, FileSet) else ()
    return RunResult(
        identity=identity,
        rows=Rows(read=parsed.rows + parsed.rejected, rejected=parsed.rejected),
        reading=describe_dialect(parsed) | types_of(found.mapping),
        warnings=found.mapping.warnings + parsed.notes + notes,
    )


@contextmanager
def _pinned(run: Run, identity: Identity) -> Iterator[None]:
    """What is read within is the version that was identified, or it counts as changed."""
    try:
        yield
    except Exception:
        run.source.check(identity)
        raise
    run.source.check(identity)
