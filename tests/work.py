"""How much a call does, as a number that neither the machine nor its load changes.

Counted are the lines of csvferry that are carried out (each round of a comprehension too), the
sizes of the texts and tuples that they make, and the lengths of lists that are looked through.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import csvferry

HOME = str(Path(csvferry.__file__).parent)
_LOOKED_THROUGH = {"count", "index", "remove", "insert"}  # methods of lists and tuples


class _Counter:
    def __init__(self) -> None:
        self.work = 0
        self._known: dict[int, object] = {}  # kept, so that no other object gets its id

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(HOME):
            return None
        if event in ("line", "return"):
            self.work += 1
            for value in frame.f_locals.values():
                if isinstance(value, str | bytes | tuple) and id(value) not in self._known:
                    self._known[id(value)] = value
                    self.work += len(value)
        return self.trace

    def profile(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _LOOKED_THROUGH:
            through = called.__self__
            if isinstance(through, list | tuple):
                self.work += len(through)


def work_of(call: Callable[[], object], *, lists: bool = True) -> int:
    """How much this does, in threads that it begins too; `lists`: and in lists looked through."""
    counter = _Counter()
    before = sys.gettrace(), sys.getprofile()
    threading.settrace(counter.trace)
    sys.settrace(counter.trace)
    sys.setprofile(counter.profile if lists else before[1])
    try:
        call()
    finally:
        sys.setprofile(before[1])
        sys.settrace(before[0])
        threading.settrace(None)  # type: ignore[arg-type]
    return counter.work
