"""JSON: what RFC 8259 allows and the server keeps (manual, 13.5 "The JSON Data Type").

MySQL stores a document parsed: the last of two equal keys, numbers as 64-bit integers or
DOUBLE, at most 100 levels. MariaDB stores the text, of which JSON_VALID reads 31 levels.
"""

from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Kind, Type
from csvferry.model.server import Server
from csvferry.validation.numbers import bent
from csvferry.validation.predicates import Fault, Rules, let

_STRING = r'"(?:[^"\\]|\\.)*"'
_KEY = _STRING + "[\t\n\r ]*:?"  # each string, with the colon that makes it a key
_NUMBER = "-?[0-9][0-9.eE+-]*"
_OBJECT = r"\{[^][{}]*\}"
_INNERMOST = rf"{_OBJECT}|\[[^][{{}}]*\]"
# What a glance can't judge: a backslash, space before a colon, and what may be lenient or too long.
_SUSPECT = (
    r"(?i)\\|\"[\t\n\r ]+:|,[\t\n\r ]*[\]}]|[,:\[][\t\n\r ]*-?(?:nan|inf)"
    r"|^[\t\n\r ]*-?(?:nan|inf)|[0-9.]{16}|[0-9]e[0-9+-]"
)
# What DuckDB's parser takes and RFC 8259 does not: a comma before a bracket, NaN, Infinity.
_LENIENT = r"(?i),[\t\n\r ]*[\]}]|nan|inf"


def json(field: str, server: Server) -> Rules:
    """A JSON text of which the server keeps everything."""
    bare = f"regexp_replace({field}, {text(_STRING)}, '\"\"', 'g')"
    invalid = f"NOT json_valid({field}) OR regexp_matches({bare}, {text(_LENIENT)})"
    levels = server.traits.json_levels
    deep = _nested(field, bare, levels, "e.rest SIMILAR TO '.*[][{}].*'")
    deep = f"CASE WHEN {_brackets(bare)} <= {levels} THEN FALSE ELSE {deep} END"
    faults = [
        Fault(Code.BAD_TYPE, invalid, "not JSON"),
        Fault(Code.BAD_VALUE, deep, f"JSON nested deeper than {levels} levels"),
    ]
    if not server.traits.json_is_text:
        faults += [
            Fault(Code.BAD_VALUE, _repeats(field, bare, levels), "a JSON object with a key twice"),
            Fault(Code.BAD_VALUE, _unkept(bare), "a number in JSON that a DOUBLE can't keep"),
        ]
    return Rules(_plain(field, levels), tuple(faults))


def _plain(field: str, levels: int) -> str:
    """SQL: TRUE where a glance tells that nothing is wrong."""
    strings = f'regexp_extract_all({field}, \'"[^"]*":?\')'
    keys = f"list_filter({strings}, lambda s: ends_with(s, ':'))"
    repeated = let("k", keys, "list_unique(k) < len(k)")
    few = f"{_brackets(field)} <= {levels}"
    suspect = f"regexp_matches({field}, {text(_SUSPECT)})"
    return f"(json_valid({field}) AND {few} AND NOT {suspect} AND NOT {repeated})"


def _brackets(bare: str) -> str:
    """SQL of how many objects and arrays there are, which no nesting exceeds."""
    return f"(strlen({bare}) - strlen(replace(replace({bare}, '[', ''), '{{', '')))"


def _repeats(field: str, bare: str, levels: int) -> str:
    """SQL: TRUE where an object has a key twice; documents without equal keys are told at once."""
    strings = f"regexp_extract_all({field}, {text(_KEY)})"
    raw = f"list_filter({strings}, lambda s: ends_with(s, ':'))"
    keys = f"list_transform({raw}, lambda s: rtrim(s, chr(9) || chr(10) || chr(13) || ' :'))"
    distinct = "list_unique(k) = len(k) AND NOT contains(array_to_string(k, ''), chr(92))"
    nested = _nested(field, bare, levels, "e.twice")
    return let("k", keys, f"CASE WHEN {distinct} THEN FALSE ELSE {nested} END")


def _nested(field: str, bare: str, levels: int, body: str) -> str:
    """SQL of `body`, in which `e.rest` is the document without its innermost `levels` levels.

    `e.twice` says whether an object among them has a key twice. Strings are replaced by their
    hashes, so that brackets are only brackets and each key has one spelling.
    """
    plain = f"CASE WHEN json_valid({field}) THEN json({field}) END"
    hidden = f"replace(replace({plain}, chr(92) || chr(92), chr(1)), chr(92) || chr(34), chr(2))"
    coded = "lambda x, i: CASE WHEN i % 2 = 0 THEN md5(x) ELSE x END"
    start = f"array_to_string(list_transform(string_split({hidden}, chr(34)), {coded}), chr(34))"
    keys = "regexp_extract_all(o, '\"[0-9a-f]{32}\":')"
    doubled = f"lambda o: list_unique({keys}) < len({keys})"
    objects = f"regexp_extract_all(d.rest, '{_OBJECT}')"
    twice = f"d.twice OR len(list_filter({objects}, {doubled})) > 0"
    step = f"{{'rest': regexp_replace(d.rest, '{_INNERMOST}', '0', 'g'), 'twice': {twice}}}"
    steps = f"1 + least({levels}, {_brackets(bare)})"
    first = f"list_resize([{{'rest': {start}, 'twice': FALSE}}], ({steps})::INTEGER)"
    return let("e", f"list_reduce({first}, lambda d, unused: {step})", body)


def _unkept(bare: str) -> str:
    """SQL: TRUE where a number is neither a 64-bit integer nor what a DOUBLE shows again."""
    long = "lambda t: strlen(t) > 15 OR regexp_matches(t, '[eE]')"
    numbers = f"list_filter(regexp_extract_all({bare}, '{_NUMBER}'), {long})"
    whole = "regexp_full_match(t, '-?[0-9]{1,20}')"
    kept = f"TRY_CAST(t AS HUGEINT) BETWEEN {-(2**63)} AND {2**64 - 1}"
    lost = (
        f"CASE WHEN {whole} AND {kept} THEN FALSE ELSE {bent(Type(Kind.DOUBLE, 'DOUBLE'), 't')} END"
    )
    return f"len(list_filter({numbers}, lambda t: {lost})) > 0"
