"""Every regular expression of the package, and how it is looked for in a text.

Those of a module, those that stand in a call, and those that a function puts together: of the last
only the place is written, so they are taken as they are compiled in a few runs (`recorded`).
"""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import csvferry

HOME = Path(csvferry.__file__).parent
ANCHORED = {"match", "fullmatch"}
AFLOAT = {"search", "sub", "subn", "findall", "finditer", "split"}  # begins at each character


@dataclass(frozen=True)
class Written:
    """A pattern; `afloat`: whether it is looked for from each character of a text."""

    source: str | bytes
    flags: int
    afloat: bool

    @property
    def pattern(self) -> re.Pattern[Any]:
        """Compiled."""
        return re.compile(self.source, self.flags)


Place = tuple[str, str]  # module and function


def of_modules() -> Iterator[Written]:
    """Patterns that modules hold, each as its module uses it."""
    for module in pkgutil.walk_packages(csvferry.__path__, "csvferry."):
        if module.name.rpartition(".")[2] == "__main__":
            continue
        loaded = importlib.import_module(module.name)
        text = Path(loaded.__file__ or "").read_text()
        afloat = set(re.findall(rf"(\w+)\.(?:{'|'.join(AFLOAT)})\(", text))
        for name, value in vars(loaded).items():
            for found in _within(value):
                yield Written(found.pattern, found.flags, name in afloat)


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _within(part)
    elif isinstance(value, dict):
        yield from _within(tuple(value.values()))


def of_calls() -> Iterator[tuple[Place, Written | None]]:
    """Patterns in calls within functions; None where a function puts them together."""
    for path in sorted(HOME.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            place = (path.relative_to(HOME).as_posix(), function.name)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and (used := _function_of_re(node)):
                    yield place, _constant(node, used)


def _function_of_re(node: ast.Call) -> str | None:
    match node.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=name) if name not in ("escape", "error"):
            return name
    return None


def _constant(node: ast.Call, used: str) -> Written | None:
    first = node.args[0]
    if not isinstance(first, ast.Constant):
        return None
    source: str | bytes = first.value  # type: ignore[assignment]
    flags = re.DOTALL if "DOTALL" in ast.unparse(node) else 0
    return Written(source, flags, used not in ANCHORED)


@contextmanager
def recorded() -> Iterator[dict[Written, Place]]:
    """Patterns that functions of the package put together within the block, and where."""
    found: dict[Written, Place] = {}
    names = ["compile", *sorted(ANCHORED | AFLOAT)]
    own = {name: getattr(re, name) for name in names}

    def recording(name: str) -> Callable[..., Any]:
        def function(pattern: Any, *rest: Any, **named: Any) -> Any:
            frame = sys._getframe(1)
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(HOME) and isinstance(pattern, str | bytes):
                while frame.f_code.co_name.startswith("<") and frame.f_back:
                    frame = frame.f_back
                place = (path.relative_to(HOME).as_posix(), frame.f_code.co_name)
                flags = own["compile"](pattern, *_flags(name, rest, named)).flags
                found[Written(pattern, flags, name not in ANCHORED)] = place
            return own[name](pattern, *rest, **named)

        return function

    for name in names:
        setattr(re, name, recording(name))
    try:
        yield found
    finally:
        for name in names:
            setattr(re, name, own[name])


def _flags(name: str, rest: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, ...]:
    if name == "compile" and rest:
        return (rest[0],)
    return (named.get("flags", 0),)


def looked_for(name: str) -> bool:
    """Whether some module looks for the pattern of this attribute from each character of a text."""
    used = re.compile(rf"\.{name}\.(?:{'|'.join(sorted(AFLOAT))})\(")
    return any(used.search(path.read_text()) for path in HOME.rglob("*.py"))
