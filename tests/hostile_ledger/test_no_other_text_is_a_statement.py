"""No statement is made of text that is not quoted, a constant, a number, or on the list below."""

import shutil
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
# What the flow can't tell to be trusted, by the reason why it is: the module, and its parts there.
TRUSTED: dict[str, dict[str, tuple[str, ...]]] = {
    "a name of csvferry's own making, such as c0": {
        "commands/range_checksum.py": ("field.name", "self.key[0].name"),
        "commands/verify.py": ("key[0].name",),
        "ingest/row_validation.py": (
            *("field.name", "self._field(name).name", "self._field(names[0]).name"),
        ),
        "ledger/migrations.py": ("index.name", "index.table", "index.columns"),
        "load/file_ranges.py": ("field.name",),
        "snapshot/chunks/chunk_file.py": ("self.name",),
        "snapshot/chunks/unmatched_chunks.py": ("self._tables",),
        "snapshot/row_hashes.py": ("field.name", "self._field(name).name"),
        "validation/__init__.py": ("coarse_key(field)",),
    },
    "the id that this run gave itself": {
        "load/loader.py": ("job.run.id",),
        "merge/placeholders.py": ("staging.run",),
        "merge/staging.py": ("self.run", "self.written_by"),
    },
    "the id of a run, matched digit by digit": {
        "databases/mysql/catalog.py": ("_MAKER.fullmatch",),
        "databases/sqlite/catalog.py": ("_MAKER.search",),
    },
    "a number": {
        "ingest/parquet_parts.py": (
            "self.con.execute(\"SELECT parse_formatted_bytes(current_setting('memory_limit'))\")"
            ".fetchone",
        ),
        "ingest/reader.py": ("LIMIT",),
        "load/direct_load.py": ("job.run.sample",),
        "load/recorder.py": ("self.job.run.sample",),
    },
    "a part of a database, which USE quotes": {
        "databases/vitess/keyspace.py": ("self.shards", "self.ledger.shards"),
    },
    "SQL that declares staged columns, made of quoted names": {
        "databases/vitess/bulk_load.py": ("self._staged",),
    },
    "true or false": {"ingest/reader.py": ("job.null_quoted",)},
    "names of the fields of a class, constants": {
        "ledger/records.py": ("Entry.__dataclass_fields__",),
    },
    "lists of values that DuckDB has quoted, by the SQL of `quoting.mysql_text_of`": {
        "databases/mysql/bulk_load.py": ("cursor.fetchmany",),
    },
    "no text: the function that `batches` measures with": {
        "databases/mysql/bulk_load.py": ("len",),
    },
    # What follows is in no statement. The flow goes by names of functions and of fields.
    "bytes of a file, or a sign to look for in them: `bytes.count`, `hash.update`, `replace`": {
        "commands/row_comparison/marked_text.py": ("RECORD", "self.line_end", "self.quote"),
        "ingest/fast_path.py": ("grammar.delimiter", "self._source.read"),
        "snapshot/chunks/chunker.py": ("bytes.fromhex", "pieces"),
        "snapshot/chunks/worker.py": ("asked.pattern", "asked.quote"),
        "snapshot/writer.py": ("survey.dialect.grammar.quote", "takewhile"),
    },
    "files of what is remembered, by their names": {
        "snapshot/background_writer.py": ("found.files",),
    },
    "the name of the feed's table; the statement has the table of a relation": {
        "config/feed.py": ("_SUFFIXES.sub",),
        "load/context.py": ("self.feed.table",),
    },
    "rows that drift, told to the user": {
        "commands/drift_sample.py": ("sample.deleted", "sample.inserted", "sample.updated"),
    },
    "a column, a database: arguments of another function of that name": {
        "ingest/row_validation.py": ("field.column",),
        "load/loader.py": ("job.database",),
        "merge/staging.py": ("target.columns",),
    },
    "what is told of a column: its name, a number, a line; `label` is SQL in another function": {
        "ingest/row_validation.py": (*("field.column.name", "self.con.execute(found).fetchone"),),
    },
    "SQL of the table's definition, closed in itself where the catalogue is read": {
        "databases/mysql/catalog.py": ("_WORD.finditer",),
        "databases/mysql/sql_dialect.py": ("column.expression", "column.type.name"),
        "databases/sqlite/bulk_load.py": ("column.type.name",),
        "databases/sqlite/sql_dialect.py": ("column.expression",),
        "databases/sqlite/ddl_parser.py": ("re.fullmatch",),
        "merge/constraint_checks.py": ("check.clause",),
        "merge/index_values.py": ("self.index.where",),
        "merge/placeholders.py": ("check.clause",),
        "merge/projected_rows.py": ("staging.computed_defaults",),
    },
    "a field of SQL_FIELDS, followed where it is made": {
        "databases/cascades.py": ("self.roots.changed", "self.roots.rows"),
        "load/staged_merge.py": ("one.quoted",),
        "merge/merge.py": ("park.value",),
        "merge/placeholders.py": ("park.value",),
        "validation/__init__.py": ("fault.predicate", "rules.plain"),
        "validation/numbers.py": ("decimal(type_, field).plain",),
        "validation/sqlite_affinity.py": ("rules.plain",),
    },
    "SQL of a column's value, its name or its conversion, made in `conversions.py`": {
        "commands/file_check.py": ("taken.fields",),
        "ingest/column_mapping.py": ("declared.fields",),
        "ingest/row_validation.py": ("is_bad",),
        "ingest/type_inference.py": ("field", "is_bad"),
        "load/recorder.py": ("self.job.mapping.planned",),
    },
    "SQL of the columns that a run has, made by `RowValidator.check`, `Fingerprints`": {
        "ingest/parquet_parts.py": ("check.kept", "check.plain", "self.kept"),
    },
    "SQL that a function makes which is given as an argument": {
        "ingest/row_validation.py": ("sql",),
        "ingest/type_inference.py": ("pair",),
    },
    "SQL that is made beside it of names that are quoted or csvferry's own": {
        "commands/range_checksum.py": ("groupby",),
        "merge/merge.py": ("bring_back(among)",),
        "snapshot/row_hashes.py": ("self.coarse",),
    },
    "a property of another class of that name; the ledger's index lists constants": {
        "model/schema.py": ("part.column",),
    },
    "a property, which is followed; a field of another class has its name": {
        "commands/range_checksum.py": ("self.row",),
        "commands/verify.py": ("self.here.row", "self.there.row"),
        "ingest/parquet_parts.py": ("self.rows",),
        "ingest/reader.py": ("job.values",),
        "ingest/row_validation.py": ("field.column.type.number", "self.rows"),
        "merge/constraint_checks.py": ("self.staging.line",),
        "merge/index_values.py": ("staging.line",),
        "merge/merge.py": ("self.staging.line", "staging.line"),
        "merge/plan_samples.py": ("self.staging.line",),
        "merge/placeholders.py": ("staging.line",),
        "merge/refused_rows.py": ("staging.line",),
        "merge/staging.py": ("self.line",),
        "merge/unique_conflicts.py": ("staging.line",),
        "snapshot/chunks/unmatched_chunks.py": ("self.hashes",),
        "snapshot/row_hashes.py": ("self._field(name).column.type.number", "self.hashes"),
    },
    "the name of a column that is to be set, quoted where the statement is made of it": {
        "merge/merge.py": ("deleted.name",),
        "merge/staging.py": ("run.name",),
    },
    "a member of an enumeration": {"merge/constraint_checks.py": ("code.value",)},
    "the name of a relation, csvferry's own": {
        "ingest/parquet_parts.py": (
            *("into.parts", "into.placed", "into.rows"),
            *("self.job.into.table", "self.job.into.table.name", "WHOLE.parts"),
        ),
        "ingest/reader.py": (
            *("into.parts", "into.placed", "into.rows", "into.table"),
            *("job.into.table", "self.job.into.table"),
        ),
        "ingest/column_mapping.py": ("KEYS",),
        "ingest/reject_writer.py": (
            *("RECORDS.name", "_REFUSED.name", "Relation"),
            *("WHOLE.lost_to", "WHOLE.rejects", "into.lost_to", "into.rejects"),
        ),
        "load/recorder.py": ("self.validator.rows",),
        "merge/staging.py": ("self.rows",),
        "scratch/relations.py": (
            *("Relation", "WHOLE.placed", "WHOLE.rows"),
            *("self.lost_to", "self.placed", "self.rejects", "self.rows", "self.table"),
        ),
        "snapshot/chunks/chunk_file.py": (
            *("Relation", "self._own.rejects", "self._own.rows", "self.rejects", "self.rows"),
        ),
        "snapshot/chunks/unmatched_chunks.py": ("extract.rejects",),
        "snapshot/diff.py": ("CHANGED.name", "LOST_ROWS.name"),
        "snapshot/row_hashes.py": ("Relation",),
    },
    "hashed: what comes of it is digits": {
        "config/feed.py": ("json.dumps(shape).encode",),
        "databases/mysql/locks.py": ("what.encode",),
        "databases/sqlite/functions.py": (
            *("hashlib.sha256(text.encode()).hexdigest", "text.encode"),
        ),
        "snapshot/chunks/chunk_index.py": ("f'{seal}cut'.encode",),
        "snapshot/chunks/chunker.py": ("seal.encode",),
        "snapshot/diff.py": ("f'{seal_}{json.dumps(meaning)}'.encode",),
        "snapshot/row_hashes.py": ("f'{self.seal}row'.encode",),
    },
    "a constant byte": {
        "databases/mysql/checksums.py": ("END", "FIELD"),
    },
    "a constant of a dialect": {
        "databases/mysql/connection.py": (*("self.sql.hash_joins", "self.sql.session_rules"),),
        "ledger/tables.py": ("sql.words",),
        "validation/temporal.py": ("server.traits.first_timestamp",),
    },
}


