"""Rejects of a snapshot of several files name their file and their line in it."""

from collections.abc import Sequence

import duckdb

from csvferry.ingest.parser import Parsed
from csvferry.ingest.reject_writer import REJECTED
from csvferry.sources.file_set import Part
from csvferry.text.encoding import Text
from csvferry.text.scanner import Good
from csvferry.text.split_records import records

_WON = "line ([0-9]+), which won"


def tell_files(
    con: duckdb.DuckDBPyConnection, parts: Sequence[Part], text: Text, parsed: Parsed
) -> None:
    """Put file and line into the messages of the table `rejects`, that of a winner too."""
    if con.execute(f"SELECT 1 FROM {REJECTED} LIMIT 1").fetchone() is None:
        return
    con.execute("CREATE OR REPLACE TABLE set_parts (first BIGINT, name VARCHAR, skipped INTEGER)")
    for part, line in zip(parts, _first_lines(parts, text, parsed), strict=True):
        con.execute("INSERT INTO set_parts VALUES (?, ?, ?)", [line, part.name, part.skipped])
    con.execute(
        f"UPDATE {REJECTED} SET message = renamed.new FROM (SELECT message AS old, replace(message,"
        " 'line ' || won || ',', 'line ' || (won - first + 1 + skipped) || ' of ' || name || ',')"
        " AS new FROM (SELECT DISTINCT message,"
        f" TRY_CAST(regexp_extract(message, '{_WON}', 1) AS BIGINT) AS won FROM {REJECTED}) AS w"
        " ASOF JOIN set_parts ON won >= first) AS renamed WHERE rejects.message = renamed.old"
    )
    con.execute(
        f"UPDATE {REJECTED} SET message = place || {REJECTED}.message FROM (SELECT line AS l,"
        " name || ', line ' || (line - first + 1 + skipped) || ': ' AS place"
        f" FROM (SELECT DISTINCT line FROM {REJECTED}) AS r ASOF JOIN set_parts ON line >= first)"
        " AS places WHERE rejects.line = places.l"
    )


def _first_lines(parts: Sequence[Part], text: Text, parsed: Parsed) -> list[int]:
    """The record of the whole with which each file begins."""
    lines, waiting = [1], [part.start for part in parts[1:]]
    after = parsed.dialect.line
    patterns = parsed.dialect.grammar
    with text.content.open(parsed.dialect.start) as source:
        for event in records(source, patterns, parsed.dialect.start, parsed.dialect.line):
            if not waiting:
                break
            if isinstance(event, Good):
                starts = [event.offset + m.start() for m in patterns.one.finditer(event.hidden)]
            else:
                starts = [event.offset]
            for line, start in enumerate(starts, event.line):
                while waiting and waiting[0] <= start:
                    lines.append(line)
                    waiting.pop(0)
            after = event.line + len(starts)
    return [*lines, *(after for _ in waiting)]
