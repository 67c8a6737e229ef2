"""Small pieces of DuckDB SQL, and what a rule is."""

from dataclasses import dataclass

from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code

SPACE = r"[\t-\r ]*"  # what MySQL skips before a number: isspace() of the "C" locale


@dataclass(frozen=True)
class Fault:
    """Something that may be wrong with a field. `predicate` is DuckDB SQL, TRUE where it is."""

    code: Code
    predicate: str
    message: str


@dataclass(frozen=True)
class Rules:
    """`plain`: TRUE for most good fields, and cheap. `faults`: each supposes the ones before."""

    plain: str
    faults: tuple[Fault, ...]


def matches(field: str, pattern: str) -> str:
    """Whether the whole field matches; a regular expression of RE2."""
    return f"regexp_full_match({field}, {text(pattern)})"


def let(name: str, value: str, body: str) -> str:
    """`body`, in which `name` stands for `value`, computed once."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


_BLANKS = "chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || ' '"  # SPACE, as trim() takes it


def trimmed(field: str) -> str:
    """The field without space around it, as MySQL reads numbers, dates and times."""
    return f"trim({field}, {_BLANKS})"
