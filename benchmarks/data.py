"""The files: made by DuckDB from arithmetic alone, so that the same arguments give the same bytes.

python -m benchmarks.data DATASET VARIANT ROWS FILE

Beside each FILE lies FILE.json with what a table that follows it must hold: rows and two checksums.
"""

from __future__ import annotations

import csv
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

MARK_NULL = "~"
# a fraction of [0, 1) for each row, evenly spread: multiples of the golden ratio
_SPREAD = "((i::UBIGINT * 2654435769) % 4294967296)::DOUBLE / 4294967296"
_PICK = "[1 + ((i::UBIGINT * {prime}) // 64 % {count})::INT]"

_FIRST = ["ana", "boris", "chloe", "dmitri", "elif", "farid", "greta", "hugo", "ines", "jonas"]
_LAST = ["abe", "bianchi", "castro", "dupont", "eriksen", "fischer", "garcia", "haddad", "ito"]
_CUSTOMERS = [
    "Zoë Müller", "O'Brien & Sons", 'The "Blue" Café', "Société Générale, S.A.", "Ærø Færge",
    "Łukasz Żółć", "Åsa Öberg", "Nguyễn Văn A", "Smith; Jones", "株式会社例",
]  # fmt: skip
_NOTES = [
    "plain words", 'said "no", twice', "one, two, three", "naïve façade", "C:\\temp\\new",
    "first line\nsecond line", "100 % sure; 'quoted'", "tab\there", "ends with a quote\"", "ok",
]  # fmt: skip
_COUNTRIES = ["DE", "FR", "ES", "IT", "PL", "SE", "DK", "NO", "JP", "VN", "US"]


def _pick(values: list[str], prime: int) -> str:
    quoted = ", ".join("'" + v.replace("'", "''") + "'" for v in values)
    return f"([{quoted}])" + _PICK.format(prime=prime, count=len(values))


def _people(change: str) -> str:
    name = f"{_pick(_FIRST, 40503)} || '.' || {_pick(_LAST, 69069)} || '.' || id"
    host = f"CASE WHEN {change} THEN '@changed.example' ELSE '@example.com' END"
    return f"id, {name} || {host} AS emails"


def _mixed(change: str) -> str:
    return f"""id,
      {_pick(_CUSTOMERS, 40503)} || ' ' || id AS customer,
      CASE WHEN i % 13 <> 0 THEN {_pick(_FIRST, 69069)} || '.' || id || '@example.com' END AS email,
      {_pick(_COUNTRIES, 30011)} AS country,
      lpad((i % 1000003)::VARCHAR, 8, '0') AS code,
      CASE WHEN i % 17 <> 0 THEN
        ((i * 7919 % 100000000) / 100.0 + {change}::INT)::DECIMAL(12,2) END AS amount,
      CASE WHEN i % 7 <> 0 THEN (i * 31 % 5000)::INT END AS quantity,
      (i % 1000) + 0.25 AS rate,
      (i % 3 = 0)::INT AS active,
      CASE WHEN i % 11 <> 0 THEN DATE '1940-01-01' + (i * 37 % 25000)::INT END AS born,
      strftime(TIMESTAMP '2015-01-01' + to_seconds(i * 61 % 300000000), '%Y-%m-%d %H:%M:%S')
        AS created,
      CASE WHEN i % 5 <> 0 THEN {_pick(_NOTES, 50021)} END AS note"""


