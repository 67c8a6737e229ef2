"""Column types as values, and reading them from a declaration.

The declaration is MySQL's `COLUMN_TYPE`, a SQLite declared type or what a user gave with
`--type`. Rules: MySQL manual, "Data Types" (13) and its list of synonyms (13.9); SQLite,
"Datatypes In SQLite" (3.1).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_FIXED = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Zone:
    """A time zone. `fixed`: seconds ahead of UTC; None for a name, whose rules DuckDB knows."""

    name: str
    fixed: int | None = None


UTC = Zone("UTC", 0)


@dataclass(frozen=True)
class Zones:
    """The zone of the file's local times, and that in which the server reads and shows its own."""

    file: Zone = UTC
    session: Zone = UTC


IN_UTC = Zones()


def zone_of(name: str) -> Zone:
    """The zone of `UTC`, of an offset like `+02:00`, or of a name."""
    if name.upper() in ("UTC", "ETC/UTC", "+00:00", "-00:00"):
        return UTC
    if not (found := _FIXED.fullmatch(name)):
        return Zone(name)
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    return Zone(name, -seconds if found[1] == "-" else seconds)


class Kind(StrEnum):
    """How the values of a column are judged; the names are MySQL's."""

    INTEGER = "integer"  # TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT; `bits`, `unsigned`
    BOOLEAN = "boolean"  # TINYINT(1): an 8-bit INTEGER that takes true and false as well
    DECIMAL = "decimal"  # `precision`, `scale`, `unsigned`
    FLOAT = "float"  # `unsigned`; FLOAT(M,D): `precision`, `scale`, else 0
    DOUBLE = "double"  # as FLOAT
    BIT = "bit"  # `length` bits, written in the file as a whole number
    TEXT = "text"  # CHAR, VARCHAR: `length` characters; the TEXT family: `octets` bytes
    BINARY = "binary"  # BINARY, VARBINARY and the BLOB family: `octets` bytes
    DATE = "date"
    TIME = "time"  # `fraction` digits of seconds
    DATETIME = "datetime"  # `fraction`
    TIMESTAMP = "timestamp"  # `fraction`; an instant, told in the session's zone
    YEAR = "year"
    ENUM = "enum"  # `members`
    SET = "set"  # `members`
    JSON = "json"
    UUID = "uuid"  # MariaDB 10.7 and later
    UNSERVED = "unserved"  # spatial and other types that a CSV file can't carry


@dataclass(frozen=True)
class Type:
    """A column's type: `name` as the server writes it in DDL, the rest as `Kind` says."""

    kind: Kind
    name: str
    bits: int = 0
    unsigned: bool = False
    precision: int = 0
    scale: int = 0
    length: int | None = None
    octets: int | None = None
    fraction: int = 0
    members: tuple[str, ...] = ()
    fixed: bool = False  # CHAR and BINARY, which pad
    zones: Zones = IN_UTC  # of DATETIME and TIMESTAMP: how the file's texts are meant
    hexed: bool = False  # of BINARY: fields are hexadecimal digits

    @property
    def number(self) -> str:
        """DuckDB's type for its values where they are whole numbers, else ""."""
        if self.kind is not Kind.INTEGER:
            return ""
        return "UBIGINT" if self.unsigned else "BIGINT"

    @property
    def boolean(self) -> bool:
        """BOOLEAN, TINYINT(1) and BIT(1), which take true and false."""
        return self.kind is Kind.BOOLEAN or (self.kind is Kind.BIT and self.length in (None, 1))


TINY, SMALL, MEDIUM, LONG = 2**8 - 1, 2**16 - 1, 2**24 - 1, 2**32 - 1
UNSIZED = "DECIMAL(65,30)"  # what NUMERIC without digits means: any exact number that MySQL holds

_BITS = {
    **dict.fromkeys(("tinyint", "int1"), 8),
    **dict.fromkeys(("smallint", "int2"), 16),
    **dict.fromkeys(("mediumint", "middleint", "int3"), 24),
    **dict.fromkeys(("int", "integer", "int4"), 32),
    **dict.fromkeys(("bigint", "int8", "big int"), 64),
}
_DECIMAL = {"decimal", "dec", "numeric", "number", "fixed", "decimal text"}
_DOUBLE = {"double", "double precision", "real", "float8"}
_CHAR = {"char", "character", "nchar", "national char", "national character", "native character"}
_VARCHAR = {
    *("varchar", "char varying", "character varying", "varcharacter", "varying character"),
    *("nvarchar", "national varchar", "national character varying", "nchar varying"),
}
_TEXT = {"tinytext": TINY, "text": SMALL, "mediumtext": MEDIUM, "longtext": LONG, "clob": SMALL}
_TEXT |= {"long": MEDIUM, "long varchar": MEDIUM}
_BLOB = {"tinyblob": TINY, "blob": SMALL, "mediumblob": MEDIUM, "longblob": LONG}
_BLOB |= {"long varbinary": MEDIUM}
_TIMED = {"time": Kind.TIME, "datetime": Kind.DATETIME, "timestamp": Kind.TIMESTAMP}
_PLAIN = {"date": Kind.DATE, "json": Kind.JSON, "uuid": Kind.UUID}
_LISTED = {"enum": Kind.ENUM, "set": Kind.SET}

