"""What a strict server would refuse or bend, as DuckDB SQL; nothing here reads or writes.

A field is accepted where a strict server takes it without a warning and gives back the same
value: equal as a number, the same day or instant, the same characters. The server's mode is
TRADITIONAL (manual, 7.1.11 "Server SQL Modes").
"""

import re
from dataclasses import replace

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server
from csvferry.validation import charsets as charset
from csvferry.validation import json_documents as json
from csvferry.validation import members as member
from csvferry.validation import numbers as number
from csvferry.validation import sqlite_affinity as affinity
from csvferry.validation import strings as string
from csvferry.validation import temporal
from csvferry.validation.predicates import Fault, Rules, matches
from csvferry.validation.zoned import moves

__all__ = [
    "Fault", "as_it_stands", "coarse_key", "exact_key", "faults", "faulty", "staged", "unserved",
    "verbatim",
]  # fmt: skip

_NUMBERS = (Kind.INTEGER, Kind.BOOLEAN, Kind.BIT)


def faults(column: Column, field: str, server: Server) -> tuple[Fault, ...]:
    """All that may be wrong with a field, of which at most one is TRUE; never NULL."""
    field = _operand(field)
    rules = _rules(column, field, server)
    found = []
    before = f"WHEN {field} IS NULL OR {rules.plain} THEN FALSE"
    for fault in rules.faults:
        predicate = f"CASE {before} ELSE {fault.predicate} END"
        found.append(Fault(fault.code, predicate, fault.message))
        before += f" WHEN {fault.predicate} THEN FALSE"
    if not column.nullable:
        found.insert(0, Fault(Code.NOT_NULL, f"{field} IS NULL", "NULL in a NOT NULL column"))
    return tuple(found)


def faulty(column: Column, field: str, server: Server, also: str = "FALSE") -> str:
    """DuckDB SQL, TRUE where any of `faults` is, and cheaper than to ask them all.

    `also`: SQL of further fields, for which it is TRUE too; it is asked of the odd ones alone.
    """
    field = _operand(field)
    rules = _rules(column, field, server)
    null = "FALSE" if column.nullable else "TRUE"
    each = " ".join(f"WHEN {fault.predicate} THEN TRUE" for fault in rules.faults)
    first = f"WHEN {field} IS NULL THEN {null} WHEN {rules.plain} THEN FALSE"
    return f"CASE {first} {each} ELSE {also} END"


def shortened(column: Column, field: str) -> str | None:
    """DuckDB SQL, TRUE of a valid number that may have lost digits; None of another type."""
    exact = column.type.kind in (Kind.INTEGER, Kind.DECIMAL)
    return number.shortened(_operand(field)) if exact else None


_FOLDING = re.compile(
    r"(utf8|utf8mb3|utf8mb4|ucs2|utf16|utf32|latin1|ascii)_(general|unicode|unicode_520)(_nopad)?_ci"
    r"|latin1_swedish(_nopad)?_ci|utf8mb4_0900_(ai_ci|as_ci|as_cs)"
    r"|(\w+_)?uca1400_(nopad_)?(ai|as)_(ci|cs)"
)


def staged(column: Column, field: str) -> str:
    """DuckDB SQL of the text that the server is given for a valid field; NULL stays NULL.

    Numbers, dates and times come in one spelling for each value. BIT is a whole number, which
    the server must be given as one (`CAST(... AS UNSIGNED)`), not as a string of bytes.
    """
    field = _operand(field)
    kind = column.type.kind
    if kind in _NUMBERS:
        return number.staged_integer(column.type, field)
    match kind:
        case Kind.DECIMAL:
            return number.staged_decimal(field)
        case Kind.FLOAT | Kind.DOUBLE:
            return number.staged_floating(field)
        case Kind.DATE:
            return temporal.staged_date(field)
        case Kind.TIME:
            return temporal.staged_time(field)
        case Kind.DATETIME | Kind.TIMESTAMP:
            return temporal.staged_datetime(column.type, field)
        case Kind.YEAR:
            return temporal.staged_year(field)
        case Kind.UUID:
            return string.staged_uuid(field)
        case _:
            return field


# What is valid of them has a sign or a digit in front.
_SPELT = (*_NUMBERS, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE, Kind.DATE, Kind.TIME, Kind.YEAR)


def verbatim(column: Column, field: str) -> str | None:
    """DuckDB SQL, TRUE where a valid field can be sent as it stands: as `staged` has it, or equal.

    None where a server would not take the value from its text.
    """
    field, kind = _operand(field), column.type.kind
    spelt = staged(column, field)
    if kind in (Kind.BINARY, Kind.BIT):
        return None
    if kind is Kind.DECIMAL:
        return number.sent_decimal(column.type, field)
    return f"{field} IS NOT NULL" if spelt == field else f"{spelt} = {field}"


