"""What a sync must do, found by asking the server row by row. Shares no code with csvferry.

The rules are those of the contract and of docs/decisions/0006: a row is rejected for its fields;
of equal keys one row stands for the key; a row is rejected for what the table says of it alone; of
unique values the rule decides. What is equal, what a CHECK or a reference refuses and what a row
has in the end is what the server does with that one row in a table of its own.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pymysql

from stories.tables import Table
from targets import Target

Row = tuple[Any, ...]
NO_RUN = "none"
_ERRORS = (sqlite3.Error, pymysql.Error)


@dataclass
class Expected:
    """What is expected: the table's rows, and how many rows of the file have which fate."""

    rows: list[Row]
    counts: dict[str, int]
    rejected: set[int] = field(default_factory=set)
    duplicate: dict[int, str] = field(default_factory=dict)  # by line, the reject's code
    fails: bool = False  # rows that stay refer to rows that mirror would delete
    marked: set[Row] = field(default_factory=set)
    written: set[Row] = field(default_factory=set)  # by this run, marked and unmarked ones too


@dataclass(frozen=True)
class Own:
    """What a row has in the columns that csvferry fills; NO_RUN where the table has no such."""

    marked: bool
    run: str | None


@dataclass
class Line:
    """A row of the file on its way: `row` is what the table would have, `own` what it has."""

    number: int
    values: dict[str, Any]
    own: Row | None = None
    row: Row | None = None