# MariaDB: varchar(9) /*M!100301 COMPRESSED*/; within a member's quotes it is text.
_COMMENT = re.compile(r"('(?:[^'\\]++|''|\\.?+)*+(?:'|\Z))|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"\b(unsigned|signed|zerofill)\b", re.IGNORECASE)
_SHAPE = re.compile(r"([a-z][a-z0-9_ ]*?)?\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?")
_MEMBERS = re.compile(r"(enum|set)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_MEMBER = re.compile(r"\s*'((?:[^'\\]|''|\\.)*)'\s*(,|$)", re.DOTALL)
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
# MySQL manual, "String Literals"; the server writes the members of a type so as well.
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_ESCAPES |= {"%": r"\%", "_": r"\_"}


def parse_type(declaration: str) -> Type:
    """The type that a declaration means; one that is not known is `Kind.UNSERVED`."""
    name = _COMMENT.sub(lambda found: found[1] or "", declaration).strip()
    if listed := _MEMBERS.fullmatch(name):
        return _listed(name, _LISTED[listed[1].lower()], listed[2])
    attributes = {word.lower() for word in _ATTRIBUTE.findall(name)}
    shape = _SHAPE.fullmatch(" ".join(_ATTRIBUTE.sub(" ", name).lower().split()))
    if shape is None:
        return Type(Kind.UNSERVED, name)
    numbers = [int(number) for number in shape.groups()[1:] if number is not None]
    unsigned = bool(attributes & {"unsigned", "zerofill"})
    word = shape[1] or ""
    found = _number(name, word, numbers, unsigned=unsigned)
    if found is None and not attributes:
        found = _temporal(name, word, numbers) or _string(name, word, numbers)
    return found or Type(Kind.UNSERVED, name)


def _listed(name: str, kind: Kind, inner: str) -> Type:
    members, at = [], 0
    while (match := _MEMBER.match(inner, at)) and match.end() > at:
        members.append(_ESCAPED.sub(_meant, match[1]))
        at = match.end()
        if not match[2]:
            return Type(kind, name, members=tuple(members))
    return Type(Kind.UNSERVED, name)


def _meant(escaped: re.Match[str]) -> str:
    sign = escaped[1]
    return "'" if sign is None else _ESCAPES.get(sign, sign)


def _number(name: str, word: str, numbers: list[int], *, unsigned: bool) -> Type | None:
    if word in ("bool", "boolean"):
        return Type(Kind.BOOLEAN, name, bits=8)
    if word in _BITS:
        boolean = word == "tinyint" and numbers == [1]
        kind = Kind.BOOLEAN if boolean else Kind.INTEGER
        return Type(kind, name, bits=_BITS[word], unsigned=unsigned)
    if word in _DECIMAL:
        return _decimal(name, word, numbers, unsigned=unsigned)
    if word in _DOUBLE or word == "float":
        return _floating(name, word, numbers, unsigned=unsigned)
    if word == "bit" and len(numbers) <= 1:
        return Type(Kind.BIT, name, length=numbers[0] if numbers else 1)
    return None


def _decimal(name: str, word: str, numbers: list[int], *, unsigned: bool) -> Type:
    if not numbers:
        name = name if word == "decimal text" else UNSIZED
        return Type(Kind.DECIMAL, name, unsigned=unsigned, precision=65, scale=30)
    precision, scale = (*numbers, 0)[:2]
    if precision > 65 or scale > min(precision, 30):
        return Type(Kind.UNSERVED, name)
    return Type(Kind.DECIMAL, name, unsigned=unsigned, precision=precision, scale=scale)


def _floating(name: str, word: str, numbers: list[int], *, unsigned: bool) -> Type:
    double = word != "float" or (len(numbers) == 1 and numbers[0] > 24)
    precision, scale = numbers if len(numbers) == 2 else (0, 0)
    kind = Kind.DOUBLE if double else Kind.FLOAT
    return Type(kind, name, unsigned=unsigned, precision=precision, scale=scale)


def _temporal(name: str, word: str, numbers: list[int]) -> Type | None:
    if word in _TIMED and (not numbers or (len(numbers) == 1 and numbers[0] <= 6)):
        return Type(_TIMED[word], name, fraction=numbers[0] if numbers else 0)
    if word == "year" and numbers in ([], [4]):
        return Type(Kind.YEAR, name)
    if word in _PLAIN and not numbers:
        return Type(_PLAIN[word], name)
    return None


def _string(name: str, word: str, numbers: list[int]) -> Type | None:
    if len(numbers) > 1:
        return None
    size = numbers[0] if numbers else None
    if not word and size is None:  # SQLite's column without a type
        return Type(Kind.TEXT, name, octets=LONG)
    if word in _CHAR:
        return Type(Kind.TEXT, name, length=1 if size is None else size, fixed=True)
    if word in _VARCHAR:
        return Type(Kind.TEXT, name, length=size, octets=SMALL if size is None else None)
    if word in _TEXT:
        return Type(Kind.TEXT, name, octets=_family(_TEXT[word], size, 4))
    if word == "binary":
        return Type(Kind.BINARY, name, octets=1 if size is None else size, fixed=True)
    if word == "varbinary":
        return Type(Kind.BINARY, name, octets=SMALL if size is None else size)
    if word in _BLOB:
        return Type(Kind.BINARY, name, octets=_family(_BLOB[word], size, 1))
    return None


def _family(default: int, size: int | None, width: int) -> int:
    """TEXT(n) and BLOB(n) mean the smallest of the family that holds n characters."""
    if size is None:
        return default
    return next((limit for limit in (TINY, SMALL, MEDIUM) if size * width <= limit), LONG)
