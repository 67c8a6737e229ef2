"""What a new version of a file has otherwise than the one that was applied last.

Chunks of the file that are known need not be read: `chunks.unmatched_chunks`. Of the rows that were
read, and of those that stood in the chunks which are gone, each that has no equal on the other side
differs.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from csvferry.ingest.parser import Parsed, Survey, read_all
from csvferry.model.quoting import text
from csvferry.printable import get_logger
from csvferry.scratch.relations import HASHED, INCOMING, keep
from csvferry.snapshot.chunks.chunk_index import Cut
from csvferry.snapshot.chunks.unmatched_chunks import Changed, look
from csvferry.snapshot.reader import LOST, Known
from csvferry.snapshot.row_hashes import CHANGED, FRESH, LOST_ROWS

if TYPE_CHECKING:
    import duckdb

log = get_logger(__name__)

PARTS = ("base", "patch")
_WIDEST = 64  # columns: rows that are read in part are a table of DuckDB
_PROVEN = 10_000  # rows, or few less, of which the keys are compared with those remembered
_STALE = 0.2  # of the base patched: then it is time to write a new one


@dataclass(frozen=True)
class Delta:
    """What differs: rows to look at are in `changed`, lost rows in `lost`, both in DuckDB.

    `rows` good ones are in the file, read or not. `partly`: where not all were read.
    """

    changed: int
    rows: int
    known: Known
    partly: Changed | None

    @property
    def lost(self) -> str:
        """SQL of the rows that the file lost: h, q, k0, k1, ...

        Where equal hashes are equal keys, without those whose key a row that was read has; the
        server spares the others as they are staged.
        """
        there = f"SELECT q FROM {FRESH} SEMI JOIN {CHANGED} USING (line) WHERE q IS NOT NULL"
        certain = self.known.prints.certain
        return f"{LOST_ROWS} WHERE q NOT IN ({there})" if certain else LOST_ROWS.name

    @property
    def untouched(self) -> int:
        """Rows of the file that are as they were."""
        return self.rows - self.changed


def read(survey: Survey, known: Known | None) -> tuple[Parsed, Changed | None]:
    """Read what is new of the file where the rest is known, else all of it."""
    changed = _looked(survey, known) if known else None
    if known and changed:
        with suppress(*LOST), survey.con.cursor() as beside:  # while the last chunks are read
            _show_stale(beside, known, changed)
        if changed.finish():
            return changed.parsed, changed
        changed.drop()
    kept = (known.prints.hashes,) if known and survey.dialect.width <= _WIDEST else ()
    return read_all(replace(survey, kept=kept)), None


def layout(survey: Survey, seal_: str) -> str:
    """A digest of all that the bytes of a chunk mean, beside the bytes; "" where there are none."""
    dialect, here = survey.dialect, survey.text
    plain = dialect.syntax.plain and not here.transcoded and here.content.path is not None
    if not plain or dialect.width > _WIDEST:
        return ""
    header = dialect.header_raw.hex() if dialect.names is not None else None
    meaning = [dialect.delimiter, dialect.quote, dialect.width, header, sorted(survey.null)]
    return hashlib.sha256(f"{seal_}{json.dumps(meaning)}".encode()).hexdigest()


def _looked(survey: Survey, known: Known) -> Changed | None:
    own, memory = known.prints.seal, known.memory
    comparable = memory.layout and memory.layout == layout(survey, own)
    if not comparable or known.entries.patched > _STALE:
        return None
    try:
        cut = Cut.unsealed(memory.cut, own)
    except ValueError:
        return None
    return look(survey, known.entries, cut, own, known.prints.hashes)


def compare(survey: Survey, known: Known, parsed: Parsed, partly: Changed | None) -> Delta | None:
    """What differs from the version applied last; None: the server must compare everything."""
    try:
        return _Comparison(survey, known, partly, hashed=parsed.hashed).delta(parsed.rows)
    except LOST as error:
        log.warning("the fingerprints can't be compared: %s", type(error).__name__)
        return None


@dataclass
class _Comparison:
    survey: Survey
    known: Known
    partly: Changed | None
    hashed: bool

    def __post_init__(self) -> None:
        self.prints = self.known.prints
        self.run = self.prints.con.execute
        self.number = self.prints.number

    def delta(self, rows: int) -> Delta | None:
        if not self.partly:
            _show_stale(self.prints.con, self.known, None)
        self._show_fresh()
        self._find_differences()
        if not self._in_step():
            log.warning("what is remembered does not fit the file: the whole is compared")
            return None
        if not self.prints.certain and self.number("SELECT count(*) FROM asked WHERE q IS NULL"):
            return None  # any row of the table may have the key of one that comes or goes
        if self.partly:
            also = self._also_asked(self.partly)
            if also and not self.partly.read_also(also):
                return None
        self._collect(rows)
        changed = self.number(f"SELECT count(*) FROM {CHANGED}")
        return Delta(changed, rows, self.known, self.partly)

    def _show_fresh(self) -> None:
        """`fresh`: hashes of the rows that were read; made already where they are few.

        Of all rows they would take too much memory as a table, and are looked at several times.
        """
        if self.hashed:
            self.run(f"CREATE OR REPLACE VIEW {FRESH} AS SELECT line, h, q FROM {HASHED}")
        elif not self.partly:
            path = text(str(self.survey.scratch / "fresh.parquet"))
            hashes = f"SELECT line, {self.prints.hashes} FROM {INCOMING}"
            self.run(f"COPY ({hashes}) TO {path} (FORMAT parquet, COMPRESSION uncompressed)")
            self.run(f"CREATE OR REPLACE VIEW {FRESH} AS SELECT * FROM read_parquet({path})")

    def _find_differences(self) -> None:
        """`plus`: lines that were not there; `minus`: rows that are gone; `asked`: their keys."""
        self.run(
            "CREATE OR REPLACE TABLE differing AS SELECT f.line, s.part, s.n"
            f" FROM {FRESH} AS f FULL JOIN stale AS s ON f.h = s.h WHERE f.h IS NULL OR s.h IS NULL"
        )
        self.run("CREATE OR REPLACE TABLE plus AS SELECT line FROM differing WHERE part IS NULL")
        self.run(
            "CREATE OR REPLACE TABLE minus AS SELECT part, n FROM differing WHERE line IS NULL"
        )
        self._add_repeats()
        self._keep_lost()
        self.run(
            f"CREATE OR REPLACE TABLE asked AS SELECT q FROM {FRESH} SEMI JOIN plus USING (line)"
            f" UNION SELECT q FROM {LOST_ROWS}"
        )

    def _in_step(self) -> bool:
        """Whether each row that is as it was has the key that is remembered at its place.

        Else the keys of lost rows would be those of others. Asked only where rows are lost in
        mirror, and of no more than some thousand rows, spread over all that were read.
        """
        if not (self.prints.mirror and self.number(f"SELECT count(*) FROM {LOST_ROWS}")):
            return True
        step = self.number("SELECT count(*) FROM stale") // _PROVEN + 1
        some = f"(FROM stale WHERE n % {step} = 0)"
        same = f"SELECT s.part, s.n, f.q FROM {some} AS s JOIN {FRESH} AS f USING (h)"
        self.run(f"CREATE OR REPLACE TABLE same AS {same}")
        return not any(
            self.number(
                f"SELECT count(*) FROM (FROM same WHERE part = {part}) AS s"
                f" JOIN (FROM {name}_keys WHERE n IN (SELECT n FROM same WHERE part = {part})) AS k"
                " USING (n) WHERE k.q IS DISTINCT FROM s.q"
            )
            for part, name in enumerate(PARTS)
        )

    def _add_repeats(self) -> None:
        """Lines that stand in the file more than once: one of them counts, the others not."""
        known = self.number("SELECT (SELECT count(*) FROM stale) - (SELECT count(*) FROM minus)")
        same = self.number(f"SELECT (SELECT count(*) FROM {FRESH}) - (SELECT count(*) FROM plus)")
        if known != same:
            self.run(
                f"INSERT INTO plus SELECT unnest(list(line)) FROM {FRESH}"
                " GROUP BY h HAVING count(*) > 1 EXCEPT FROM plus"
            )

    def _keep_lost(self) -> None:
        """`lost`: what mirror must know of the rows that are no more."""
        self.run(
            f"CREATE OR REPLACE TABLE {LOST_ROWS} AS SELECT uuid() AS h,"
            f" {self.prints.key_hash} AS q{self.prints.keys} FROM {INCOMING} WHERE FALSE"
        )
        for part, name in enumerate(PARTS):
            gone = f"FROM minus WHERE part = {part}"
            if self.prints.mirror and self.number(f"SELECT count(*) {gone}"):
                among = f"WHERE n IN (SELECT n {gone})"  # DuckDB would rather join all rows
                self.run(
                    f"INSERT INTO {LOST_ROWS} SELECT h, q, k.* EXCLUDE (n)"
                    f" FROM (SELECT n, h FROM stale {among} AND part = {part})"
                    f" JOIN (FROM {name}_keys {among}) USING (n)"
                    f" JOIN (FROM ({self.known.keys(name)}) {among}) AS k USING (n)"
                )

    def _also_asked(self, partly: Changed) -> set[int]:
        """Entries that stay, in which one of the keys may stand that rows come or go with."""
        any_key = "" if self.prints.certain else "q IS NULL OR "
        both = " UNION ALL ".join(
            f"SELECT {part}, n FROM {name}_keys WHERE {any_key}q IN (SELECT q FROM asked)"
            for part, name in enumerate(PARTS)
        )
        staying = {number for number in partly.numbers if number >= 0}
        found = self.run(both)
        also: set[int] = set()
        while rows := found.fetchmany(10_000):
            also |= set(self.known.entries.holding(rows)) & staying
        return also

    def _collect(self, rows: int) -> None:
        """`changed`: rows that differ, and those of equal key, of which one may win over them."""
        keep(
            self.prints.con,
            CHANGED.name,
            f"SELECT * FROM {INCOMING} WHERE line IN"
            f" (SELECT line FROM plus UNION ALL SELECT line FROM {FRESH} WHERE q IS NULL"
            f" UNION ALL SELECT line FROM {FRESH} SEMI JOIN asked USING (q))",
            self.survey.text.content.size / max(rows, 1),
        )


def _show_stale(con: "duckdb.DuckDBPyConnection", known: Known, partly: Changed | None) -> None:
    """`stale`: rows that the last version left, other than those of chunks that stay."""
    known.show(con)
    entries = known.entries
    # Of what is read in part few rows are looked at, of the whole few are not.
    numbers, among = (entries.loose(partly.gone), "IN") if partly else (entries.dead(), "NOT IN")
    runs = [(part, start, entries.counts[n]) for n, part, start in entries.placed(numbers)]
    con.execute(
        "CREATE OR REPLACE TABLE places AS"
        " SELECT part, unnest(range(start, start + count)) AS n"
        " FROM (SELECT unnest(?::TINYINT[]) AS part, unnest(?::BIGINT[]) AS start,"
        " unnest(?::BIGINT[]) AS count)",
        [[run[column] for run in runs] for column in range(3)],
    )
    both = " UNION ALL ".join(
        f"SELECT {part} AS part, n, h FROM {name} WHERE h IS NOT NULL"
        f" AND n {among} (SELECT n FROM places WHERE part = {part})"
        for part, name in enumerate(PARTS)
    )
    con.execute(f"CREATE OR REPLACE TABLE stale AS {both}")
