"""Dates and times: DATE, TIME, DATETIME, TIMESTAMP, YEAR.

Only ISO forms are taken, with space around them; MySQL reads many more (manual, 11.1.3 "Date and
Time Literals"), of which it warns, or which mean something else than they seem to. Ranges: manual,
13.2. What an offset or `Z` means is in `zoned`.
"""

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Kind, Type
from csvferry.model.server import Server
from csvferry.validation.predicates import Fault, Rules, matches, trimmed
from csvferry.validation.zoned import (
    OFFSET,
    certainly_local,
    moved,
    moves,
    spelled,
    uncertain,
    universal,
    usual,
)

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_REAL_CLOCK = r"([01][0-9]|2[0-3])(:[0-5][0-9]){1,2}(\.[0-9]+)?"
_REAL_TIME = r"-?([0-7]?[0-9]{2}|8[0-2][0-9]|83[0-8])(:[0-5][0-9]){1,2}(\.[0-9]+)?"


def date(field: str) -> Rules:
    """YYYY-MM-DD, or a date-time at midnight, of which MySQL keeps the date."""
    bare = trimmed(field)
    return Rules(
        f"(strlen({field}) = 10 AND TRY_CAST({field} AS DATE)::VARCHAR = {field})",
        (
            Fault(
                Code.BAD_TYPE,
                f"NOT {matches(bare, f'{_DAY}([ T]{_CLOCK})?')}",
                "not a date as YYYY-MM-DD",
            ),
            Fault(Code.OUT_OF_RANGE, no_such_day(bare), "no such day"),
            Fault(
                Code.OUT_OF_RANGE,
                f"NOT {matches(f'{bare}[11:]', '|[ T]00(:00){1,2}([.]0+)?')}",
                "has a time of day, which the column can't hold",
            ),
        ),
    )


def datetime(type_: Type, field: str, server: Server) -> Rules:
    """YYYY-MM-DD, a space or T, HH:MM[:SS[.f]], an offset or Z; a date alone is its midnight."""
    bare = trimmed(field)
    faults = [
        Fault(
            Code.BAD_TYPE,
            f"NOT {matches(bare, f'{_DAY}([ T]{_CLOCK}({OFFSET})?)?')}",
            "not a date and time as YYYY-MM-DD HH:MM:SS",
        ),
        Fault(Code.OUT_OF_RANGE, no_such_day(bare), "no such day"),
        Fault(
            Code.OUT_OF_RANGE,
            f"NOT {matches(f'{bare}[12:]', f'|{_REAL_CLOCK}({OFFSET})?')}",
            "no such time of day",
        ),
        _finer(type_, bare),
        _uncertain(type_, bare),
    ]
    if type_.kind is Kind.TIMESTAMP:
        faults.append(_outside_epoch(type_, bare, server))
    return Rules(f"({_plain_datetime(type_, field)})", tuple(faults))


def _plain_datetime(type_: Type, field: str) -> str:
    """SQL: TRUE for most good fields."""
    plain = f"strlen({field}) = 19 AND TRY_CAST({field} AS TIMESTAMP)::VARCHAR = {field}"
    file, session = type_.zones.file, type_.zones.session
    if type_.kind is not Kind.TIMESTAMP:
        return f"({plain}) OR {usual(type_, field)}"
    if file.fixed == session.fixed == 0:
        plain += f" AND {field} BETWEEN '1970-01-01 00:00:01' AND '2038-01-19 03:14:07'"
    elif session.fixed is None and session != file:
        plain = "FALSE"
    else:
        plain += f" AND {field} BETWEEN '1970-01-02' AND '2038-01-18'"
        plain += f" AND {certainly_local(file, field)}"
    return f"({plain}) OR {usual(type_, field)}"


def time(type_: Type, field: str, server: Server) -> Rules:
    """[-]HH:MM[:SS[.f]] up to 838:59:59 (manual, 13.2.3); MariaDB takes a fraction beyond it."""
    bare = trimmed(field)
    form = r"-?[0-9]{2,3}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
    beyond = f"NOT {matches(bare, _REAL_TIME)}"
    if not server.traits.time_fraction_beyond:
        beyond += f" OR {matches(bare, '-?838:59:59[.]0*[1-9][0-9]*')}"
    return Rules(
        matches(field, "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(bare, form)}", "not a time as HH:MM:SS"),
            Fault(Code.OUT_OF_RANGE, beyond, "no such time, or beyond 838:59:59"),
            _finer(type_, bare),
        ),
    )


