"""`check`: the file alone, read and validated, with no database."""

from dataclasses import replace
from itertools import islice

from csvferry.ingest.column_mapping import (
    as_written,
    check_names,
    declared,
    fields_of,
    formed,
    read_typed,
)
from csvferry.ingest.parser import locate, surveyed
from csvferry.ingest.reject_writer import REJECTED
from csvferry.ingest.row_validation import RowValidator
from csvferry.ingest.type_inference import forced, infer
from csvferry.load.context import Run, RunResult, carrying, report
from csvferry.model.mapping import Mode
from csvferry.model.names import fold
from csvferry.model.phases import Phase
from csvferry.model.report import Report, Rows, Sample
from csvferry.model.schema import parse_type
from csvferry.model.server import Server
from csvferry.run.description import describe_dialect
from csvferry.scratch.workspace import open_workspace
from csvferry.sources.source import released

SAMPLE = 20
_NO_KEY = "there is no column id: where the table has no primary key, sync needs --key"


def check_object(run: Run) -> Report:
    """Dialect, columns, types and rejects of one file. Raises CsvFerryError."""
    feed, source = run.feed, run.source
    ticking = run.controls.counting(Phase.READING)
    with open_workspace(feed.memory) as workspace, released(source):
        identity = source.identify()
        content = source.fetch(identity, workspace.folder, ticking)
        reading = feed.reading()
        workspace.permit(file=content.path)
        with (
            surveyed(workspace.con, content, reading, workspace.folder, ticking) as opened,
            carrying(RunResult(identity, warnings=opened.dialect.notes)),
        ):
            survey, taken = declared(opened, feed, None)
            check_names(taken.names, Server.MYSQL)
            parsed, taken = read_typed(survey, feed, taken)
        source.check(identity)
        names = taken.names
        types = {name: parse_type(declared) for name, declared in feed.types.items()}
        key = feed.key or tuple(name for name in names if fold(name) == "id")
        types = {**formed(taken), **types}
        fields_sql = taken.fields
        columns = infer(workspace.con, names, key, feed.unique, Server.MYSQL, types, fields_sql)
        notes = forced(workspace.con, columns, fields_sql) + (() if key else (_NO_KEY,))
        fields = fields_of(as_written(columns, taken), taken, key)
        validator = RowValidator(workspace.con, fields, key, feed.mode is Mode.INSERT, Server.MYSQL)
        validator.set_faults_aside()
        notes += validator.shortened()
        if key:
            validator.set_equal_keys_aside()
        rejected, duplicate = validator.log.counts()
        hidden = taken.hashed or not feed.keep_raw
        lines = islice(validator.log.unlocated(), SAMPLE)
        located = locate(content, parsed, reading, lines, workspace.folder)
        raws = {line: raw for line, _, raw in located}
        found = workspace.con.execute(
            f'SELECT line, "column", code, message, raw FROM {REJECTED}'
            f" ORDER BY line LIMIT {SAMPLE}"
        ).fetchall()
    read = parsed.rows + parsed.rejected
    if feed.max_rejects.exceeded(rejected, read):
        limit = feed.max_rejects
        notes += (f"sync stops: {rejected} of {read} rows are rejected; the limit is {limit}",)
    result = RunResult(
        identity,
        rows=Rows(read=read, duplicate=duplicate, rejected=rejected),
        reading=describe_dialect(parsed) | {"types": {c.name: c.type.name for c in columns}},
        warnings=parsed.notes + notes,
        sample=Sample(
            columns=names,
            rejected=tuple(
                (*row[:-1], None if hidden else raws.get(row[0], row[-1])) for row in found
            ),
        ),
    )
    return without_database(report(run, "planned", result, result.message))


def without_database(found: Report) -> Report:
    """The same of a run that has none."""
    return replace(found, target=found.target | {"dialect": None})
