"""Random tables, and random rows for them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_BIN = {"sqlite": "BINARY", "mariadb": "utf8mb4_bin", "mysql": "utf8mb4_bin"}
_CI = {"sqlite": "NOCASE", "mariadb": "utf8mb4_general_ci", "mysql": "utf8mb4_0900_ai_ci"}
_TEXTS = ("a", "A", "b", "B", "c", "a ", "á", "é")
TOWNS = (1, 2, 3)


@dataclass(frozen=True)
class Column:
    """A column: `kind` is int, ci or cs; `default` a value or None; `check` SQL with its name."""

    name: str
    kind: str
    required: bool = False
    default: Any = None
    check: str = ""
    town: bool = False
    boss: bool = False  # refers to the key of the same table

    def type(self, server: str) -> str:
        if self.kind == "int":
            return "INT"
        return f"VARCHAR(8) COLLATE {(_CI if self.kind == 'ci' else _BIN)[server]}"

    def sql(self, server: str) -> str:
        default = "" if self.default is None else f" DEFAULT {self.default!r}"
        required = " NOT NULL" if self.required else ""
        check = f" CHECK ({self.check})" if self.check else ""
        return f"{self.name} {self.type(server)}{required}{default}{check}"

    def faulty(self, value: Any) -> bool:
        """Whether the field alone is at fault."""
        if value is None:
            return self.required
        return isinstance(value, str) if self.kind == "int" else len(value) > 8

    def value(self, chance: random.Random) -> Any:
        if chance.random() < 0.03:
            return "far too long" if self.kind != "int" else "x"
        if not self.required and chance.random() < 0.15:
            return None
        if self.town:
            return chance.choice((*TOWNS, 9))
        return chance.randrange(1, 7) if self.kind == "int" else chance.choice(_TEXTS)


@dataclass(frozen=True)
class Table:
    """The table `people`: its columns, its key and its unique sets beside the key.

    `runs`: it has a column of the run that wrote the row; `marks`: one of the time when it went.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    check: str = ""
    runs: bool = False
    marks: bool = False

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def boss(self) -> str | None:
        """The column that refers to the key of the same table."""
        return next((column.name for column in self.columns if column.boss), None)

    def faulty(self, values: dict[str, Any], names: Sequence[str] | None = None) -> bool:
        """Whether one of the fields (of these names) is at fault."""
        fields = [c for c in self.columns if c.name in (values if names is None else names)]
        return any(column.faulty(values[column.name]) for column in fields)

    def create(self, server: str) -> str:
        parts = [column.sql(server) for column in self.columns]
        parts += ["_run VARCHAR(26)"] * self.runs + ["gone DATETIME"] * self.marks
        parts.append(f"PRIMARY KEY ({', '.join(self.key)})")
        parts += [f"UNIQUE ({', '.join(names)})" for names in self.uniques]
        if self.boss:
            parts.append(f"FOREIGN KEY ({self.boss}) REFERENCES people ({self.key[0]})")
        return self._create("people", [*parts, *self._rules()])

    def alone(
        self, server: str, name: str, unique: tuple[str, ...] = (), *, bare: bool = False
    ) -> str:
        """A table like it without its unique indexes but one; `bare`: without other rules too."""
        types = [f"{column.name} {column.type(server)}" for column in self.columns]
        parts = types if bare else [c.sql(server) for c in self.columns] + self._rules()
        return self._create(name, [*parts, *([f"UNIQUE ({', '.join(unique)})"] if unique else [])])

    def _rules(self) -> list[str]:
        towns = [c.name for c in self.columns if c.town]
        rules = [f"FOREIGN KEY ({name}) REFERENCES towns (id)" for name in towns]
        return [*rules, *([f"CHECK ({self.check})"] if self.check else [])]

    def _create(self, name: str, parts: list[str]) -> str:
        return f"CREATE TABLE {name} ({', '.join(parts)})"

    def row(self, chance: random.Random) -> dict[str, Any]:
        return {column.name: column.value(chance) for column in self.columns}


def random_table(chance: random.Random) -> Table:
    """A table of one of many kinds."""
    keys = chance.choice(
        (
            [Column("id", "int", required=True)],
            [Column("k", "ci", required=True)],
            [Column("k", "cs", required=True)],
            [Column("a", "int", required=True), Column("b", "ci", required=True)],
        )
    )
    u = Column("u", chance.choice(("int", "int", "ci", "cs")), required=chance.random() < 0.3)
    v = Column("v", chance.choice(("int", "cs")), default=chance.choice((None, None, 3)))
    if v.kind != "int" and v.default:
        v = Column("v", "cs")
    n = Column(
        "n",
        "int",
        required=chance.random() < 0.2,
        check=chance.choice(("", "n < 6", "n <> 3")),
        default=chance.choice((None, 2)),
    )
    t = Column("t", "int", town=chance.random() < 0.4)
    uniques = chance.choice(
        ((), (("u",),), (("u",), ("v",)), (("u",), ("v",)), (("u", "v"),), (("v",), ("u", "n")))
    )
    check = chance.choice(("", "", "n < 5 OR u IS NOT NULL"))
    columns = [*keys, u, v, n, t]
    if keys[0].name == "id" and chance.random() < 0.5:
        columns.append(Column("boss", "int", boss=True))
    return Table(tuple(columns), tuple(c.name for c in keys), uniques, check)
