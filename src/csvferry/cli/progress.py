"""A progress bar on a terminal, for the phases that take long."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from csvferry.model.phases import Phase, ProgressListener, ignore_progress

_SHOWN = {
    Phase.IDENTIFIED: "identifying",
    Phase.LOCKED: "reading",
    Phase.READING: "reading",
    Phase.READ: "validating",
    Phase.SIFTED: "loading",
    Phase.LOADING: "loading",
    Phase.STAGED: "comparing",
    Phase.JUDGED: "changing",
    Phase.MERGED: "recording",
    Phase.RECORDED: "committing",
    Phase.SWAPPING: "committing",
    Phase.SWAPPED: "committing",
    Phase.COMMITTED: "remembering",
    Phase.REMEMBERED: "done",
}


@contextmanager
def progress(name: str) -> Iterator[ProgressListener]:
    """A listener that draws a bar on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield ignore_progress
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

        def listen(phase: Phase, done: int, total: int) -> None:
            counted = phase in (Phase.READING, Phase.LOADING) and total > 0
            bar.update(
                task,
                description=_SHOWN[phase],
                total=total if counted else None,
                completed=done if counted else 0,
            )

        yield listen
