"""What SQLite itself would bend: a column's affinity turns text into numbers.

"Datatypes In SQLite", 3: a text that looks like a number becomes one in a column of INTEGER,
NUMERIC or REAL affinity, and keeps 15 significant digits where it is no 64-bit integer.
"""

from csvferry.rejects import Code
from csvferry.schema import Kind, Type
from csvferry.validate import number
from csvferry.validate.sql import Fault, Rules, matches

_EXACT = (Kind.INTEGER, Kind.BOOLEAN, Kind.BIT, Kind.DECIMAL)
_INT64 = f"BETWEEN {-(2**63)} AND {2**63 - 1}"


def keeps_text(declaration: str) -> bool:
    """Whether a column so declared has TEXT or BLOB affinity ("Datatypes In SQLite", 3.1)."""
    upper = declaration.upper()
    if "INT" in upper:
        return False
    return any(word in upper for word in ("CHAR", "CLOB", "TEXT", "BLOB")) or not upper


def kept(type_: Type, field: str, rules: Rules) -> Rules:
    """The rules, and that the value survives the affinity of the column."""
    if keeps_text(type_.name):
        return rules
    if type_.kind is Kind.DECIMAL or (type_.kind in _EXACT and type_.unsigned):
        plain = f"(strlen({field}) <= 15 AND {rules.plain})"
        return Rules(plain, (*rules.faults, _bent_number(field)))
    if type_.kind in (Kind.ENUM, Kind.SET, Kind.JSON, Kind.BINARY):
        return Rules("FALSE", (*rules.faults, _bent_text(field)))
    return rules


def _bent_number(field: str) -> Fault:
    fits = f"""CASE WHEN strlen(n.core) > n.magnitude OR n.magnitude > 20 THEN FALSE
        ELSE {number.whole("n")} {_INT64} END"""
    bent = number.of(field, f"CASE WHEN strlen(n.core) <= 15 THEN FALSE ELSE NOT ({fits}) END")
    return Fault(Code.OUT_OF_RANGE, bent, "more than 15 digits, of which SQLite keeps 15")


def _bent_text(field: str) -> Fault:
    looks = matches(field, number.NUMBER)
    bent = f"{looks} AND TRY_CAST({field} AS BIGINT)::VARCHAR IS DISTINCT FROM {field}"
    return Fault(Code.BAD_VALUE, bent, "a text that SQLite would keep as another number")
