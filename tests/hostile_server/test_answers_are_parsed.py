"""No answer of a database is used before it is parsed; read off the source.

An answer is what `query` or `stream` gives. It is handed to what parses it, asked whether it is
there at all, or thrown away; a function that gives it back is followed to where it is called.
"""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import csvferry

HOME = Path(csvferry.__file__).parent
PARSING = {
    *("rows_of", "values_of", "value_of", "stream_of"),  # databases/answers/rows.py
    *(
        "entries_of",
        "entry_of",
        "applied_rows_of",
        "reject_of",
        "run_of",
        "version_of",
        "format_of",
    ),  # ledger
}
ASKING = {"query", "stream"}
# What is given on as it is, by the reason: function, and the module it is in.
GIVEN: dict[str, set[tuple[str, str]]] = {
    "the seam itself: whoever calls it parses": {
        ("databases/connection.py", "texts"),
    },
    "rows of the target, shown to whoever asked for a plan, as they are": {
        ("merge/plan_samples.py", "before"),
        ("merge/plan_samples.py", "gone"),
        ("merge/plan_samples.py", "rows"),
        ("merge/plan_samples.py", "rows_of"),
    },
    "keys of rows, hashed as they are, behind the number of a line, which is parsed": {
        ("merge/conflicts/conflict_lines.py", "_holders"),
    },
    "a schema of its own, which leaves out what is none": {
        ("ledger/reject_counts.py", "reject_counts"),
    },
}


def _parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


class Module:
    """One source file, and where answers in it come to an end."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.tree = ast.parse(path.read_text())
        self.parents = _parents(self.tree)

    def unparsed(self, asking: set[str]) -> Iterator[str]:
        """Functions that use an answer of a call of `asking`, or give it back, unparsed."""
        for node in ast.walk(self.tree):
            if _called(node) in asking and not self._ends(node):
                yield self._function(node)

    def giving_back(self, asking: set[str]) -> Iterator[str]:
        """Functions that do nothing else with it than to return it."""
        for node in ast.walk(self.tree):
            if _called(node) in asking and isinstance(self.parents[node], ast.Return):
                yield self._function(node)

    def _function(self, node: ast.AST) -> str:
        while not isinstance(node, ast.FunctionDef | ast.Module):
            node = self.parents[node]
        return getattr(node, "name", "")

    def _ends(self, node: ast.AST) -> bool:
        """Whether a value goes where nothing but a parser, or a question, sees it."""
        parent = self.parents[node]
        match parent:
            case ast.Expr() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Call():
                if node is parent.func or _called(parent) in PARSING | {"bool", "len"}:
                    return True
                return _called(parent) == "map" and _name(parent.args[0]) in PARSING
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if test is node:
                return True
            case ast.BoolOp():
                return self._ends(parent)
            case ast.comprehension(iter=one) if one is node:
                return self._each_ends(parent.target, self.parents[parent])
            case ast.For(iter=one, target=target) if one is node:
                return self._each_ends(target, parent)
            case ast.Subscript(value=value) if value is node:
                return self._ends(parent)
            case ast.Assign(targets=[ast.Name(id=name)]):
                return self._each_use_ends(name, self._scope(parent))
            case _:
                return False

    def _each_ends(self, target: ast.expr, within: ast.AST) -> bool:
        names = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
        return all(self._each_use_ends(name, within) for name in names)

    def _each_use_ends(self, name: str, within: ast.AST) -> bool:
        uses = [
            node
            for node in ast.walk(within)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        return bool(uses) and all(self._ends(use) for use in uses)

    def _scope(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.FunctionDef):
            node = self.parents[node]
        return node


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def found(home: Path) -> set[tuple[str, str]]:
    """Each module and function that uses an answer which nothing parsed."""
    modules = [
        Module(path, path.relative_to(home).as_posix())
        for path in sorted(home.rglob("*.py"))
        if path.relative_to(home).parts[0] not in ("sources", "aws", "cli", "text")
    ]
    given = {place for places in GIVEN.values() for place in places}
    asking = {module.name: set(ASKING) for module in modules}
    grown = True
    while grown:
        grown = False
        for module in modules:
            for name in set(module.giving_back(asking[module.name])):
                if (module.name, name) in given or name in asking[module.name]:
                    continue
                grown = True
                for other in [module] if name.startswith("_") else modules:
                    asking[other.name].add(name)
    return {
        (module.name, name)
        for module in modules
        for name in module.unparsed(asking[module.name])
        if name not in asking[module.name]
    }


def test_each_answer_is_parsed_before_it_is_used() -> None:
    """Nor is one listed that is."""
    assert found(HOME) == {place for places in GIVEN.values() for place in places}


@pytest.mark.parametrize(
    ("module", "parsed", "bare"),
    [
        ("commands/doctor/privileges.py", "values_of(Sql, ", "list("),
        ("databases/cascades.py", "value_of(Count, counted)", "counted[0][0]"),
        ("databases/mysql/storage.py", "rows_of(StoredTableRow, found)", "found"),
        ("merge/merge.py", "rows_of(tuple[Count, Count], counted)", "counted"),
        ("ledger/entries.py", "return run_of(rows[0][0])", "return rows[0][0]"),
        ("databases/sqlite/bulk_load.py", "values_of(Name, left)", "(row[0] for row in left)"),
    ],
)
def test_an_answer_that_is_no_longer_parsed_is_seen(
    module: str, parsed: str, bare: str, tmp_path: Path
) -> None:
    copy = shutil.copytree(HOME, tmp_path / "csvferry")
    source = (copy / module).read_text()
    assert parsed in source
    (copy / module).write_text(source.replace(parsed, bare))
    assert found(copy) > found(HOME)
