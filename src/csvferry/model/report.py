"""What a run did: the fields of the JSON, and the same for a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rows:
    """Rows by outcome: read = inserted + updated + unchanged + duplicate + rejected."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def accounted(self) -> bool:
        """Whether every row read is in exactly one of the outcomes."""
        return self.read == (
            self.inserted + self.updated + self.unchanged + self.duplicate + self.rejected
        )


@dataclass(frozen=True)
class SideEffects:
    """What the table's surroundings do with a run, beside what the file says: rows, by table.

    `rewritten`: rows that a trigger left otherwise than the file has them. `deleted`,
    `updated`, `set_null`: rows of other tables that follow deleted or changed rows. `defaults`:
    by column, new rows that took its DEFAULT, as the file lacks the column.
    """

    rewritten: int = 0
    deleted: Mapping[str, int] = field(default_factory=dict)
    updated: Mapping[str, int] = field(default_factory=dict)
    set_null: Mapping[str, int] = field(default_factory=dict)
    defaults: Mapping[str, int] = field(default_factory=dict)

    @property
    def beyond(self) -> bool:
        """Whether any row is otherwise than the file says, or of another table."""
        return bool(self.rewritten or self.deleted or self.updated or self.set_null)

    def messages(self) -> tuple[str, ...]:
        """The same in words."""
        deleted = (_rows(n, "go", t) + " too, by CASCADE" for t, n in self.deleted.items())
        updated = (_rows(n, "change", t) + " too, by CASCADE" for t, n in self.updated.items())
        lost = (
            f"{n} rows of {t} lose what they refer to"
            if n != 1
            else f"1 row of {t} loses what it refers to"
            for t, n in self.set_null.items()
        )
        taken = (
            f"{n} new rows take the DEFAULT of {c}"
            if n != 1
            else f"1 new row takes the DEFAULT of {c}"
            for c, n in self.defaults.items()
        )
        count = f"{self.rewritten} row{'s' * (self.rewritten != 1)}"
        rewritten = f"a trigger changed {count}, so that the table differs from the file"
        return (*([rewritten] if self.rewritten else []), *deleted, *updated, *lost, *taken)


def _rows(count: int, verb: str, table: str) -> str:
    """`2 rows of visits go`, `1 row of visits goes`."""
    ending = "es" if verb.endswith("o") else "s"
    return f"{count} rows of {table} {verb}" if count != 1 else f"1 row of {table} {verb}{ending}"


@dataclass(frozen=True)
class DriftedRow:
    """A row in which table and file differ. `drift`: missing, different or extra.

    `line`: in the file, which an extra row has not; `columns`, `key`: names and values of its key.
    """

    line: int | None
    columns: str
    drift: str
    key: str


@dataclass(frozen=True)
class Sample:
    """Some rows of each kind of change, for a plan, or of drift, for `verify`.

    It goes to the one who asked and into no report of a run.
    """

    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    inserted: tuple[tuple[Any, ...], ...] = ()
    updated: tuple[tuple[tuple[Any, ...], tuple[Any, ...]], ...] = ()
    deleted: tuple[tuple[Any, ...], ...] = ()
    rejected: tuple[tuple[Any, ...], ...] = ()
    drifted: tuple[DriftedRow, ...] = ()


@dataclass(frozen=True)
class Report:
    """One run on one version of one source."""

    run: str
    status: str
    strategy: str | None
    mode: str
    source: dict[str, Any]
    target: dict[str, Any]
    rows: Rows
    seconds: float
    message: str | None = None
    feed: str | None = None
    reading: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    side_effects: SideEffects = field(default_factory=SideEffects)
    load: str | None = None  # of strategy direct: swap or transaction
    reason: str | None = None  # why this strategy
    guarantees: dict[str, str] | None = None  # of the database, where it was asked
    sample: Sample | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON: no value of a row is in it."""
        data = asdict(self)
        del data["sample"]
        data["rows"] = asdict(self.rows)
        data["warnings"] = list(self.warnings)
        return data
