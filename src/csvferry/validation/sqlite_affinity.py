"""What SQLite itself would bend: a column's affinity turns text into numbers.

"Datatypes In SQLite", 3: a text that looks like a number becomes one in a column of INTEGER,
NUMERIC or REAL affinity, and keeps 15 significant digits where it is no 64-bit integer.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column, Kind, Type
from csvferry.validation import numbers as number
from csvferry.validation.predicates import Fault, Rules, matches

_INT64 = f"BETWEEN {-(2**63)} AND {2**63 - 1}"


def keeps_text(declaration: str) -> bool:
    """Whether a column so declared has TEXT or BLOB affinity ("Datatypes In SQLite", 3.1)."""
    upper = declaration.upper()
    if "INT" in upper:
        return False
    return any(word in upper for word in ("CHAR", "CLOB", "TEXT", "BLOB")) or not upper


def given(columns: Sequence[Column], rows: Iterator[tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """Rows of texts as SQLite is to be given them: numbers with decimals as the nearest double.

    It reads a text not always as the nearest number, in SQLite 3.40 not even with eight digits
    ("Floating Point Numbers", 2). Python does.
    """
    taken = {place: take for place, column in enumerate(columns) if (take := _taken(column.type))}
    if not taken:
        yield from rows
        return
    for row in rows:
        fields = list(row)
        for place, take in taken.items():
            fields[place] = None if row[place] is None else take(row[place])
        yield fields


def _taken(type_: Type) -> Callable[[str], Any] | None:
    """How a text becomes what SQLite is given, where that is not the text."""
    if type_.hexed:
        return bytes.fromhex
    kinds = (Kind.FLOAT, Kind.DOUBLE, Kind.DECIMAL)
    return _number if type_.kind in kinds and not keeps_text(type_.name) else None


def _number(field: str) -> float | str:
    """A whole number's text is exact as it is, and may have more digits than a double holds."""
    return field if field.lstrip("-").isdigit() else float(field)


def kept(type_: Type, field: str, rules: Rules) -> Rules:
    """The rules, and that the value survives the affinity of the column."""
    if keeps_text(type_.name) or type_.hexed:  # bytes are given as such, and stay so
        return rules
    if type_.kind in (Kind.DECIMAL, Kind.BIT) or (type_.kind is Kind.INTEGER and type_.unsigned):
        plain = f"(strlen({field}) <= 15 AND {rules.plain})"
        return Rules(plain, (*rules.faults, _bent_number(field)))
    if type_.kind is Kind.JSON:  # 1.0 and 1 are one number in JSON
        return Rules("FALSE", (*rules.faults, _bent_json(field)))
    if type_.kind in (Kind.ENUM, Kind.SET, Kind.BINARY):
        return Rules("FALSE", (*rules.faults, _bent_text(field)))
    return rules


def _bent_number(field: str) -> Fault:
    fits = f"""CASE WHEN strlen(n.core) > n.magnitude OR n.magnitude > 20 THEN FALSE
        ELSE {number.whole("n")} {_INT64} END"""
    lost = number.of(field, f"CASE WHEN strlen(n.core) <= 15 THEN FALSE ELSE NOT ({fits}) END")
    return Fault(Code.OUT_OF_RANGE, lost, "more than 15 digits, of which SQLite keeps 15")


def _bent_json(field: str) -> Fault:
    # 1e17 is a REAL first and then, being whole, the integer that this REAL is.
    through = f"TRY_CAST(TRY_CAST({field} AS DOUBLE) AS BIGINT) <> {number.whole('n')}"
    long = f"""CASE WHEN strlen(n.core) > 15 THEN TRUE
        WHEN n.magnitude BETWEEN 16 AND 19 THEN coalesce({through}, FALSE) ELSE FALSE END"""
    number_ = f"{matches(field, number.NUMBER)} AND {_otherwise(field)}"
    bent = f"CASE WHEN {number_} THEN {number.of(field, long)} ELSE FALSE END"
    return Fault(Code.BAD_VALUE, bent, "more than 15 digits, of which SQLite keeps 15")


def _otherwise(field: str) -> str:
    """SQL: TRUE where a text is not spelt as SQLite spells a 64-bit integer."""
    return f"TRY_CAST({field} AS BIGINT)::VARCHAR IS DISTINCT FROM {field}"


def _bent_text(field: str) -> Fault:
    looks = matches(field, number.NUMBER)
    bent = f"{looks} AND {_otherwise(field)}"
    return Fault(Code.BAD_VALUE, bent, "a text that SQLite would keep as another number")
