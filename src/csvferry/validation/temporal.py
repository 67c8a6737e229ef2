"""Dates and times: DATE, TIME, DATETIME, TIMESTAMP, YEAR.

Only ISO forms are taken; MySQL reads many more (manual, 11.1.3 "Date and Time Literals"), of
which it warns, or which mean something else than they seem to. Ranges: manual, 13.2.
"""

from csvferry.model.reject_codes import Code
from csvferry.model.schema import Kind, Server, Type
from csvferry.validation.predicates import Fault, Rules, matches

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_REAL_CLOCK = r"([01][0-9]|2[0-3])(:[0-5][0-9]){1,2}(\.[0-9]+)?"
_REAL_TIME = r"-?([0-7]?[0-9]{2}|8[0-2][0-9]|83[0-8])(:[0-5][0-9]){2}(\.[0-9]+)?"


def date(field: str) -> Rules:
    """YYYY-MM-DD, or a date-time at midnight, of which MySQL keeps the date."""
    return Rules(
        f"(strlen({field}) = 10 AND TRY_CAST({field} AS DATE)::VARCHAR = {field})",
        (
            Fault(
                Code.BAD_TYPE,
                f"NOT {matches(field, f'{_DAY}([ T]{_CLOCK})?')}",
                "not a date as YYYY-MM-DD",
            ),
            Fault(Code.OUT_OF_RANGE, no_such_day(field), "no such day"),
            Fault(
                Code.OUT_OF_RANGE,
                f"NOT {matches(f'{field}[11:]', '|[ T]00(:00){1,2}([.]0+)?')}",
                "has a time of day, which the column can't hold",
            ),
        ),
    )


def datetime(type_: Type, field: str, server: Server) -> Rules:
    """YYYY-MM-DD, a space or T, HH:MM[:SS[.f]]; a date alone is its midnight."""
    stamp = type_.kind is Kind.TIMESTAMP
    plain = f"strlen({field}) = 19 AND TRY_CAST({field} AS TIMESTAMP)::VARCHAR = {field}"
    if stamp:
        plain += f" AND {field} BETWEEN '1970-01-01 00:00:01' AND '2038-01-19 03:14:07'"
    faults = [
        Fault(
            Code.BAD_TYPE,
            f"NOT {matches(field, f'{_DAY}([ T]{_CLOCK})?')}",
            "not a date and time as YYYY-MM-DD HH:MM:SS",
        ),
        Fault(Code.OUT_OF_RANGE, no_such_day(field), "no such day"),
        Fault(
            Code.OUT_OF_RANGE,
            f"NOT {matches(f'{field}[12:]', f'|{_REAL_CLOCK}')}",
            "no such time of day",
        ),
        _finer(type_, field),
    ]
    if stamp:
        faults.append(_outside_epoch(field, server))
    return Rules(f"({plain})", tuple(faults))


def time(type_: Type, field: str, server: Server) -> Rules:
    """[-]HH:MM:SS[.f] up to 838:59:59 (manual, 13.2.3); MariaDB takes a fraction beyond it."""
    form = r"-?[0-9]{2,3}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    beyond = f"NOT {matches(field, _REAL_TIME)}"
    if server is not Server.MARIADB:
        beyond += f" OR {matches(field, '-?838:59:59[.]0*[1-9][0-9]*')}"
    return Rules(
        matches(field, "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, form)}", "not a time as HH:MM:SS"),
            Fault(Code.OUT_OF_RANGE, beyond, "no such time, or beyond 838:59:59"),
            _finer(type_, field),
        ),
    )


def year(field: str) -> Rules:
    """Four digits, 1901 to 2155 or 0000; MySQL makes 2000 of 0 (manual, 13.2.4)."""
    real = "0000|190[1-9]|19[1-9][0-9]|20[0-9]{2}|21[0-4][0-9]|215[0-5]"
    return Rules(
        matches(field, real),
        (
            Fault(Code.BAD_TYPE, f"NOT {matches(field, '[0-9]{4}')}", "not a year as YYYY"),
            Fault(Code.OUT_OF_RANGE, f"NOT {matches(field, real)}", "not between 1901 and 2155"),
        ),
    )


def no_such_day(field: str) -> str:
    """SQL for YYYY-MM-DD at the field's start; to MySQL the year 0000 is no leap year."""
    day = f"{field}[:10]"
    return f"(TRY_CAST({day} AS DATE) IS NULL OR {day} = '0000-02-29')"


def staged_date(field: str) -> str:
    """The date without its midnight."""
    midnight = "[ T]00(:00){1,2}([.]0+)?$"
    without = f"regexp_replace({field}, '{midnight}', '')"
    return f"CASE strlen({field}) WHEN 10 THEN {field} ELSE {without} END"


def staged_datetime(field: str) -> str:
    """YYYY-MM-DD HH:MM:SS and the fraction without idle zeros: one spelling for each instant."""
    day = f"{field}[:10] || ' ' || "
    return f"""CASE strlen({field})
        WHEN 19 THEN replace({field}, 'T', ' ')
        WHEN 10 THEN {field} || ' 00:00:00'
        WHEN 16 THEN {day}{field}[12:] || ':00'
        ELSE {day}{_trimmed(f"{field}[12:]")} END"""


def staged_time(field: str) -> str:
    """HH:MM:SS and the fraction without idle zeros: one spelling for each time."""
    bare = f"regexp_replace({field}, '^(-?)0([0-9]{{2}}:)', '\\1\\2')"
    short = _trimmed(bare)
    return f"CASE WHEN {short} = '-00:00:00' THEN '00:00:00' ELSE {short} END"


def _trimmed(field: str) -> str:
    return f"CASE WHEN contains({field}, '.') THEN rtrim(rtrim({field}, '0'), '.') ELSE {field} END"


def _finer(type_: Type, field: str) -> Fault:
    digits = type_.fraction
    kept = f"[^.]*([.][0-9]{{0,{digits}}}0*)?" if digits else "[^.]*([.]0*)?"
    return Fault(
        Code.OUT_OF_RANGE,
        f"NOT {matches(field, kept)}",
        f"a fraction of seconds finer than {digits} digits",
    )


def _outside_epoch(field: str, server: Server) -> Fault:
    first = "00:00:00.000001" if server is Server.MARIADB else "00:00:01"
    within = f"BETWEEN '1970-01-01 {first}' AND '2038-01-19 03:14:07.999999'"
    return Fault(
        Code.OUT_OF_RANGE,
        f"{staged_datetime(field)} NOT {within}",
        "not between 1970-01-01 00:00:01 and 2038-01-19 03:14:07 UTC",
    )