def _select(dataset: str, variant: str, rows: int) -> str:
    """The rows of one file. Keys are even; a changed file brings odd ones between them."""
    columns = _people if dataset == "people" else _mixed
    if variant in _WHOLE:
        return _whole(rows, variant == "whole_changed")
    share = {"changed_02": 0.002, "changed_20": 0.2}.get(variant, 0.0)
    many = rows + rows // 100 if variant == "tail" else rows
    base = f"(SELECT i, 2 * i AS id, {_SPREAD} AS u FROM range(1, {many} + 1) AS r(i))"
    if share:
        third = share / 3
        changed = f"(u >= {third} AND u < {2 * third} AND id % 2 = 0)"
        born = f"SELECT i, id + 1 AS id, u FROM {base} WHERE u >= {2 * third} AND u < {share}"
        kept = f"SELECT * FROM {base} WHERE u >= {third}"
        ordered = f"SELECT * FROM ({kept} UNION ALL {born}) ORDER BY id"  # before they are wide
        return f"SELECT {columns(changed)} FROM ({ordered})"
    if variant == "random":
        return f"SELECT {columns('false')} FROM {base} ORDER BY md5(i::VARCHAR)"
    if variant == "repeats":  # every thousandth row has the e-mail of the one seven before it
        plain = f"SELECT id, emails FROM (SELECT {columns('false')} FROM {base})"
        again = "id % 2000 = 0"
        return f"""SELECT id, CASE WHEN {again} THEN
          lag(emails, 7) OVER (ORDER BY id) ELSE emails END AS emails FROM ({plain}) ORDER BY id"""
    return f"SELECT {columns('false')} FROM {base}"


_WHOLE = ("whole", "whole_changed")


def _whole(rows: int, changed: bool) -> str:
    """Keys without gaps. Changed: every 1,250th row, every 2,500th gone, as many as 0.08% new."""
    if not changed:
        return f"SELECT {_people('false')} FROM (SELECT i, i AS id FROM range(1, {rows} + 1) r(i))"
    last = rows + rows // 1250
    kept = f"(SELECT i, i AS id FROM range(1, {last} + 1) r(i) WHERE i > {rows} OR i % 2500 <> 1)"
    return f"SELECT {_people('id % 1250 = 0')} FROM {kept}"


def write(dataset: str, variant: str, rows: int, path: Path) -> None:
    """Write the file whole or not at all."""
    import duckdb

    part = path.with_suffix(".part")
    duckdb.sql(f"SET memory_limit = '2GB'; SET temp_directory = '{path.parent / 'spill'}'")
    duckdb.sql(
        f"COPY ({_select(dataset, variant, rows)}) TO '{part}' (FORMAT csv, HEADER, DELIMITER ',')"
    )
    part.rename(path)


def rows_of(path: Path) -> Iterator[list[str]]:
    """The file's rows as text, without the header, by Python's own reader."""
    with path.open(newline="", encoding="utf-8") as lines:
        reader = csv.reader(lines)
        next(reader)
        yield from reader


def checksum(rows: Iterable[list[str]]) -> dict[str, int]:
    """Count, sum and xor of each row's CRC32; `servers.checksum` does the same in the server."""
    count = total = mixed = 0
    for row in rows:
        crc = zlib.crc32("|".join([field or MARK_NULL for field in row]).encode())
        count, total, mixed = count + 1, total + crc, mixed ^ crc
    return {"rows": count, "sum": total, "xor": mixed}


def _first_of_equals(rows: Iterable[list[str]], column: int) -> Iterator[list[str]]:
    seen: set[str] = set()
    for row in rows:
        if row[column] not in seen:
            seen.add(row[column])
            yield row


def with_leftovers(after: Path, before: Path) -> dict[str, int]:
    """What a table holds that follows `after` but never deletes what only `before` had."""
    keys = {row[0] for row in rows_of(after)}
    rest = checksum(row for row in rows_of(before) if row[0] not in keys)
    new = json.loads(Path(f"{after}.json").read_text())
    return {
        "rows": new["rows"] + rest["rows"],
        "sum": new["sum"] + rest["sum"],
        "xor": new["xor"] ^ rest["xor"],
    }


def main(arguments: list[str]) -> None:
    """Make one file and its checksums, or the checksums of a table that keeps what was deleted."""
    if arguments[0] == "leftovers":
        after, before = Path(arguments[1]), Path(arguments[2])
        Path(f"{after}.leftovers.json").write_text(json.dumps(with_leftovers(after, before)))
        return
    dataset, variant, rows, path = arguments[0], arguments[1], int(arguments[2]), Path(arguments[3])
    path.parent.mkdir(parents=True, exist_ok=True)
    write(dataset, variant, rows, path)
    found = rows_of(path)
    expected = checksum(_first_of_equals(found, 1) if variant == "repeats" else found)
    Path(f"{path}.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(sys.argv[1:])