def year(field: str) -> Rules:
    """Four digits, 1901 to 2155 or 0000; MySQL makes 2000 of 0 (manual, 13.2.4)."""
    real = "0000|190[1-9]|19[1-9][0-9]|20[0-9]{2}|21[0-4][0-9]|215[0-5]"
    bare = trimmed(field)
    return Rules(
        matches(field, real),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(bare, '[0-9]{4}')}", "not a year as YYYY"),
            Fault(Code.OUT_OF_RANGE, f"NOT {matches(bare, real)}", "not between 1901 and 2155"),
        ),
    )


def no_such_day(field: str) -> str:
    """SQL for YYYY-MM-DD at the field's start; to MySQL the year 0000 is no leap year."""
    day = f"{field}[:10]"
    return f"(TRY_CAST({day} AS DATE) IS NULL OR {day} = '0000-02-29')"


def staged_date(field: str) -> str:
    """The date without its midnight."""
    midnight = "[ T]00(:00){1,2}([.]0+)?$"
    without = f"regexp_replace({trimmed(field)}, '{midnight}', '')"
    return f"CASE strlen({field}) WHEN 10 THEN {field} ELSE {without} END"


def staged_datetime(type_: Type, field: str) -> str:
    """YYYY-MM-DD HH:MM:SS and the fraction without idle zeros: one spelling for each instant."""
    bare = trimmed(field)
    moving = moves(type_, bare)
    other = f"CASE WHEN {moving} THEN {moved(type_, bare)}"
    other += f" ELSE {spelled(bare)} END"
    if moving == "TRUE":
        return other
    common = f"strlen({field}) = 19 AND {field}[17] = ':' AND {field}[1] BETWEEN '0' AND '9'"
    return f"CASE WHEN {common} THEN replace({field}, 'T', ' ') ELSE {other} END"


def staged_time(field: str) -> str:
    """HH:MM:SS and the fraction without idle zeros: one spelling for each time."""
    bare = f"regexp_replace({trimmed(field)}, '^(-?)0([0-9]{{2}}:)', '\\1\\2')"
    whole = f"regexp_replace({bare}, '^(-?[0-9]{{2,3}}:[0-9]{{2}})$', '\\1:00')"
    short = (
        f"CASE WHEN contains({whole}, '.') THEN rtrim(rtrim({whole}, '0'), '.') ELSE {whole} END"
    )
    common = f"strlen({field}) = 8 AND {field}[3] = ':' AND {field}[6] = ':' AND {field}[1] >= '0'"
    zero = f"CASE WHEN {short} = '-00:00:00' THEN '00:00:00' ELSE {short} END"
    return f"CASE WHEN {common} THEN {field} ELSE {zero} END"


def staged_year(field: str) -> str:
    """The year's four digits."""
    return f"CASE strlen({field}) WHEN 4 THEN {field} ELSE {trimmed(field)} END"


def _finer(type_: Type, field: str) -> Fault:
    digits = type_.fraction
    kept = f"[.][0-9]{{0,{digits}}}0*" if digits else "[.]0*"
    return Fault(
        Code.OUT_OF_RANGE,
        f"NOT {matches(field, f'[^.]*({kept}({OFFSET})?)?')}",
        f"a fraction of seconds finer than {digits} digits",
    )


def _uncertain(type_: Type, field: str) -> Fault:
    """A local time that is on no zone's clock, or twice on it."""
    zones = (type_.zones.file, type_.zones.session)[: 1 + (type_.kind is Kind.TIMESTAMP)]
    names = " or ".join(dict.fromkeys(zone.name for zone in zones))
    return Fault(
        Code.OUT_OF_RANGE,
        uncertain(type_, field),
        f"a local time that the time zone {names} does not have, or has twice",
    )


def _outside_epoch(type_: Type, field: str, server: Server) -> Fault:
    first = server.traits.first_timestamp
    within = f"BETWEEN TIMESTAMP '1970-01-01 {first}' AND '2038-01-19 03:14:07.999999'"
    return Fault(
        Code.OUT_OF_RANGE,
        f"({universal(type_, field)}) NOT {within}",
        "not between 1970-01-01 00:00:01 and 2038-01-19 03:14:07 UTC",
    )
