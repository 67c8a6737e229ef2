"""A table of the scratch database is named by the module that makes it, and no other."""

import ast
import re
from functools import cache
from pathlib import Path

import duckdb

import csvferry
from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest.parser import surveyed
from csvferry.ingest.reject_writer import REJECTED
from csvferry.scratch.relations import INCOMING
from csvferry.snapshot.chunks.chunk_file import At
from csvferry.snapshot.chunks.chunk_index import Entries
from csvferry.snapshot.chunks.unmatched_chunks import Changed
from csvferry.sources.content import OnDisk

HOME = Path(csvferry.__file__).parent
MADE = re.compile(r"\bCREATE (?:OR REPLACE )?(?:TABLE|VIEW) ([a-z_]+)\b")
DEFINED = re.compile(r'\b(?:Relation|file_relations)\(\s*"(\w+)"')
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


def test_a_worker_thread_makes_only_relations_of_its_own(tmp_path: Path) -> None:
    """What a part of a file is read into is no relation of the whole file, and goes when taken."""
    text = tmp_path / "people.csv"
    text.write_text("id,name\n1,Ann\n2,Bob\n3\n")
    con = duckdb.connect()
    with surveyed(con, OnDisk(text), CsvReadOptions(), tmp_path) as survey:
        found = Changed(survey, Entries(), "1 AS h, 2 AS q")
        found.begin()
        con.execute("CREATE TABLE kept AS SELECT 7 AS line")
        con.execute(f"CREATE VIEW {INCOMING} AS FROM kept")
        for number, block in enumerate((b"1,Ann\n", b"3\n")):
            extract = found.begin_extract()
            extract.add(block, At(2 + number, 1, 8 + 6 * number))
            extract.close()
            assert found.take(extract)
        assert con.execute(f"FROM {INCOMING}").fetchall() == [(7,)]
        assert con.execute(f"FROM {REJECTED}").fetchall() == []
        found.show()
        assert con.execute(f"SELECT line, c1 FROM {INCOMING}").fetchall() == [(2, "Ann")]
        assert con.execute(f"SELECT line, code FROM {REJECTED}").fetchall() == [
            (3, "missing_columns")
        ]
        names = con.execute("SELECT table_name FROM information_schema.tables").fetchall()
        assert not [name for (name,) in names if name.startswith("extract_")]
