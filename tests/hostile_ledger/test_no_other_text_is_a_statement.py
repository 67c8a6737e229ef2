"""No statement is made of text that is not quoted, a constant, a number, or on the list below."""

from pathlib import Path

import pytest

import csvferry
from hostile_ledger.sql_flow import Flow, Place

HOME = Path(csvferry.__file__).parent
WITHOUT = frozenset(
    {"sources", "text", "aws", "cli", "printable.py"}
)  # packages without a statement
QUOTING = frozenset(
    {
        *("quote", "_quote", "literal", "text", "file"),
        *("mysql_name", "mysql_text", "mysql_text_of", "sqlite_name", "sqlite_text"),
        *("mysql_expression", "sqlite_expression"),  # closed in itself, or refused
    }
)
# What the flow can't be told to be trusted, by the reason why it is.
TRUSTED = {
    "a name of csvferry's own making, such as c0": (
        *("field.name", "self._field(name).name", "self.key[0].name", "key[0].name"),
        *("index.name", "self._tables", "coarse_key(field)"),
    ),
    "the id that this run gave itself": ("job.run.id", "self.run", "staging.run"),
    "the id of a run, parsed": ("_MAKER.search",),
    "a number, or an object that is no text": (
        *("_SUFFIXES.sub", "pieces", "takewhile", "LIMIT", "pair", "field", "len"),
        *("Entry.__dataclass_fields__", "found.files"),
        *("entries.dead", "entries.loose", "asked.pattern", "bytes.fromhex", "job.null_quoted"),
        *("self._source.read", "self.deleted", "self.defaults", "dict"),
        "self.con.execute(\"SELECT parse_formatted_bytes(current_setting('memory_limit'))\")"
        ".fetchone",
    ),
    "a name that the statement quotes where it is put in": (
        *("c.name", "park.column", "part.column", "list[str]", "self.feeds"),
        *("field.column.name", "fault.code", "link.schema", "one.quoted", "target.uniques"),
        *("feed.key", "feed.unique", "feed.types", "self.key", "self.unique", "self.types"),
        *("target.key", "staging.target.key", "staging.target.uniques", "table.primary_key"),
        *("table.uniques", "key.parent_columns", "k.parent_columns", "column.name"),
        *("f.column.name", "self.set_null", "_NAME.fullmatch", "_schema(kind).validate_python"),
        "lock_secret(table)",
        *("self.query", "database.query", "ours.fetchall"),
    ),
    "SQL of the table's definition, parsed where the catalogue is read": (
        *("_WORD.finditer", "check.clause", "part.sql", "self.index.where", "column.expression"),
        *("column.type.name", "staging.computed_defaults", "re.fullmatch"),
    ),
    "SQL made elsewhere in these modules of quoted parts": (
        *("fault.predicate", "rules.plain", "park.value", "self.coarse", "sql"),
        *("groupby", "cursor.fetchmany"),
        *("declared.fields", "taken.fields", "declared.conversion", "is_bad", "KEYS", "surveyed"),
        "rule.model_dump",
    ),
    "said of a file in the report, in functions of the same name": (
        *("parsed.encoding", "parsed.newline", "parsed.dialect.syntax.escape", "looks_like"),
    ),
    "a member of an enumeration": ("code.value",),
}


def _places(folder: Path, trusted: frozenset[str]) -> list[Place]:
    return Flow(folder, WITHOUT, QUOTING, trusted).places()


def test_no_other_text_is_a_statement() -> None:
    trusted = frozenset(part for parts in TRUSTED.values() for part in parts)
    assert _places(HOME, trusted) == []


def test_nothing_is_trusted_without_need() -> None:
    needed = {place.part for place in _places(HOME, frozenset())}
    assert [part for parts in TRUSTED.values() for part in parts if part not in needed] == []


@pytest.mark.parametrize("package", sorted(WITHOUT))
def test_packages_that_are_not_followed_run_no_statement(package: str) -> None:
    flow = Flow(HOME, frozenset(), QUOTING, frozenset())
    modules = {module for module, _, _ in flow.sinks}
    of_bytes = {f"sources/cloud/{name}.py" for name in ("ranges", "objects", "web")}  # `stream`
    # Their Fault and Part are no SQL.
    others = {*of_bytes, "text/scanner.py", "text/split_records.py", "sources/file_set.py"}
    assert not {module for module in modules if module.startswith(f"{package}/")} - others


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("def f(con, row):\n    con.execute(f'SELECT {row.seal}')", "row.seal"),
        ("def f(con, row):\n    con.execute('SELECT ' + row['x'])", "f(row)"),
        ("def f(db):\n    for (run,) in db.query('SELECT 1'):\n        g(db, run)\n"
         "def g(db, run: str):\n    w = f\"run = '{run}'\"\n    db.execute(f'DELETE {w}')",
         "db.query"),
        ("class A:\n    @property\n    def s(self) -> str:\n        return open('x').read()\n"
         "def f(db, a):\n    run = db.query\n    run(f'{a.s}')", "open('x').read"),
        ("def f(db, rows):\n    db.query(', '.join(str(r) for r in rows))\n"
         "def g(db, event):\n    f(db, event.rows)", "event.rows"),
    ],
)  # fmt: skip
def test_text_that_comes_from_elsewhere_is_found(source: str, part: str, tmp_path: Path) -> None:
    """So that an empty list above means something."""
    (tmp_path / "module.py").write_text(source)
    assert [place.part for place in _places(tmp_path, frozenset())] == [part]
