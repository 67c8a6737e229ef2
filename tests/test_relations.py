"""A table of the scratch database is named by the module that makes it, and no other."""

import ast
import re
from functools import cache
from pathlib import Path

import csvferry

HOME = Path(csvferry.__file__).parent
MADE = re.compile(r"\bCREATE (?:OR REPLACE )?(?:TABLE|VIEW) ([a-z_]+)\b")
DEFINED = re.compile(r'\bRelation\(\s*"(\w+)"')
USED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TRUNCATE|TABLE|VIEW) ([a-z_]+)\b(?!\.)")


@cache
def _texts(path: Path) -> tuple[str, ...]:
    """The texts of a module but for its docstrings; of f-strings what is not computed."""
    tree = ast.parse(path.read_text())
    docs = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return tuple(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
    )


@cache
def _makers() -> dict[str, set[Path]]:
    """The modules that make a table of a name, or define its Relation."""
    found: dict[str, set[Path]] = {}
    for path in HOME.rglob("*.py"):
        names = [name for text in _texts(path) for name in MADE.findall(text)]
        for name in [*names, *DEFINED.findall(path.read_text())]:
            found.setdefault(name, set()).add(path)
    return found


def test_no_module_names_a_table_that_another_makes() -> None:
    makers = _makers()
    assert {"rejects", "incoming", "fresh", "stale"} <= set(makers)
    named = {
        f"{path.relative_to(HOME).as_posix()} names {name}"
        for path in HOME.rglob("*.py")
        for text in _texts(path)
        for name in USED.findall(text)
        if path not in makers.get(name, {path})
    }
    assert not named


def test_one_module_alone_makes_a_table_of_a_name() -> None:
    several = {name: paths for name, paths in _makers().items() if len(paths) > 1}
    assert not several