class Oracle:
    """Expectations about one table on one server, by tables beside it."""

    def __init__(self, target: Target, table: Table) -> None:
        self.target, self.table = target, table
        self.connection = target.connect()
        if target.kind == "sqlite":
            self.connection.isolation_level = None
            self.connection.execute("PRAGMA foreign_keys = ON")
        else:
            self.connection.autocommit(True)
        self.mark = "?" if target.kind == "sqlite" else "%s"
        self.run(table.alone(target.kind, "alone"))
        self.run(table.alone(target.kind, "keys_", unique=table.key, bare=True))
        for number, unique in enumerate(table.uniques):
            self.run(table.alone(target.kind, f"unique_{number}", unique=unique, bare=True))

    def close(self) -> None:
        self.connection.close()

    # Asking

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql.replace("?", self.mark), tuple(values))
            return [tuple(row) for row in cursor.fetchall()]

    def refused(self, sql: str, values: Sequence[Any] = ()) -> bool:
        try:
            self.run(sql, values)
        except _ERRORS:
            return True
        return False

    def insert(self, table: str, values: dict[str, Any]) -> str:
        marks = ", ".join("?" for _ in values)
        return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"

    def all_rows(self) -> list[Row]:
        return self.run(f"SELECT {', '.join(self.table.names)} FROM people")

    def own_columns(self) -> dict[Row, Own]:
        marked = "gone IS NOT NULL" if self.table.marks else "1 = 0"
        run = "_run" if self.table.runs else f"'{NO_RUN}'"
        rows = self.run(f"SELECT {', '.join(self.table.names)}, {marked}, {run} FROM people")
        return {tuple(row): Own(bool(gone), run) for *row, gone, run in rows}

    def alike(self, table: str, one: Row, other: Row) -> bool:
        """Whether the server refuses one row beside the other in a table with one unique index."""
        self.run(f"DELETE FROM {table}")
        self.put(table, one)
        return self.refused(self.insert(table, self.named(other)), other)

    def put(self, table: str, row: Row) -> None:
        self.run(self.insert(table, self.named(row)), row)

    def named(self, row: Row) -> dict[str, Any]:
        return dict(zip(self.table.names, row, strict=True))

    def key_row(self, values: dict[str, Any]) -> Row:
        """A row that has the key's values alone."""
        return tuple(values.get(n) if n in self.table.key else None for n in self.table.names)

    def same_key(self, one: dict[str, Any], other: dict[str, Any]) -> bool:
        return self.alike("keys_", self.key_row(one), self.key_row(other))

    # Expecting

    def expect(self, header: Sequence[str], file: list[list[Any]], mode: str) -> Expected:
        """What a sync of a file makes of the table as it is now; the first row is line 2."""
        there = self.all_rows()
        marked = {row for row, own in self.own_columns().items() if own.marked}
        lines = [
            Line(number, dict(zip(header, values, strict=True)))
            for number, values in enumerate(file, 2)
        ]
        faulty = [line for line in lines if self.table.faulty(line.values)]
        lost_keys = any(self.table.faulty(line.values, self.table.key) for line in faulty)
        rejected = {line.number for line in faulty}
        good = [line for line in lines if line.number not in rejected]
        first_wins = mode == "insert"
        order = good if first_wins else good[::-1]
        duplicate: dict[int, str] = {}
        standing: list[Line] = []
        for line in order:
            if any(self.same_key(other.values, line.values) for other in standing):
                duplicate[line.number] = "duplicate_key"
            else:
                standing.append(line)
        unchanged, entering = 0, []
        for line in standing:
            line.own = self.own(there, line.values)
            if line.own and (mode == "insert" or (line.own not in marked and self.is_same(line))):
                unchanged += 1
            elif self.takes(line):
                entering.append(line)
            else:
                rejected.add(line.number)
        gone = []
        if mode == "mirror" and not lost_keys:
            keys = [x.values for x in lines if not self.table.faulty(x.values, self.table.key)]
            gone = [
                row
                for row in there
                if row not in marked
                and not any(self.same_key(self.named(row), values) for values in keys)
            ]
        staying = there if self.table.marks else [row for row in there if row not in gone]
        parents = self.new_parents(entering, staying)
        for line in [line for line in entering if line.number not in parents]:
            rejected.add(line.number)
            entering.remove(line)
        winners = self.winners(entering, staying, set(header), parents)
        numbers_in = {line.number for line in winners}
        for line in [line for line in entering if line not in winners]:
            parent = parents[line.number]
            if parent and parent not in numbers_in:
                rejected.add(line.number)
            else:
                duplicate[line.number] = "duplicate_unique"
        kept = [row for row in staying if row not in [line.own for line in winners]]
        inserted = sum(line.own is None or line.own in marked for line in winners)
        back = {line.own for line in winners if line.own}
        written = [line.row for line in winners if line.row]
        rows = [*kept, *(line.row for line in winners if line.row)]
        bosses = {self.named(row)[self.table.boss] for row in rows} if self.table.boss else set()
        return Expected(
            rows=rows,
            marked={*marked, *(gone if self.table.marks else [])} - back,
            written={*written, *gone},
            fails=not self.table.marks
            and any(self.named(row)[self.table.key[0]] in bosses for row in gone),
            counts={
                "read": len(lines),
                "inserted": inserted,
                "updated": len(winners) - inserted,
                "deleted": len(gone),
                "unchanged": unchanged,
                "duplicate": len(duplicate),
                "rejected": len(rejected),
            },
            rejected=rejected,
            duplicate=duplicate,
        )

    def own(self, there: list[Row], values: dict[str, Any]) -> Row | None:
        return next((row for row in there if self.same_key(self.named(row), values)), None)

    def is_same(self, line: Line) -> bool:
        assert line.own
        own = self.named(line.own)
        return all(own[n] == v for n, v in line.values.items() if n not in self.table.key)

    def takes(self, line: Line) -> bool:
        """Whether a table without unique indexes takes the row; the row as it is then."""
        self.run("DELETE FROM alone")
        if line.own:
            self.run(self.insert("alone", self.named(line.own)), line.own)
            values = {n: v for n, v in line.values.items() if n not in self.table.key}
            sets = ", ".join(f"{name} = ?" for name in values)
            refused = self.refused(f"UPDATE alone SET {sets}", list(values.values()))
        else:
            refused = self.refused(self.insert("alone", line.values), list(line.values.values()))
        if not refused:
            (line.row,) = self.run(f"SELECT {', '.join(self.table.names)} FROM alone")
        return not refused

    def new_parents(self, entering: list[Line], staying: list[Row]) -> dict[int, int | None]:
        """By line, the line of the new row that it refers to, if any.

        Left out are lines that refer to nothing that is there or can come before them.
        """
        boss, key = self.table.boss, self.table.key[0]
        if not boss:
            return {line.number: None for line in entering}
        there = {self.named(row)[key] for row in staying}
        found: dict[int, int | None] = {}
        new = {self.named(line.row)[key]: line for line in entering if line.row and not line.own}
        while True:
            before = len(found)
            for line in entering:
                assert line.row
                wanted = self.named(line.row)[boss]
                if wanted is None or wanted in there or wanted == self.named(line.row)[key]:
                    found[line.number] = None
                elif wanted in new and new[wanted].number in found:
                    found[line.number] = new[wanted].number
            if len(found) == before:
                return found

    def winners(
        self,
        entering: list[Line],
        staying: list[Row],
        header: set[str],
        parents: dict[int, int | None],
    ) -> list[Line]:
        """Who gets in, in the order of `entering`, in which they win."""
        numbers = range(len(entering))
        rivals: dict[int, set[int]] = {n: set() for n in numbers}
        needs: dict[int, set[int]] = {n: set() for n in numbers}
        out: set[int] = set()
        mover = {n: line.own for n, line in enumerate(entering) if line.own}
        place = {line.number: n for n, line in enumerate(entering)}
        for line in entering:
            if parent := parents[line.number]:
                needs[place[line.number]].add(place[parent])
        for u, unique in enumerate(self.table.uniques):
            probe, movable = f"unique_{u}", set(unique) <= header
            for n in numbers:
                row = entering[n].row
                assert row
                for m in range(n):
                    other = entering[m].row
                    if other and self.alike(probe, row, other):
                        rivals[n].add(m)
                        rivals[m].add(n)
                for has in staying:
                    if has == entering[n].own or not self.alike(probe, has, row):
                        continue
                    holder = next((m for m, own in mover.items() if own == has), None)
                    to_be = entering[holder].row if holder is not None else None
                    if holder is None or not movable or (to_be and self.alike(probe, has, to_be)):
                        out.add(n)
                    else:
                        needs[n].add(holder)
        return [entering[n] for n in self.decided(rivals, needs, out)]

    @staticmethod
    def decided(
        rivals: dict[int, set[int]], needs: dict[int, set[int]], out: set[int]
    ) -> list[int]:
        """The rule of docs/decisions/0006, word for word."""
        reach = {n: {n} for n in rivals}
        for _ in rivals:
            for n in rivals:
                for other in needs[n]:
                    reach[n] |= reach[other]
        bundle = {n: {m for m in reach[n] if n in reach[m]} for n in rivals}
        fate: dict[int, bool] = {}
        while undecided := [n for n in rivals if n not in fate]:
            lost = [
                n
                for n in undecided
                if n in out
                or rivals[n] & bundle[n]
                or any(fate.get(m) for m in rivals[n])
                or any(fate.get(m) is False for m in reach[n])
            ]
            if lost:
                for n in lost:
                    fate |= dict.fromkeys(bundle[n], False)
                continue
            free = [n for n in undecided if all(fate.get(m) for m in reach[n] - bundle[n])]
            ready = [
                n
                for n in free
                if all(fate.get(r) is False for m in bundle[n] for r in rivals[m] if r < m)
            ]
            chosen = min(ready or free, key=lambda n: min(bundle[n]))
            fate |= dict.fromkeys(bundle[chosen], True)
        return [n for n in rivals if fate[n]]


def named_winner(message: str) -> int | None:
    """The line that a reject's message names."""
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else None
