"""Whether a server is a node of a cluster."""

from collections.abc import Callable
from typing import Any

from csvferry.databases.answers.rows import Flag, value_of
from csvferry.errors import DatabaseError

_UNKNOWN = 1193  # variable
_CAN_BE = ("mariadb", "wsrep", "xtradb cluster")


def is_node(words: str, query: Callable[[str], list[tuple[Any, ...]]]) -> bool:
    """Of a cluster; `words`: what the server calls itself. Raises DatabaseError."""
    if not any(word in words.lower() for word in _CAN_BE):
        return False
    try:
        return bool(value_of(Flag, query("SELECT @@wsrep_on")))
    except DatabaseError as error:
        if error.code != _UNKNOWN:
            raise
        return False