def _places(folder: Path) -> list[Place]:
    return Flow(folder, WITHOUT, QUOTING).places()


def test_no_other_text_is_a_statement() -> None:
    """Nor is a place listed that is none."""
    listed = {
        Place(module, part)
        for places in TRUSTED.values()
        for module, parts in places.items()
        for part in parts
    }
    assert set(_places(HOME)) == listed


UNQUOTED = {
    "merge/merge.py": ("self.database.sql.quote(c.name)", "c.name"),
    "databases/cascades.py": ("{quote(ours)}", "{ours}"),
    "databases/sql_dialect.py": ("{self.quote(name)} = {right}", "{name} = {right}"),
    "databases/mysql/bulk_load.py": ("TABLE {mysql_name(table)}", "TABLE {table}"),
    "databases/sqlite/catalog.py": ("{self._sql.quote(column.name)} {declared}", "{column.name}"),
    "merge/projected_rows.py": ("staging.quote(name) for", "name for"),
    "ledger/entries.py": ("{text(run)}", "{run}"),
    "commands/verify.py": ("map(self.database.sql.literal, ranges)", "ranges"),
}


@pytest.mark.parametrize("module", UNQUOTED)
def test_a_name_that_is_no_longer_quoted_is_seen(module: str, tmp_path: Path) -> None:
    copy = shutil.copytree(HOME, tmp_path / "csvferry")
    quoted, bare = UNQUOTED[module]
    source = (copy / module).read_text()
    assert quoted in source
    (copy / module).write_text(source.replace(quoted, bare))
    assert set(_places(copy)) > set(_places(HOME))


@pytest.mark.parametrize("package", sorted(WITHOUT))
def test_packages_that_are_not_followed_run_no_statement(package: str) -> None:
    flow = Flow(HOME, frozenset(), QUOTING)
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
    assert [place.part for place in _places(tmp_path)] == [part]
