"""Whether what a server gives back is the value that the file says; decided without csvferry."""

import json
import re
from datetime import datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server

DAY = r"(\d{4}-\d\d-\d\d)"
CLOCK = r"(\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?"
OFFSET = r"(?: ?(?:(Z)|([+-])(0\d|1[0-5])(?::?([0-5]\d))?))"
HEX = "[0-9a-fA-F]"
IDENTIFIER = f"{HEX}{{8}}(-{HEX}{{4}}){{3}}-{HEX}{{12}}|{HEX}{{32}}"
SPACE = "\t\n\v\f\r "
WIDE = Context(prec=1000, Emax=MAX_EMAX, Emin=MIN_EMIN)


def same(column: Column, text: str, back: bytes, server: Server) -> bool:
    """Whether `text`, as it stands in a file, and `back` are one value of the column's type."""
    kind = column.type.kind
    if kind is Kind.BINARY:
        return text.encode() == back
    word = text.strip(SPACE).lower()
    boolean = kind is Kind.BOOLEAN or (kind is Kind.BIT and column.type.length == 1)
    shown = str(int.from_bytes(back, "big")) if kind is Kind.BIT else back.decode()
    if boolean and word in ("true", "false"):
        return shown == str(int(word == "true"))
    if kind is Kind.BIT:
        return number(text) == int(shown)
    if kind in (Kind.INTEGER, Kind.BOOLEAN, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE):
        return number(text) is not None and number(text) == number(shown)
    if kind in (Kind.DATE, Kind.DATETIME, Kind.TIMESTAMP):
        return instant(text) is not None and instant(text) == instant(shown)
    if kind is Kind.TIME:
        return span(text) is not None and span(text) == span(shown)
    if kind is Kind.YEAR:
        return bool(re.fullmatch("[0-9]{4}", text.strip(SPACE))) and text.strip(SPACE) == shown
    if kind is Kind.UUID:
        return bool(re.fullmatch(IDENTIFIER, text)) and UUID(text) == UUID(shown)
    if kind is Kind.JSON and server is not Server.MARIADB:
        return document(text) is not None and document(text) == document(shown)
    return text == shown and (kind is not Kind.JSON or document(text) is not None)


def number(text: str) -> Decimal | None:
    """The number, or None."""
    if not re.fullmatch(r"[0-9.eE+-]+", text.strip(SPACE)):
        return None
    try:
        return Decimal(text.strip(SPACE))
    except InvalidOperation:
        return None


def instant(text: str) -> tuple[str, ...] | None:
    """Day, hour and minute, second and fraction in UTC of an ISO date or date-time."""
    match = re.fullmatch(f"{DAY}(?:[ T]{CLOCK}{OFFSET}?)?", text.strip(SPACE), re.ASCII)
    if match is None:
        return None
    day, minute, second, fraction, zulu, sign, hours, minutes = match.groups()
    if zulu or sign:
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        ahead = -ahead if sign == "-" else ahead
        try:
            moment = datetime.fromisoformat(f"{day} {minute}:{second or '00'}") - ahead
        except (ValueError, OverflowError):
            return None
        day, minute, second = str(moment)[:10], str(moment)[11:16], str(moment)[17:]
    return day, minute or "00:00", second or "00", (fraction or "").rstrip("0")


def span(text: str) -> Decimal | None:
    """Seconds of an ISO time, which may be negative or of more than a day."""
    form = r"(-?)(\d{2,3}):(\d\d)(?::(\d\d(?:\.\d+)?))?"
    match = re.fullmatch(form, text.strip(SPACE), re.ASCII)
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups()
    value = 3600 * int(hours) + 60 * int(minutes) + Decimal(seconds or 0)
    return -value if sign else value


def document(text: str) -> str | None:
    """JSON with keys in order and numbers by value, or None where RFC 8259 does not allow it."""
    try:
        parsed = json.loads(
            text.encode("utf-8", "surrogatepass").decode(),
            parse_int=_value,
            parse_float=_value,
            parse_constant=_refuse,
            object_pairs_hook=_pairs,
        )
        return json.dumps(parsed)
    except (ValueError, RecursionError):
        return None


def _value(text: str) -> list[Any]:
    sign, digits, exponent = Decimal(text).normalize(WIDE).as_tuple()
    return ["number", sign if any(digits) else 0, *digits, exponent if any(digits) else 0]


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _pairs(pairs: list[tuple[str, Any]]) -> Any:
    return {"pairs": sorted(pairs, key=json.dumps)}
