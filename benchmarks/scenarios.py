"""The scenarios and the two data sets, as values."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.job import Column, Mode

PEOPLE = (
    Column("id", "BIGINT NOT NULL", "int"),
    Column("emails", "TEXT", "text", null=True),
)
PEOPLE_UNIQUE = (
    Column("id", "BIGINT NOT NULL", "int"),
    Column("emails", "VARCHAR(255)", "text", null=True),
)
MIXED = (
    Column("id", "BIGINT NOT NULL", "int"),
    Column("customer", "VARCHAR(120) NOT NULL", "text"),
    Column("email", "VARCHAR(255)", "text", null=True),
    Column("country", "CHAR(2) NOT NULL", "text"),
    Column("code", "VARCHAR(20) NOT NULL", "code"),
    Column("amount", "DECIMAL(12,2)", "decimal", null=True),
    Column("quantity", "INT", "int", null=True),
    Column("rate", "DOUBLE NOT NULL", "float"),
    Column("active", "TINYINT(1) NOT NULL", "int"),
    Column("born", "DATE", "date", null=True),
    Column("created", "DATETIME NOT NULL", "datetime"),
    Column("note", "TEXT", "text", null=True),
)


@dataclass(frozen=True)
class Scenario:
    """The table holds `before` (None: nothing) when the clock starts, and then follows `after`.

    `rows`: a size of its own. `files`: the rows come in so many files of one folder. `function`:
    the file is an object in S3, and csvferry's function is what follows it.
    """

    key: str
    title: str
    dataset: str
    columns: tuple[Column, ...]
    after: str
    before: str | None = None
    mode: Mode = "mirror"
    unique: str | None = None
    rows: int | None = None
    files: int = 1
    function: bool = False

    @property
    def what(self) -> str:
        """The kind of load, for a peer to say whether it can do it."""
        return self.key.removeprefix("scale_").removeprefix("mixed_").removeprefix("whole_")


SCENARIOS = {
    s.key: s
    for s in (
        Scenario("first", "First load", "people", PEOPLE, "base"),
        Scenario("again", "The same file again", "people", PEOPLE, "base", "base"),
        Scenario("changed_02", "0.2% of the rows changed", "people", PEOPLE, "changed_02", "base"),
        Scenario("changed_20", "20% of the rows changed", "people", PEOPLE, "changed_20", "base"),
        Scenario(
            "whole_changed_02",
            "0.2% of the rows changed, gone or new at the end, keys without gaps",
            "people",
            PEOPLE,
            "whole_changed",
            "whole",
        ),
        Scenario("tail", "A tail of 1% appended", "people", PEOPLE, "tail", "base", mode="insert"),
        Scenario("random", "First load, rows in random key order", "people", PEOPLE, "random"),
        Scenario(
            "unique",
            "First load under a unique e-mail index",
            "people",
            PEOPLE_UNIQUE,
            "base",
            mode="insert",
            unique="emails",
        ),
        Scenario(
            "repeats",
            "First load under a unique e-mail index, 0.1% of the e-mails twice",
            "people",
            PEOPLE_UNIQUE,
            "repeats",
            mode="insert",
            unique="emails",
        ),
        Scenario("mixed_first", "First load, 12 mixed columns", "mixed", MIXED, "base"),
        Scenario(
            "mixed_changed_02",
            "0.2% of the rows changed, 12 mixed columns",
            "mixed",
            MIXED,
            "changed_02",
            "base",
        ),
        Scenario(
            "mixed_changed_20",
            "20% of the rows changed, 12 mixed columns",
            "mixed",
            MIXED,
            "changed_20",
            "base",
        ),
        Scenario("small", "First load, 100,000 rows", "people", PEOPLE, "base", rows=100_000),
        Scenario(
            "many",
            "200 files of 100 rows",
            "people",
            PEOPLE,
            "base",
            mode="insert",
            rows=20_000,
            files=200,
        ),
        Scenario(
            "many_again",
            "The same 200 files again",
            "people",
            PEOPLE,
            "base",
            "base",
            mode="insert",
            rows=20_000,
            files=200,
        ),
        Scenario(
            "plan",
            "`plan` of 20% changed beside `sync` of it, 12 mixed columns",
            "mixed",
            MIXED,
            "changed_20",
            "base",
        ),
        Scenario(
            "verify", "verify, nothing changed, 12 mixed columns", "mixed", MIXED, "base", "base"
        ),
        Scenario(
            "function",
            "The function's hour, cold, 0.2% changed; at 1,024 MB a second is a GB-second",
            "people",
            PEOPLE,
            "changed_02",
            "base",
            function=True,
        ),
        Scenario("scale_first", "First load, time against rows", "people", PEOPLE, "base"),
        Scenario(
            "scale_mixed_first",
            "First load, 12 mixed columns, time against rows",
            "mixed",
            MIXED,
            "base",
        ),
        Scenario(
            "scale_changed_02",
            "0.2% of the rows changed, time against rows",
            "people",
            PEOPLE,
            "changed_02",
            "base",
        ),
    )
}
FIRST = frozenset({"first", "random", "unique"})
CHANGES = frozenset({"changed_02", "changed_20"})
SERVERS = {"mariadb": "MariaDB", "mysql": "MySQL"}
KEY = "id"
TABLE = "people"
