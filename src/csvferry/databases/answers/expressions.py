"""SQL in the definition of a table: each piece of it is one closed expression.

A run repeats CHECK clauses, defaults, computed columns and parts of indexes, as only the server
knows what they mean. Who made the table wrote them. One that is not closed in itself would end the
expression that it is put into, and is refused.
"""

import re

from csvferry.errors import TargetError

_NAMES = r'"(?:[^"]|"")*"|`(?:[^`]|``)*`'
_REST = r"[()]|[^'\"`()\[/;#-]+|."
_MYSQL = re.compile(rf"'(?:[^'\\]|''|\\.)*'|{_NAMES}|--(?=\s|\Z)|/\*|{_REST}", re.DOTALL)
_SQLITE = re.compile(
    rf"'(?:[^']|'')*'|{_NAMES}|\[[^]]*\]|--[^\n]*\n|--|/\*.*?\*/|/\*|{_REST}", re.DOTALL
)
# What begins something that does not end, and what MySQL's own wording never has.
_OPEN = {"'", '"', "`", "--", "/*", ";"}
_TYPE = re.compile(r"[A-Za-z][\w ]*+(\([\d, ]*+\)[\w ]*+)?", re.ASCII)


def mysql_expression(sql: str) -> str:
    """The expression, as MySQL or MariaDB words it. Raises TargetError."""
    return _closed(sql, _MYSQL, {*_OPEN, "#"})


def sqlite_expression(sql: str) -> str:
    """The expression, as a statement that SQLite keeps has it. Raises TargetError."""
    return _closed(sql, _SQLITE, {*_OPEN, "["})


def is_type_name(sql: str) -> bool:
    """Whether it is the name of a type, perhaps with numbers, and nothing else."""
    return bool(_TYPE.fullmatch(sql))


def _closed(sql: str, tokens: re.Pattern[str], refused: set[str]) -> str:
    depth = 0
    for token in tokens.finditer(sql):
        depth += (token[0] == "(") - (token[0] == ")")
        if token[0] in refused or depth < 0:
            break
    else:
        if depth == 0:
            return sql
    raise TargetError(
        "the table's definition has an expression that does not end in itself",
        "look at its CHECK clauses, defaults, computed columns and indexes",
    )
