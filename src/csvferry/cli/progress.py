"""How far a run is, on standard error: on a terminal a line that moves, elsewhere a line at times.

Each phase is counted by itself. Where nothing is counted, or all of it is sent and the server still
works, the bar runs to and fro: it is never full before the phase is over.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from csvferry.model.phases import Phase, ProgressListener
from csvferry.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

EVERY = 30.0  # seconds between two lines where there is no terminal
_SURE = 1.0  # seconds after which a pace is told
_WIDE = 120  # columns of a terminal that has room for numbers beside the share
_SHOWN = {
    Phase.IDENTIFIED: "identifying",
    Phase.LOCKED: "reading",
    Phase.READING: "reading",
    Phase.READ: "validating",
    Phase.VALIDATED: "loading",
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
_COUNTED = (Phase.READING, Phase.LOADING)


@dataclass(frozen=True)
class Step:
    """One phase as far as it came: `done` of `total`, counted from `first` at the time `since`.

    `total` is 0 where nothing is counted.
    """

    word: str = "starting"
    bytes: bool = False
    since: float = 0.0
    first: int = 0
    done: int = 0
    total: int = 0

    def after(self, phase: Phase, done: int, total: int, now: float) -> "Step":
        """What is known once a phase got as far; one that begins anew is counted anew."""
        if phase not in _COUNTED or total <= 0:
            return Step(_SHOWN[phase], since=now)
        begun = self.word == _SHOWN[phase] and self.total > 0 and done >= self.done
        if begun:
            return replace(self, done=done, total=total)
        return Step(_SHOWN[phase], phase is Phase.READING, now, done, done, total)

    @property
    def counted(self) -> bool:
        """Whether a share of it is known, and not all of it is done."""
        return self.total > self.done

    def pace(self, now: float) -> float:
        """Bytes or rows a second; 0 as long as it is not known."""
        passed = now - self.since
        return (self.done - self.first) / passed if self.counted and passed >= _SURE else 0.0

    def left(self, now: float) -> timedelta | None:
        """The time until its end at this pace."""
        pace = self.pace(now)
        return timedelta(seconds=round((self.total - self.done) / pace)) if pace else None

    def size(self, number: float) -> str:
        """`201.5 MB` or `5,000,000 rows`."""
        return f"{number / 1e6:,.1f} MB" if self.bytes else f"{number:,.0f} rows"

    def words(self, now: float) -> list[str]:
        """How much of how much, how fast, and for how long yet; what is not known is left out."""
        if not self.total:
            return []
        amount = f"{self.size(self.done).split()[0]} of " if self.counted else ""
        pace, left = self.pace(now), self.left(now)
        parts = [f"{amount}{self.size(self.total)}", f"{self.size(pace)}/s" if pace else ""]
        return [word for word in (*parts, f"{left} left" if left is not None else "") if word]


class _Watch:
    """Where a run is, and since when it goes on."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], object]) -> None:
        self.clock, self.begun, self._changed = clock, clock(), changed
        self.step = Step(since=self.begun)

    def listen(self, phase: Phase, done: int, total: int) -> None:
        """The run's listener; several threads may call it, one at a time."""
        before, self.step = self.step, self.step.after(phase, done, total, self.clock())
        if before.word != self.step.word:
            self._changed()

    def passed(self) -> timedelta:
        """Since the run began, in whole seconds."""
        return timedelta(seconds=int(self.clock() - self.begun))


@contextmanager
def progress(uri: str) -> Iterator[ProgressListener]:
    """A listener that shows on standard error how far the run on a file is."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _on_terminal(uri) as listener:
            yield listener
    else:
        with told_every(uri, EVERY) as listener:
            yield listener


@contextmanager
def told_every(
    uri: str, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[ProgressListener]:
    """A listener; a line says every so often how far the run is."""
    over = threading.Event()

    def changed() -> None:
        if watch.step.word == _SHOWN[Phase.LOADING]:  # from now on it is the server that works
            threading.Thread(target=import_module, args=("csvferry.cli.output",)).start()

    def tell() -> None:
        while not over.wait(seconds):
            from csvferry.cli.output import place

            step = watch.step
            words = ", ".join([step.word, *step.words(clock()), f"{watch.passed()} so far"])
            print(printable(f"csvferry: {place(uri)}: {words}"), file=sys.stderr, flush=True)

    watch = _Watch(clock, changed)
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield watch.listen
    finally:
        over.set()
        teller.join()


@contextmanager
def _on_terminal(uri: str) -> Iterator[ProgressListener]:
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    from csvferry.cli.output import place

    console, spinner, name = Console(stderr=True), Spinner("dots"), place(uri)

    def line() -> "Table":
        return drawn(watch.step, spinner, name, watch.clock(), watch.passed(), console.width)

    def redraw() -> None:
        live.refresh()

    watch = _Watch(time.monotonic, redraw)
    live = Live(console=console, get_renderable=line, refresh_per_second=10, transient=True)
    with live:
        yield watch.listen


def drawn(
    step: Step, spinner: object, name: str, now: float, passed: timedelta, width: int
) -> "Table":
    """A step as one line of a terminal; a long name and the bar give way, and no number."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    words = step.words(now)
    if width < _WIDE and words:
        words[0] = f"{100 * step.done // step.total}%" if step.counted else ""
    bar = ProgressBar(step.total or None, step.done, pulse=not step.counted, animation_time=now)
    line = Table.grid(padding=(0, 1), expand=True)
    line.add_column(width=1)
    line.add_column(max_width=width // 6, no_wrap=True, overflow="ellipsis")
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    cells = [spinner, Text(name), Text(step.word), bar]
    for word in (*words, str(passed)):
        line.add_column(no_wrap=True, justify="right")
        cells.append(Text(word))
    line.add_row(*cells)  # type: ignore[arg-type]
    return line
