"""Packages stand in the order of the table in docs/architecture.md, and stay small."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import csvferry

HOME = Path(csvferry.__file__).parent
PAGE = HOME.parents[1] / "docs" / "architecture.md"
MOST_PACKAGES, MOST_MODULES = 16, 9


def _floors() -> dict[str, int]:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    return {name: int(floor) for floor, name in rows}


def _imported(path: Path) -> Iterator[str]:
    """The packages of csvferry that a module imports, for its types too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "csvferry" and (HOME / rest.split(".")[0]).is_dir():
                yield rest.split(".")[0]


def test_the_table_names_every_package_once() -> None:
    found = {path.name for path in HOME.iterdir() if (path / "__init__.py").exists()}
    floors = _floors()
    assert set(floors) == found
    assert len(set(floors.values())) == len(floors) <= MOST_PACKAGES


def test_a_package_uses_only_packages_below_it() -> None:
    floors = _floors()
    upward = {
        f"{path.relative_to(HOME).as_posix()} imports {other}"
        for path in HOME.rglob("*.py")
        if (own := path.relative_to(HOME).parts[0]) in floors
        for other in _imported(path)
        if floors[other] > floors[own]
    }
    assert not upward


def test_a_folder_has_at_most_nine_modules() -> None:
    folders = {path.parent for path in HOME.rglob("*.py")}
    sizes = {
        folder.relative_to(HOME).as_posix(): len(modules)
        for folder in folders
        if len(modules := [p for p in folder.glob("*.py") if p.stem != "__init__"]) > MOST_MODULES
    }
    assert not sizes


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Within functions neither: what a module imports, it imports for its types or later, too."""
    paths = {_module(path): path for path in HOME.rglob("*.py")}
    graph = {
        module: {name for name in _names(path) if name in paths} - {module}
        for module, path in paths.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {error.args[1]}")


def _module(path: Path) -> str:
    return ".".join(path.relative_to(HOME.parent).with_suffix("").parts).removesuffix(".__init__")


def _names(path: Path) -> Iterator[str]:
    """The modules that a module imports, and what it imports of them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {part for part in parts if (HOME.parent / part.replace(".", "/")).exists()}
            files = {f for f in parts if (HOME.parent / f"{f.replace('.', '/')}.py").exists()}
            yield from modules | files or {node.module}
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
