"""Character sets narrower than Unicode: which characters a column holds, in how many bytes.

MySQL's sets (manual, 12.10 "Supported Character Sets and Collations") are Python's codecs but
for the characters below; MariaDB's are the same. A character counts as held where the server
gives it back as it was. Tests prove the table against both.
"""

from dataclasses import dataclass
from functools import cache

from csvferry.model.quoting import text


@dataclass(frozen=True)
class _Set:
    """A Python codec, and what differs from it: code points by their bytes, and those dropped."""

    codec: str | None
    one: str = ""
    two: str = ""
    three: str = ""
    four: str = ""
    drop: str = ""


_ALL = {"utf8mb4", "utf16", "utf16le", "utf32", "gb18030", "binary"}
_PLANE = {"utf8mb3", "utf8", "ucs2"}  # the Basic Multilingual Plane
_NOT_ASCII = {"swe7"}
_SETS = {
    "armscii8": _Set(None, one="1-a0 a7 ab bb 531-556 55b-55f 561-586 589 2014 2019 2026 2741"),
    "ascii": _Set("ascii"),
    "big5": _Set("big5", two="58bb 5afa 6052 7881 7ca7 88cf 92b9 fffd", drop="2cd 2574 ffe3"),
    "cp1250": _Set("cp1250"),
    "cp1251": _Set("cp1251"),
    "cp1256": _Set("cp1256", drop="679 688 691 6a9 6ba 6be 6c1 6d2"),
    "cp1257": _Set("cp1257"),
    "cp850": _Set("cp850"),
    "cp852": _Set("cp852"),
    "cp866": _Set("cp866", one="b2 207f", drop="a4 2116"),
    "cp932": _Set("cp932", drop="80 f8f0-f8f3"),
    "dec8": _Set(
        None,
        one=("1-a5 a7 a9-ab b0-b3 b5-b7 b9-bd bf-cf d1-d6 d8-dc df-ef f1-f6 f8-fc ff 152-153 178"),
    ),
    "eucjpms": _Set(
        "euc_jp",
        two=(
            "2116 2121 2160-2169 2211 221f 2225 222e 22bf 2460-2473 301d 301f 3231-3232 3239 "
            "32a4-32a8 3303 330d 3314 3318 3322-3323 3326-3327 332b 3336 333b 3349-334a 334d "
            "3351 3357 337b-337e 338e-338f 339c-339e 33a1 33c4 33cd e000-e3ab ff0d ff5e "
            "ffe0-ffe2"
        ),
        three=(
            "2170-2179 4efc 50f4 51ec 5307 5324 548a 5759 589e 5bec 5cf5 5d53 5fb7 6085 6120 "
            "654e 663b 6665 6801 6a6b 6ae2 6df2 6df8 7028 70bb 7501 7682 769e 7930 7ae7 7da0 "
            "7dd6 8362 85b0 8807 8b7f 8cf4 8d76 90de 9115 9592 973b 974d 9751 999e 9ad9 9b72 "
            "9ed1 e3ac-e757 f929 f9dc fa0e-fa2d ff02 ff07 ffe4"
        ),
        drop="a2-a3 a6 ac 2016 2212 301c",
    ),
    "euckr": _Set("cp949"),
    "gb18030": _Set("gb18030", two="1e3f", four="e7c7"),
    "gb2312": _Set("gb2312"),
    "gbk": _Set("gbk"),
    "geostd8": _Set(
        None,
        one=(
            "1-7f a0-bf 10d0-10f5 2013-2014 2018-201a 201c-201e 2020-2022 2026 2030 2039-203a "
            "20ac 2116"
        ),
    ),
    "greek": _Set("iso8859_7", one="2bc-2bd", drop="37a 2018-2019 20ac 20af"),
    "hebrew": _Set("iso8859_8", one="203e", drop="af"),
    "hp8": _Set(
        None,
        one=(
            "1-a5 a7-a8 aa-ab af-b1 b4-b7 ba-d6 d8-f6 f8-ff 160-161 178 192 2c6 2cb 2dc 2014 "
            "20a4 25a0"
        ),
    ),
    "keybcs2": _Set(
        None,
        one=(
            "1-7f a0-a1 ab b0-b2 b5 b7 bb-bc c1 c4 c9 cd d3-d4 d6 da dc-dd df e1 e4 e9 ed "
            "f3-f4 f6-f7 fa fc-fd 10c-10f 11a-11b 139-13a 13d-13e 147-148 154-155 158-159 "
            "160-161 164-165 16e-16f 17d-17e 393 398 3a3 3a6 3a9 3b1 3b4-3b5 3c0 3c3-3c4 3c6 "
            "207f 2219-221a 221e 2229 2248 2261 2264-2265 2320-2321 2500 2502 250c 2510 2514 "
            "2518 251c 2524 252c 2534 253c 2550-256c 2580 2584 2588 258c 2590-2593 25a0"
        ),
    ),
    "koi8r": _Set("koi8_r"),
    "koi8u": _Set("koi8_u", one="2022", drop="2219"),
    "latin1": _Set("cp1252", one="81 8d 8f-90 9d"),
    "latin2": _Set("iso8859_2"),
    "latin5": _Set("iso8859_9"),
    "latin7": _Set("iso8859_13"),
    "macce": _Set("mac_latin2"),
    "macroman": _Set("mac_roman"),
    "sjis": _Set("shift_jis", two="5c", drop="ff3c"),
    "swe7": _Set(None, one="1-3f 41-5a 5f 61-7a c4-c5 c9 d6 dc e4-e5 e9 f6 fc"),
    "tis620": _Set("tis_620", one="fffd"),
    "ujis": _Set("euc_jp", two="e000-e3ab", three="e3ac-e757", drop="ff3c"),
}