def as_it_stands(column: Column, field: str, server: Server) -> str | None:
    """DuckDB SQL, TRUE where a field is valid and can be sent as it stands, or may be NULL.

    It is quick, and not TRUE of each such field. The bare word NULL is none, as LOAD DATA with
    ENCLOSED BY takes it for NULL. None where no field can be sent so.
    """
    if verbatim(column, field) is None:
        return None
    if column.type.boolean:  # no word is sent
        column = replace(column, type=replace(column.type, kind=Kind.INTEGER))
    field, kind = _operand(field), column.type.kind
    plain = _rules(column, field, server).plain
    if plain == "FALSE":
        return None
    conditions = [number.sent_decimal(column.type, field) if kind is Kind.DECIMAL else plain]
    if kind in (Kind.DATETIME, Kind.TIMESTAMP):
        if moves(column.type, field) == "TRUE":
            return None
        conditions.append(f"strlen({field}) = 19")  # no offset
    elif kind not in _SPELT:
        conditions.append(f"{field} <> 'NULL'")
    given = " AND ".join(f"({condition})" for condition in conditions)
    null = f"{field} IS NULL" if column.nullable else "FALSE"
    # DuckDB looks at no more of a WHEN than it must, but at all of an AND.
    return f"CASE WHEN {given} THEN TRUE ELSE {null} END"


def exact_key(column: Column, field: str, server: Server) -> str | None:
    """DuckDB SQL whose equality is the server's own on valid fields, or None: ask the server."""
    kind = column.type.kind
    if kind in (Kind.FLOAT, Kind.DOUBLE, Kind.JSON, Kind.UNSERVED):
        return None
    if kind is Kind.TEXT:
        return _text_key(column, _operand(field), server)
    return staged(column, field)


def coarse_key(column: Column, field: str, server: Server) -> str | None:
    """DuckDB SQL that is equal wherever the server says equal, and NULL where that can't be told.

    It may be equal for more. None: there is none for such a column. For the general and Unicode
    collations it is known of printable ASCII alone, of which they make only letters' case equal
    (MySQL manual, "Unicode Character Sets").
    """
    exact = exact_key(column, field, server)
    collation = (column.collation or "").lower()
    if exact or column.type.kind is not Kind.TEXT or not _FOLDING.fullmatch(collation):
        return exact
    text = _operand(field)
    return f"CASE WHEN {matches(text, '[ -~]*')} THEN rtrim(lower({text}), ' ') END"


def unserved(column: Column, server: Server) -> str | None:
    """Why a file can't have this column, or None if it can."""
    if column.generated:
        return "the server computes it itself"
    if column.type.kind is Kind.UNSERVED:
        return f"its type {column.type.name} is not one that csvferry knows"
    if column.type.kind is Kind.UUID and Kind.UUID in server.traits.lacks:
        return f"its type {column.type.name} is MariaDB's alone"
    if not charset.known(column.charset):
        return f"its character set {column.charset} is not known"
    return None


def _rules(column: Column, field: str, server: Server) -> Rules:
    rules = _server_rules(column, field, server)
    return affinity.kept(column.type, field, rules) if server.traits.affinities else rules


def _server_rules(column: Column, field: str, server: Server) -> Rules:
    type_, kind = column.type, column.type.kind
    if kind in _NUMBERS:
        return number.integer(type_, field)
    match kind:
        case Kind.DECIMAL:
            return number.decimal(type_, field)
        case Kind.FLOAT | Kind.DOUBLE:
            return number.floating(type_, field)
        case Kind.TEXT:
            return string.text(type_, field, column.charset)
        case Kind.BINARY:
            return string.binary(type_, field)
        case Kind.DATE:
            return temporal.date(field)
        case Kind.TIME:
            return temporal.time(type_, field, server)
        case Kind.DATETIME | Kind.TIMESTAMP:
            return temporal.datetime(type_, field, server)
        case Kind.YEAR:
            return temporal.year(field)
        case Kind.ENUM:
            return member.enum(type_, field)
        case Kind.SET:
            return member.set_(type_, field)
        case Kind.JSON:
            return json.json(field, server)
        case Kind.UUID:
            return string.uuid(field)
        case _:
            raise ValueError(f"column {column.name}: {unserved(column, server)}")


def _text_key(column: Column, field: str, server: Server) -> str | None:
    collation = (column.collation or "").lower()
    if server.traits.ascii_collations:
        folded = f"translate({field}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
        keys = {"": field, "binary": field, "rtrim": f"rtrim({field}, ' ')", "nocase": folded}
        return keys.get(collation)
    if collation in ("binary", "utf8mb4_0900_bin") or collation.endswith("_nopad_bin"):
        return field
    return f"rtrim({field}, ' ')" if collation.endswith("_bin") else None


def _operand(field: str) -> str:
    """The field so that `[...]` and operators may follow it."""
    return field if re.fullmatch(r'\w+|"[^"]+"', field) else f"({field})"
