"""Instants: dates and times with an offset or `Z`, and local times of a zone.

Works on texts that are dates and times in ISO form. MySQL keeps a TIMESTAMP as an instant, which it
reads and shows in the session's zone (manual, 13.2.2 "The DATE, DATETIME, and TIMESTAMP Types"); a
local time that the zone has twice means one of two instants there, so that it is not taken. A
named zone's rules are those of DuckDB's ICU.
"""

from csvferry.model.column_type import Zone
from csvferry.model.quoting import text
from csvferry.model.schema import Kind, Type
from csvferry.validation.predicates import matches

OFFSET = r" ?(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"
_DAY = "[0-9]{3}[1-9]-[0-9]{2}-[0-9]{2}"  # no year that an offset could lead out of four digits
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


def has_offset(field: str) -> str:
    """SQL: a date and time says its distance from UTC."""
    return f"regexp_matches({field}[17:], '[Z+-]')"


def moves(type_: Type, field: str) -> str:
    """SQL: the server is given another local time than the file has."""
    zones = type_.zones
    if type_.kind is Kind.TIMESTAMP and zones.file != zones.session:
        return "TRUE"
    return has_offset(field)


def usual(type_: Type, field: str) -> str:
    """SQL: TRUE for most good fields with an offset, and cheap."""
    if _target(type_).fixed is None:
        return "FALSE"
    digits = rf"(\.[0-9]{{1,{type_.fraction}}})?" if type_.fraction else ""
    form = f"{_DAY}[ T]{_CLOCK}{digits}(Z|[+-]0[0-9]:?[0-5][0-9])"
    within = " IS NOT NULL"
    if type_.kind is Kind.TIMESTAMP:
        within = " BETWEEN '1970-01-02'::TIMESTAMPTZ AND '2038-01-18'::TIMESTAMPTZ"
    usual_year = f"{field}[:4] <> '9999' AND " if type_.kind is not Kind.TIMESTAMP else ""
    cast = f"TRY_CAST({field} AS TIMESTAMPTZ)"
    return f"(strlen({field}) > 19 AND {usual_year}{matches(field, form)} AND {cast}{within})"


def universal(type_: Type, field: str) -> str:
    """SQL of the instant, a TIMESTAMP in UTC, of a local time that the file's zone has once."""
    tight = f"replace(replace(replace({field}, ' +', '+'), ' -', '-'), ' Z', 'Z')"
    with_offset = f"timezone('UTC', TRY_CAST({tight} AS TIMESTAMPTZ))"
    own = _to_universal(type_.zones.file, f"TRY_CAST({field} AS TIMESTAMP)")
    return f"CASE WHEN {has_offset(field)} THEN {with_offset} ELSE {own} END"


def moved(type_: Type, field: str) -> str:
    """SQL of the local time that the server is given.

    A TIMESTAMP is told in the session's zone, a DATETIME in the file's.
    """
    return f"({_moved(type_, field)})::VARCHAR"


def uncertain(type_: Type, field: str) -> str:
    """SQL: no one local time is the server's, or the file's own is none that its zone has once."""
    zones, stamp = type_.zones, type_.kind is Kind.TIMESTAMP
    local = _moved(type_, field)
    outside = (
        f"{local} IS NULL OR {local} NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'"
    )
    lost = f"({outside} OR NOT {_certain(_target(type_), local)})"
    own = f"NOT {_certain(zones.file, f'TRY_CAST({field} AS TIMESTAMP)')}" if stamp else "FALSE"
    unsaid = f"(NOT {has_offset(field)} AND {own})"
    return f"({unsaid} OR ({moves(type_, field)} AND {lost}))"


def certainly_local(zone: Zone, field: str) -> str:
    """SQL: the zone has the local time of a text without offset, and once."""
    return _certain(zone, f"TRY_CAST({field} AS TIMESTAMP)")


def spelled(field: str) -> str:
    """SQL of a date and time without offset as YYYY-MM-DD HH:MM:SS and its own fraction."""
    day = f"{field}[:10] || ' ' || "
    cut = f"CASE WHEN contains({field}, '.') THEN rtrim(rtrim({field}, '0'), '.') ELSE {field} END"
    return f"""CASE strlen({field})
        WHEN 19 THEN replace({field}, 'T', ' ')
        WHEN 10 THEN {field} || ' 00:00:00'
        WHEN 16 THEN {day}{field}[12:] || ':00'
        ELSE replace({cut}, 'T', ' ') END"""


def _target(type_: Type) -> Zone:
    """The zone in which the server is told a moment of the column."""
    return type_.zones.session if type_.kind is Kind.TIMESTAMP else type_.zones.file


def _moved(type_: Type, field: str) -> str:
    return _to_local(_target(type_), universal(type_, field))


def _to_local(zone: Zone, moment: str) -> str:
    if zone.fixed is not None:
        return f"(({moment}) + to_seconds({zone.fixed}))" if zone.fixed else f"({moment})"
    return f"timezone({text(zone.name)}, timezone('UTC', {moment}))"


def _to_universal(zone: Zone, local: str) -> str:
    if zone.fixed is not None:
        return f"({local} - to_seconds({zone.fixed}))" if zone.fixed else local
    return f"timezone('UTC', timezone({text(zone.name)}, {local}))"


def _certain(zone: Zone, local: str) -> str:
    """SQL: the zone's clock shows the local time once.

    It is asked 24 hours before and after; days would be those of DuckDB's own zone. Where its
    offset is another then, the time is certain if it is the instant's own, and no other instant's
    that the change would give it to.
    """
    if zone.fixed is not None:
        return "TRUE"
    name = text(zone.name)
    instant = f"timezone({name}, {local})"

    def shown(moment: str) -> str:
        return f"timezone({name}, {moment})"

    after, before = shown(f"{instant} + INTERVAL 24 HOUR"), shown(f"{instant} - INTERVAL 24 HOUR")
    back = f"({before} + INTERVAL 2 DAY - {after})"  # by how much the clock is set back
    return f"""CASE WHEN {after} = {before} + INTERVAL 2 DAY THEN TRUE
        WHEN {shown(instant)} <> {local} THEN FALSE
        ELSE {shown(f"({instant} + {back})")} <> {local}
        AND {shown(f"({instant} - {back})")} <> {local} END"""
