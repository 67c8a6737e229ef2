"""A progress bar on a terminal, for the steps that take long."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from csvferry.model.phases import Step, Watch, unwatched

_TOLD = {
    Step.IDENTIFIED: "identifying",
    Step.LOCKED: "reading",
    Step.READING: "reading",
    Step.READ: "validating",
    Step.SIFTED: "loading",
    Step.LOADING: "loading",
    Step.STAGED: "comparing",
    Step.JUDGED: "changing",
    Step.MERGED: "recording",
    Step.RECORDED: "committing",
    Step.SWAPPING: "committing",
    Step.SWAPPED: "committing",
    Step.COMMITTED: "remembering",
    Step.REMEMBERED: "done",
}


@contextmanager
def progress(name: str) -> Iterator[Watch]:
    """A watch that draws a bar on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from csvferry.cli.output import place

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[name]}", markup=False),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None, name=place(name))

        def watch(step: Step, done: int, total: int) -> None:
            counted = step in (Step.READING, Step.LOADING) and total > 0
            bar.update(
                task,
                description=_TOLD[step],
                total=total if counted else None,
                completed=done if counted else 0,
            )

        yield watch
