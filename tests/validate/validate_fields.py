"""Columns, and texts that a file may have in them: good, nearly good, and anything at all."""

import json
from collections.abc import Sequence
from uuid import UUID

from hypothesis import strategies as st

from csvferry.model.schema import Column, Kind, Type, parse_type

SPACES = ["", "", "", " ", "\t", "\n", "\v", "\f", "\r", "  ", "\u00a0", "\u2003"]
ODDITIES = [
    *(
        "",
        " ",
        "NULL",
        "null",
        "\\N",
        "true",
        "FALSE",
        "nan",
        "inf",
        "-",
        "+",
        ".",
        "e",
        "1e",
        "0x10",
    ),
    *("1_000", "1,000", "１２", "١٢", "\ufeff1", "1e999999999999", "0e99999999999", "-1e-99999999"),  # noqa: RUF001
    *("0000-00-00", "0000-00-00 00:00:00", "2024-1-5", "20240105", "24-01-05", "2024-01-05Z"),
]


def column(declaration: str, charset: str | None = None, collation: str | None = None) -> Column:
    """A nullable column of that declaration."""
    return Column("v", parse_type(declaration), charset=charset, collation=collation)


def fields(of: Column) -> st.SearchStrategy[str]:
    """Texts for the column, mostly near to what it takes; none with NUL, which no reader passes."""
    good = _good(of)
    return st.one_of(
        good,
        good,
        good,
        st.builds("{}{}{}".format, st.sampled_from(SPACES), good, st.sampled_from(SPACES)),
        good.flatmap(_mutated),
        st.sampled_from(ODDITIES),
        _words(20),
    ).filter(lambda text: "\0" not in text)


def _good(of: Column) -> st.SearchStrategy[str]:
    kind, type_ = of.type.kind, of.type
    if kind in (Kind.INTEGER, Kind.BOOLEAN, Kind.BIT):
        return _whole(type_)
    if kind in (Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE):
        return _numbers(type_)
    if kind in (Kind.DATE, Kind.DATETIME, Kind.TIMESTAMP, Kind.TIME, Kind.YEAR):
        return _moments(kind)
    if kind in (Kind.ENUM, Kind.SET):
        return _members(type_.members)
    if kind is Kind.JSON:
        return _documents()
    if kind is Kind.UUID:
        return _identifiers()
    return _texts(type_)


def _whole(type_: Type) -> st.SearchStrategy[str]:
    width = type_.bits or type_.length or 1
    edges = [
        sign * (2**bits + off)
        for bits in (0, 7, 8, width - 1, width)
        for off in (-1, 0, 1)
        for sign in (1, -1)
    ]
    value = st.one_of(st.sampled_from(edges), st.integers(-(2**65), 2**65), st.integers(-300, 300))
    return st.one_of(
        value.map(str),
        value.map(str),
        st.builds(_spelt, value, st.sampled_from(["{}.0", "{}.", "+{}", "0{}", "{}e0", "{}.50"])),
        st.builds("{}e{}".format, st.integers(-999, 999), st.integers(-4, 21)),
        st.sampled_from(["true", "False", "TRUE", "fALSE", "yes", "t"]),
    )


def _spelt(value: int, form: str) -> str:
    return ("-" if value < 0 else "") + form.format(abs(value))


def _numbers(type_: Type) -> st.SearchStrategy[str]:
    whole, scale = (type_.precision - type_.scale, type_.scale) if type_.precision else (7, 7)
    digits = st.text("0123456789", max_size=whole + 1)
    nines = st.integers(0, whole + 1).map(lambda n: "9" * n)
    places = st.text("0123459", max_size=scale + 2) | st.integers(0, 90).map(lambda n: "0" * n)
    body = st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), digits | nines, places)
    exponent = st.integers(-50, 50) | st.integers(-330, 330)
    real = st.floats(allow_nan=False, allow_infinity=False)
    return st.one_of(
        body,
        st.builds("{}{}".format, st.sampled_from(["", "-"]), digits),
        st.builds("{}e{}".format, body, exponent),
        real.map(repr),
        real.map(lambda value: format(value, ".17e")),
        st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda v: format(v, ".6g")),
        st.builds("{}.{}".format, st.integers(-(10**10), 10**10), st.integers(0, 10**8)),
    )


