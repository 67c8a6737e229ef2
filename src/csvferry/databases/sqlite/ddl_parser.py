"""What SQLite tells only in the words of its CREATE statements: checks, expressions, conditions."""

import re
from collections.abc import Iterator
from itertools import pairwise

from csvferry.databases.answers.expressions import sqlite_expression
from csvferry.model.schema import Check

# What does not end ends with the statement: else it would be looked through again and again.
_TEXTS = (
    r"""'(?:[^']|'')*+(?:'|\Z)|"(?:[^"]|"")*+(?:"|\Z)|`(?:[^`]|``)*+(?:`|\Z)"""
    r"""|\[[^]]*+(?:\]|\Z)|--[^\n]*+|/\*.*?(?:\*/|\Z)"""
)
_FLAGS = re.IGNORECASE | re.DOTALL
_OPENING = re.compile(rf"{_TEXTS}|\b(CHECK|AS)\s*\(|[()]", _FLAGS)
_PIECE = re.compile(rf"{_TEXTS}|[(),]|\bWHERE\b", _FLAGS)
_ORDER = re.compile(r"(?<!\s)(?:\s++COLLATE\s++\S++)?(?:\s++(?:ASC|DESC))?\s*+$", re.IGNORECASE)


def checks(sql: str) -> Iterator[Check]:
    """The CHECK clauses of a CREATE TABLE."""
    for word, _, start, end in _clauses(sql):
        if word == "CHECK":
            yield Check(f"check at {start}", sqlite_expression(sql[start:end]))


def computed(sql: str) -> list[str]:
    """The expressions of a CREATE TABLE's computed columns, in the columns' order."""
    found = [(s, e) for word, depth, s, e in _clauses(sql) if word == "AS" and depth == 1]
    return [sqlite_expression(sql[start:end]) for start, end in sorted(found)]


def parts(sql: str) -> list[str]:
    """The parts of a CREATE INDEX, without collation and order."""
    cuts: list[int] = []
    depth = 0
    for piece in _PIECE.finditer(sql):
        depth += (piece[0] == "(") - (piece[0] == ")")
        opening, closing = piece[0] == "(" and depth == 1, piece[0] == ")" and depth == 0
        if opening or closing or (piece[0] == "," and depth == 1):
            cuts.append(piece.start())
        if closing:
            break
    words = (_ORDER.sub("", sql[start + 1 : end]).strip() for start, end in pairwise(cuts))
    return [sqlite_expression(word) for word in words]


def condition(sql: str) -> str | None:
    """The condition of a CREATE INDEX."""
    depth = 0
    for piece in _PIECE.finditer(sql):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0 and piece[0].upper() == "WHERE":
            return sqlite_expression(sql[piece.end() :].strip())
    return None


def _clauses(sql: str) -> Iterator[tuple[str, int, int, int]]:
    """Word, depth, start and end of what stands in parentheses behind a word, as they end."""
    opened: list[tuple[str, int]] = []
    for found in _OPENING.finditer(sql):
        if found[0] == ")" and opened:
            word, start = opened.pop()
            if word:
                yield word, len(opened), start, found.start()
        elif found[0][-1] == "(":
            opened.append(((found[1] or "").upper(), found.end()))


def declared(name: str) -> str:
    """A type of MySQL in SQLite's grammar, where no word stands behind the numbers."""
    found = re.fullmatch(r"([^()]*)(\([^()]*\))([^()]*)", name)
    return f"{found[1]} {found[3]} {found[2]}" if found else name