def known(charset: str | None) -> bool:
    """Whether the character set is one of those that are judged here; None is no text."""
    return charset is None or charset in _ALL or charset in _PLANE or charset in _SETS


def lacking(charset: str | None, field: str) -> str | None:
    """SQL that is TRUE where a field has a character that the set lacks; None if it lacks none."""
    if charset is None or charset in _ALL:
        return None
    held = r"\x00-\x{ffff}" if charset in _PLANE else _class(frozenset(widths(charset)))
    return f"NOT regexp_full_match({field}, {text(f'(?s)[{held}]*')})"


def has_ascii(charset: str | None) -> bool:
    """Whether the set has all of ASCII."""
    return charset not in _NOT_ASCII


def octets(charset: str | None, field: str) -> str:
    """SQL of the number of bytes that a field takes in the character set."""
    match charset:
        case None | "utf8mb4" | "utf8mb3" | "utf8" | "binary":
            return f"strlen({field})"
        case "utf32":
            return f"4 * length({field})"
        case "ucs2" | "utf16" | "utf16le":
            return f"2 * (length({field}) + {_count(field, _ASTRAL)})"
        case "gb18030":
            four = f"{_ASTRAL}{_of_width(charset, 4)}"
            return f"(length({field}) + {_count(field, _BEYOND)} + 2 * {_count(field, four)})"
    wide = _of_width(charset, 2) + _of_width(charset, 3)
    three = _of_width(charset, 3)
    more = "".join(f" + {_count(field, some)}" for some in (wide, three) if some)
    return f"(length({field}){more})"


_ASTRAL, _BEYOND = r"\x{10000}-\x{10ffff}", r"\x{80}-\x{10ffff}"


@cache
def widths(charset: str) -> dict[int, int]:
    """How many bytes each code point of the Basic Multilingual Plane takes that the set has."""
    differs = _SETS[charset]
    taken = _codec(differs.codec) if differs.codec else {}
    for width, points in enumerate(_added(differs), start=1):
        taken |= dict.fromkeys(_points(points), width)
    for point in _points(differs.drop):
        del taken[point]
    return taken


def _added(differs: _Set) -> tuple[str, str, str, str]:
    return differs.one, differs.two, differs.three, differs.four


_PLANE_POINTS = (*range(1, 0xD800), *range(0xE000, 0x10000))


def _codec(name: str) -> dict[int, int]:
    """The width of each point that comes back as it was."""
    whole = "".join(map(chr, _PLANE_POINTS)).encode(name, "ignore")
    some = whole.decode(name, "ignore")
    points = map(ord, some) if len(some) == len(whole) else _PLANE_POINTS  # a byte a character
    taken = {}
    for point in points:
        coded = chr(point).encode(name, "ignore")
        if coded and coded.decode(name, "ignore") == chr(point):
            taken[point] = len(coded)
    return taken


def _points(ranges: str) -> list[int]:
    bounds = [[int(end, 16) for end in part.split("-")] for part in ranges.split()]
    return [point for bound in bounds for point in range(bound[0], bound[-1] + 1)]


@cache
def _class(points: frozenset[int]) -> str:
    """The points as the inside of a regular expression's brackets."""
    starts = sorted(point for point in points if point - 1 not in points)
    ends = sorted(point for point in points if point + 1 not in points)
    return "".join(rf"\x{{{a:x}}}-\x{{{b:x}}}" for a, b in zip(starts, ends, strict=True))


def _of_width(charset: str, width: int) -> str:
    return _class(frozenset(point for point, taken in widths(charset).items() if taken == width))


def _count(field: str, characters: str) -> str:
    return f"length(regexp_replace({field}, {text(f'[^{characters}]')}, '', 'g'))"