def _moments(kind: Kind) -> st.SearchStrategy[str]:
    two = st.one_of(
        st.integers(0, 61), st.sampled_from([0, 1, 2, 12, 23, 24, 28, 29, 30, 31, 59, 60])
    )
    year = st.sampled_from([0, 1, 4, 100, 1900, 1969, 1970, 2000, 2023, 2024, 2038, 2155, 9999])
    day = st.builds("{:04}-{:02}-{:02}".format, year | st.integers(0, 9999), two, two)
    real = st.dates().map(str)
    clock = st.builds("{:02}:{:02}:{:02}".format, two, two, two) | st.times().map(str)
    edges = [
        "1970-01-01 00:00:00",
        "1970-01-01 00:00:01",
        "2038-01-19 03:14:07",
        "2038-01-19 03:14:08",
    ]
    fraction = st.just("") | st.text("0123456789", max_size=8).map(lambda digits: f".{digits}")
    zeros = st.integers(0, 9).map(lambda n: "." + "0" * n)
    if kind is Kind.YEAR:
        return st.integers(0, 2200).map("{:04}".format) | st.integers(0, 99).map(str)
    if kind is Kind.TIME:
        hours = st.integers(0, 30) | st.integers(830, 840)
        span = st.builds(
            "{}{:02}:{:02}:{:02}{}".format,
            st.sampled_from(["", "-"]),
            hours,
            two,
            two,
            fraction | zeros,
        )
        short = st.builds("{:02}:{:02}{}".format, two, two, fraction)
        return st.one_of(span, clock, short, st.builds("838:59:59{}".format, fraction | zeros), day)
    moment = st.builds(
        "{}{}{}{}".format, day | real, st.sampled_from(" T"), clock, fraction | zeros
    )
    edge = st.builds("{}{}".format, st.sampled_from(edges), fraction | zeros)
    midnight = st.builds("{} 00:00:00{}".format, real, zeros)
    short = st.builds("{} {:02}:{:02}{}".format, real, two, two, fraction)
    return st.one_of(moment, real, day, st.datetimes().map(str), edge, midnight, short)


def _members(members: Sequence[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(members)
    some = st.lists(one, max_size=4).map(",".join)
    inorder = st.sets(one).map(lambda chosen: ",".join(m for m in members if m in chosen))
    return st.one_of(
        one,
        inorder,
        some,
        one.map(str.upper),
        one.map(str.lower),
        one.map("{} ".format),
        st.integers(0, 9).map(str),
    )


def _documents() -> st.SearchStrategy[str]:
    key = st.sampled_from(["a", "b", "A", "\\", '"', "é", ":", "]", "}", ""])
    number = st.one_of(st.integers(), st.integers(2**63 - 2, 2**64 + 2), st.floats(allow_nan=False))
    leaf = st.one_of(st.none(), st.booleans(), number, _words(5))
    value = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(key, inner), max_leaves=6
    )
    dumped = st.builds(
        json.dumps, value, indent=st.sampled_from([None, 1]), ensure_ascii=st.booleans()
    )
    pairs = st.lists(st.tuples(key.map(json.dumps) | st.just('"\\u0061"'), dumped), max_size=3)
    loose = pairs.map(lambda given: "{" + ",".join(f"{k} : {v}" for k, v in given) + "}")
    deep = st.builds(lambda n, inner: "[" * n + inner + "]" * n, st.integers(29, 103), dumped)
    deep_objects = st.integers(29, 103).map(lambda n: '{"a":' * n + "1" + "}" * n)
    raw = _numbers(parse_type("DOUBLE"))
    nested = st.builds("[{}, {}]".format, loose, loose)
    return st.one_of(dumped, loose, raw, deep, deep_objects, nested)


def _identifiers() -> st.SearchStrategy[str]:
    few = st.sampled_from([UUID(int=0), UUID(int=2**128 - 1), UUID(int=10**37)])
    form = st.sampled_from(["{}", "{0.hex}", "{{{}}}", "urn:uuid:{}"])
    text = st.builds(lambda form, value: form.format(value), form, few | st.uuids())
    return st.one_of(text, text.map(str.upper), text.map(str.title))


def _texts(type_: Type) -> st.SearchStrategy[str]:
    if type_.length is not None and type_.length <= 300:
        near = st.integers(max(0, type_.length - 2), type_.length + 2)
        ends = st.sampled_from(["", " ", "  ", "\t"])
        filled = near.flatmap(lambda n: st.text(_characters(), min_size=n, max_size=n))
        if type_.length > 20:
            filled = st.builds(lambda n, char: char * n, near, _characters())
        return st.one_of(
            _words(min(type_.length, 20) + 2), filled, st.builds("{}{}".format, filled, ends)
        )
    limit = type_.octets if type_.octets is not None and type_.octets <= 255 else 20
    one = st.builds(lambda char, n: char * n, _characters(), st.integers(0, limit + 2))
    edge = st.builds(
        lambda char, near: char * max(0, limit // len(char.encode()) + near),
        _characters(),
        st.integers(-1, 1),
    )
    return st.one_of(_words(limit + 1), one, edge, st.builds("{}{}".format, edge, _words(3)))


def _characters() -> st.SearchStrategy[str]:
    letters = st.sampled_from(
        "aZ09 \\'\"~¥ßéñ€“АЯяעאبΩά한글日本語中文ｱ①№™ŁłŠ‾‖−￥＼～－\u0081\x7f😀𠀀"  # noqa: RUF001
    )
    return letters | st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def _words(longest: int) -> st.SearchStrategy[str]:
    return st.text(_characters(), max_size=longest)


def _mutated(text: str) -> st.SearchStrategy[str]:
    """The text with a character put in, taken out or doubled."""
    at = st.integers(0, len(text))
    character = st.sampled_from("0123456789+-. eET:/_,'x\\ \"[{é") | _characters()
    return st.one_of(
        st.builds(lambda n, char: text[:n] + char + text[n:], at, character),
        st.builds(lambda n: text[:n] + text[n + 1 :], at),
        st.builds(lambda n, char: text[:n] + char + text[n + 1 :], at, character),
    )
