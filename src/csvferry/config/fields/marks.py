"""The fields of a feed that name columns of the table which csvferry itself fills."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from csvferry.config.option import WITH_DATABASE, Option
from csvferry.errors import TargetError, UsageError
from csvferry.model.column_type import Kind, parse_type
from csvferry.model.mapping import RowMarks
from csvferry.model.names import fold
from csvferry.model.schema import Column, Table
from csvferry.model.server import Server

_DELETE, _MARK = "delete", "mark:"
_RUN_ID = 26  # characters


class MarkFields(BaseModel):
    """Marks on rows; none of them counts as a change of its row."""

    run_column: Annotated[
        str | None,
        Field(min_length=1, max_length=64),
        Option(
            "Column that gets the id of the run which last wrote the row (joins with"
            " csvferry_runs).",
            "COL",
            default="none",
            commands=WITH_DATABASE,
            one_place=True,
        ),
    ] = None
    on_delete: Annotated[
        str,
        Field(examples=["mark:deleted_at"]),
        Option(
            "What mirror does with rows that the file no longer has: delete, or mark:COL, which"
            " writes the time into COL instead; a row that comes back is unmarked.",
            "delete|mark:COL",
            commands=WITH_DATABASE,
            one_place=True,
        ),
    ] = _DELETE

    @field_validator("on_delete")
    @classmethod
    def _known_way(cls, value: str) -> str:
        if value != _DELETE and not (value.startswith(_MARK) and value.removeprefix(_MARK)):
            raise ValueError("write delete, or mark: and a column, like mark:deleted_at")
        return value

    @model_validator(mode="after")
    def _columns_of_their_own(self) -> Self:
        if self.run_column and self.mark_column and fold(self.run_column) == fold(self.mark_column):
            raise ValueError(f"run_column and on_delete both name {self.run_column}")
        return self

    @property
    def mark_column(self) -> str | None:
        """The column with the time at which mirror would have deleted the row."""
        return self.on_delete.removeprefix(_MARK) if self.on_delete != _DELETE else None

    @property
    def gone(self) -> str:
        """What mirror has done with rows that the file no longer has, in a word."""
        return "marked" if self.mark_column else "deleted"

    def marks_shape(self) -> dict[str, Any]:
        """What of them shapes the rows: with it, a feed has another place in the ledger."""
        return {"on_delete": fold(self.on_delete)} if self.mark_column else {}

    def new_marks(self, server: Server) -> tuple[Column, ...]:
        """The columns for a table that csvferry makes."""
        found = []
        if self.run_column:
            known = server.traits.charsets  # the ledger's own, so that an index serves the join
            charset, collation = ("ascii", "ascii_bin") if known else (None, server.traits.bytewise)
            kind = parse_type(f"VARCHAR({_RUN_ID})")
            found.append(Column(self.run_column, kind, charset=charset, collation=collation))
        if self.mark_column:
            found.append(Column(self.mark_column, parse_type("DATETIME")))
        return tuple(found)

    def marks_in(self, table: Table, names: Sequence[str]) -> RowMarks:
        """The columns of a table; `names`: of the file's columns.

        Raises UsageError where the file has them too, TargetError where the table has none that
        can hold them.
        """
        run = _column(table, self.run_column, names, "--run-column", f"VARCHAR({_RUN_ID})")
        if run and (run.type.kind is not Kind.TEXT or (run.type.length or _RUN_ID) < _RUN_ID):
            raise TargetError(
                f"the column {run.name} is {run.type.name}; the id of a run is a text of {_RUN_ID}"
                " characters",
                "name another with --run-column",
            )
        deleted = _column(table, self.mark_column, names, "--on-delete", "DATETIME NULL")
        moment = deleted and deleted.type.kind in (Kind.DATETIME, Kind.TIMESTAMP)
        if deleted and not (moment and deleted.nullable):
            raise TargetError(
                f"the column {deleted.name} is {deleted.type.name}; a mark is a DATETIME or"
                " TIMESTAMP that may be NULL",
                "name another with --on-delete mark:COL",
            )
        return RowMarks(run, deleted)


def _column(
    table: Table, name: str | None, names: Sequence[str], option: str, needed: str
) -> Column | None:
    if name is None:
        return None
    if fold(name) in map(fold, names):
        raise UsageError(
            f"{option}: the file has a column {name} too",
            "name another, or leave the file's out with --ignore",
        )
    column = table.column(name)
    if column is None:
        raise TargetError(
            f"the table {table.name} has no column {name}, which {option} names",
            f"add it: ALTER TABLE {table.name} ADD COLUMN {name} {needed}",
        )
    if column.generated:
        raise TargetError(f"the server computes the column {name}", f"name another with {option}")
    return column
