"""Whatever backslashes a file holds, each rule of escapes reads what a byte by byte reader does."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from read_outcome import Read

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
PIECES = [
    b'"',
    b",",
    b"\n",
    b"\\",
    b"\\\\",
    b"a",
    b"N",
    b"n",
    b'\\"',
    b"\\,",
    b"\\\n",
    b"\\N",
    b"t",
]
PIECES += [b"w,y\n", b'"x","y"\n', b"\\N,b\n", b'""', b"\r", b"\\r", b"\xc3\xa9", b"\\\xc3\xa9"]
LETTERS = {
    "mysql": {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"},
    "postgres": {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"v": b"\v"},
}
Field = bytes | None


def units(data: bytes, rule: str) -> list[bytes]:
    """The bytes one by one, but an escape with what it takes together."""
    found, at = [], 0
    taken = {"none": b"", "quoted": b'\\"', "mysql": b"", "postgres": b""}[rule]
    while at < len(data):
        pair = data[at : at + 2]
        escape = pair[:1] == b"\\" and len(pair) == 2 and rule != "none"
        size = 2 if escape and (rule != "quoted" or pair[1:] in (taken[:1], taken[1:])) else 1
        found.append(data[at : at + size])
        at += size
    return found


def bare(field: list[bytes], rule: str) -> Field:
    if rule in ("none", "quoted"):
        return b"".join(field) or None
    if field == [b"\\N"]:
        return None
    return b"".join(unescaped(unit, rule) for unit in field) or None


def unescaped(unit: bytes, rule: str) -> bytes:
    return LETTERS.get(rule, {}).get(unit[1:], unit[1:]) if len(unit) == 2 else unit


def within(field: list[bytes], rule: str) -> bytes:
    """What stands between quotes, doubled quotes already one."""
    text, at = b"", 0
    while at < len(field):
        unit = field[at]
        at += 1
        if len(unit) == 2:
            text += unescaped(unit, rule)
        elif unit == b"\\" and rule == "quoted":
            text, at = text + b"".join(field[at : at + 1]), at + 1
        else:
            text += unit
    return text


def records(data: bytes, rule: str) -> Iterator[tuple[str, list[Field]]]:
    """Kind (row, blank or a reject's code) and fields of each record of two columns."""
    rest = units(data, rule)
    at = 0
    while at < len(rest):
        start, fields, stray, broken = at, [], False, False
        while True:
            if rest[at : at + 1] == [b'"']:
                at += 1
                inside: list[bytes] = []
                while at < len(rest) and (rest[at] != b'"' or rest[at + 1 : at + 2] == [b'"']):
                    at += 2 if rest[at] == b'"' else 1
                    inside.append(rest[at - 1])
                closed = at < len(rest)
                at += 1
                if not closed or rest[at : at + 1] not in ([b","], [b"\n"]):
                    broken = True
                    break
                fields.append(within(inside, rule))
            else:
                begin = at
                while rest[at] not in (b",", b"\n"):
                    at += 1
                found = rest[begin:at]
                stray |= b"\r" in found and rule in ("none", "quoted")
                fields.append(bare(found, rule))
            if rest[at] == b"\n":
                break
            at += 1
        if broken:
            at = min(at, len(rest) - 1)
            while rest[at] != b"\n":
                at += 1
            lines = b"\0".join(rest[start:at]).split(b"\0\n") if start < at else [b""]
            text = [b""]
            for unit in rest[start:at]:
                text = [*text, b""] if unit == b"\n" else [*text[:-1], text[-1] + unit]
            assert len(lines) <= len(text)
            yield from (("bad_quote" if line else "blank", []) for line in text)
        elif at == start:
            yield "blank", []
        elif stray:
            yield "bad_quote", []
        elif len(fields) != 2:
            yield ("too_many_columns" if len(fields) > 2 else "missing_columns"), []
        else:
            yield "row", fields
        at += 1


@pytest.mark.parametrize("rule", ["none", "quoted", "mysql", "postgres"])
@given(data=st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join), sliced=st.booleans())
@RELAXED
def test_each_rule_of_escapes(read: Read, rule: str, data: bytes, sliced: bool) -> None:
    data += b"\nz,z\n"
    if units(data, rule)[-1] != b"\n":
        data += b"z\n"
    outcome = read(
        b"a,b\n" + data, sliced=sliced, delimiter=",", quote='"', escape=rule, line_end="lf"
    )
    expected = list(enumerate(records(data, rule), 2))
    decoded = [
        (line, *(None if field is None else field.decode() for field in fields))
        for line, (kind, fields) in expected
        if kind == "row"
    ]
    assert outcome.rows == decoded
    assert outcome.codes == [
        (line, kind) for line, (kind, _) in expected if kind not in ("row", "blank")
    ]
