"""Declared forms of values as DuckDB SQL: what is read becomes what a column takes.

A value that is not of the declared form becomes `BAD`, a text that no file can hold, and its row is
rejected. NULL stays NULL. Nothing here reads or writes.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from csvferry.config.columns.date_format import DateFormat
from csvferry.config.columns.rules import ColumnRule
from csvferry.model.quoting import text

BAD = "(chr(0) || '3')"
KEYS = "hash_keys"  # the scratch table of keyed hashes' keys
_SPACE = r"[\t-\r ]*"
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_BLOCK = 64  # bytes of SHA-256's block (RFC 2104, 2)


@dataclass(frozen=True)
class Conversion:
    """`sql` of the value from the field `c<place>`, `message` for what has another form.

    `type`: the declared type of such a column in a table that csvferry makes, where the form tells.
    """

    place: int
    sql: str
    message: str
    type: str | None = None
    secret: bytes | None = None
    hexed: bool = False  # bytes, as hexadecimal digits


def conversion(rule: ColumnRule, place: int, number: int) -> Conversion | None:
    """What a rule declares of the column at a place; `number` tells its key from others.

    Raises UsageError where the environment has no key.
    """
    field = f"c{place}"
    if form := rule.date_format:
        return Conversion(place, dated(form, field), f"not of the form {form.text}", _type_of(form))
    if rule.decimal or rule.thousands:
        return numeric(rule.decimal, rule.thousands, place)
    if rule.true or rule.false:
        return worded(rule.true, rule.false, place)
    if rule.bytes:
        sql = _BYTES[rule.bytes](field)
        return Conversion(place, _kept_null(field, sql), f"not {rule.bytes}", "BLOB", hexed=True)
    if rule.hash:
        sql = _hashed(field, number)
        return Conversion(place, _kept_null(field, sql), "", None, rule.secret())
    return None


def is_bad(field: str) -> str:
    """SQL: TRUE where a value was not of the declared form; never NULL."""
    return f"coalesce(starts_with({field}, chr(0)), FALSE)"


def numeric(decimal: str | None, thousands: str | None, place: int) -> Conversion:
    """Numbers with these signs; thousands stand in threes, or not at all."""
    field, point = f"c{place}", re.escape(decimal or ".")
    whole = "[0-9]+"
    if thousands:
        whole = f"(?:[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+)"
    digits = f"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
    form = f"{_SPACE}[+-]?{digits}(?:[eE][+-]?[0-9]+)?{_SPACE}"
    value = f"replace({field}, {text(thousands)}, '')" if thousands else field
    value = f"replace({value}, {text(decimal)}, '.')" if decimal else value
    message = f"not a number with the decimal sign {decimal or '.'}"
    if thousands:
        message += f" and {thousands} between thousands"
    return Conversion(place, _checked(field, form, value), message)


def worded(
    true: Sequence[str], false: Sequence[str], place: int, *, usual: bool = False
) -> Conversion:
    """Words for true and false; `usual`: true, false, 1 and 0 count too."""
    field = f"c{place}"
    cases = "".join(
        f" WHEN {field} IN ({', '.join(map(text, words))}) THEN '{value}'"
        for value, words in (("true", true), ("false", false))
        if words
    )
    also = f" WHEN lower({field}) IN ('true', 'false', '1', '0') THEN {field}" if usual else ""
    sql = f"CASE WHEN {field} IS NULL THEN NULL{cases}{also} ELSE {BAD} END"
    message = f"not one of {', '.join([*true, *false])}"
    return Conversion(place, sql, message, "TINYINT(1)")


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer pad of HMAC-SHA-256 (RFC 2104, 2)."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def dated(form: DateFormat, field: str) -> str:
    """SQL of a date, time or both in ISO form, an offset as the value has it."""
    loose = _loose(form, field)
    if form.strict is None:
        return _kept_null(field, loose)
    pattern = text(f"(?i)^{form.strict}$")
    places = {code: f"\\{number}" for number, code in enumerate(form.codes, 1)}
    ordered = f"regexp_replace({field}, {pattern}, {text(_iso(places))})"
    value = f"TRY_CAST({ordered} AS {_kind(form)})::VARCHAR"
    if "z" in form.codes:
        value += f" || regexp_replace({field}, {pattern}, {text(places['z'])})"
    strict = f"regexp_full_match({field}, {text(f'(?i){form.strict}')})"
    return (
        f"CASE WHEN {field} IS NULL THEN NULL WHEN {strict} THEN coalesce({value}, {BAD})"
        f" ELSE {loose} END"
    )


def _iso(places: dict[str, str]) -> str:
    """A template of ISO form from the places of full-width parts."""
    parts = []
    if "Y" in places:
        parts.append(f"{places['Y']}-{places['m']}-{places['d']}")
    if "H" in places:
        clock = ":".join((places["H"], places.get("M", "00"), places.get("S", "00")))
        parts.append(clock + (f".{places['f']}" if "f" in places else ""))
    return " ".join(parts)


def _kind(form: DateFormat) -> str:
    if form.has_date:
        return "TIMESTAMP" if form.has_time else "DATE"
    return "TIME"


def _type_of(form: DateFormat) -> str:
    """The type of such a column in a table that csvferry makes."""
    name = {"TIMESTAMP": "DATETIME"}.get(_kind(form), _kind(form))
    return f"{name}(6)" if "f" in form.codes else name


def _loose(form: DateFormat, field: str) -> str:
    """SQL of what Python takes beside full width: one digit, words, short years."""
    names = ["whole", *(f"x{number}" for number in range(len(form.codes))), "rest"]
    # As Python: what the expression takes first counts, and nothing may be left.
    pattern = text(f"(?is)^({form.loose})(.*)$")
    found = f"regexp_extract({field}, {pattern}, [{', '.join(map(text, names))}])"
    x = {code: f"g.x{number}" for number, code in enumerate(form.codes)}
    parts = [part for part in (_date(x), _clock(x)) if part]
    iso = " || ' ' || ".join(parts)
    value = f"TRY_CAST({iso} AS {_kind(form)})::VARCHAR"
    value += f" || {x['z']}" if "z" in x else ""
    body = f"CASE WHEN g.whole = '' OR g.rest <> '' THEN {BAD} ELSE coalesce({value}, {BAD}) END"
    return f"list_transform([{found}], lambda g: {body})[1]"


def _date(x: dict[str, str]) -> str:
    if not ({"Y", "y"} & set(x)):
        return ""
    year = x.get("Y") or f"CASE WHEN {x['y']} >= '69' THEN '19' ELSE '20' END || {x['y']}"
    year = f"({year})"
    if "j" in x:
        first = f"TRY_CAST({year} || '-01-01' AS DATE)"
        day = f"({first} + (TRY_CAST({x['j']} AS INTEGER) - 1))"
        return f"CASE WHEN year({day}) = year({first}) THEN {day}::VARCHAR END"
    if "m" in x:
        month = _two(x["m"])
    else:
        name = x.get("b") or x["B"]
        month = _two(f"((instr('{_MONTHS}', lower({name}[:3])) + 2) // 3)::VARCHAR")
    day = _two(f"trim({x['d']})")
    return f"{year} || '-' || {month} || '-' || {day}"


def _clock(x: dict[str, str]) -> str:
    if "H" in x:
        hour = _two(x["H"])
    elif "I" in x:
        noon = f"CASE WHEN lower({x['p']}) = 'pm' THEN 12 ELSE 0 END"
        hour = _two(f"(TRY_CAST(trim({x['I']}) AS INTEGER) % 12 + {noon})::VARCHAR")
    else:
        return ""
    minute = _two(x["M"]) if "M" in x else "'00'"
    second = _two(x["S"]) if "S" in x else "'00'"
    fraction = f" || '.' || {x['f']}" if "f" in x else ""
    return f"{hour} || ':' || {minute} || ':' || {second}{fraction}"


def _two(digits: str) -> str:
    return f"lpad({digits}, 2, '0')"


def _kept_null(field: str, sql: str) -> str:
    return f"CASE WHEN {field} IS NULL THEN NULL ELSE {sql} END"


def _checked(field: str, form: str, value: str) -> str:
    good = f"regexp_full_match({field}, {text(form)})"
    return f"CASE WHEN {field} IS NULL THEN NULL WHEN {good} THEN {value} ELSE {BAD} END"


def _hashed(field: str, number: int) -> str:
    """SQL of HMAC-SHA-256 in hexadecimal digits; the key is in no statement."""
    inner = f"(SELECT inner_pad FROM {KEYS} WHERE n = {number})"
    outer = f"(SELECT outer_pad FROM {KEYS} WHERE n = {number})"
    return f"sha256({outer} || unhex(sha256({inner} || encode({field}))))"


_DIGITS = "(?:[0-9a-fA-F]{2})*"
_FOUR = "[A-Za-z0-9+/]"
_BASE64 = f"(?:{_FOUR}{{4}})*(?:{_FOUR}{{2}}==|{_FOUR}{{3}}=)?"
_BYTES = {
    "hex": lambda field: _checked(field, _DIGITS, f"upper({field})"),
    "postgres": lambda field: _checked(field, rf"\\x{_DIGITS}", f"upper({field}[3:])"),
    "base64": lambda field: _checked(field, _BASE64, f"hex(from_base64({field}))"),
}
