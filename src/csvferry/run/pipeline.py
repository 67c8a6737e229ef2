"""The street's middle: a version that was not applied before is read, and the table follows it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from csvferry.databases.base import Database
from csvferry.ingest.column_mapping import existing, header_of, told
from csvferry.ingest.parser import surveyed
from csvferry.model.phases import Step
from csvferry.model.report import Report, Rows
from csvferry.run.change_reader import take_in
from csvferry.scratch.workspace import Workspace

if TYPE_CHECKING:
    from csvferry.run.runner import Run


@contextmanager
def _pinned(run: "Run") -> Iterator[None]:
    """What is read within is the version that was identified, or it counts as changed."""
    try:
        yield
    except Exception:
        run.source.check(run.known)
        raise
    run.source.check(run.known)


def follow(run: "Run", workspace: Workspace, database: Database) -> Report:
    """Read the file and make the table follow it. Raises CsvFerryError."""
    table = existing(run.id, run.table, database, dry=run.dry)
    ticking = run.ticking(Step.READING)
    with ExitStack() as opened:
        with _pinned(run):
            content = run.source.fetch(run.known, workspace.folder, ticking)
            workspace.permit(file=content.path, folder=run.state.folder(run.feed_id))
            survey = opened.enter_context(
                surveyed(workspace.con, content, run.feed.reading(), workspace.folder, ticking)
            )
            # It takes 30 ms, and reading waits for others now and then.
            Thread(target=import_module, args=("csvferry.load.staged_merge",)).start()
            intake = take_in(run, survey, table, database)
        parsed, aim = intake.parsed, intake.aim
        run.rows = Rows(read=parsed.rows + parsed.rejected, rejected=parsed.rejected)
        run.reading = told(parsed)
        run.warnings += aim.warnings
        run.watch(Step.READ, run.rows.read, run.rows.read)

        def located(lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
            with _pinned(run):
                yield from intake.locate(lines)

        from csvferry.load.staged_merge import Applier

        applier = Applier(
            run=run,
            database=database,
            aim=aim,
            workspace=workspace,
            locate=located,
            header=header_of(parsed),
            empty=intake.empty,
            delta=intake.delta,
            keeper=intake.keeper,
            verbatim=intake.verbatim,
        )
        return applier.apply()
