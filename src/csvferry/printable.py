"""The one way out for text: nothing that is printed, logged or raised is obeyed by a terminal.

Names of files, columns, tables and users, and words of a server, are anybody's. A line end in them
would begin a line of its own in a log, an escape would draw on the screen, a bidirectional control
would show another order than there is (Unicode, TR 36, "Bidirectional Text Spoofing").
"""

import json
import logging
import re
from typing import Any

_ESCAPED = re.compile(r"[^\x20-\x7e]")


def printable(text: str) -> str:
    """The text with each character that does not show as itself in Python's escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def json_line(value: object) -> str:
    """The value as one line of JSON; what does not show as itself is escaped as JSON has it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if text.isprintable():
        return text
    return _ESCAPED.sub(lambda found: _in_json(found[0]), text)


def _in_json(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


class _OneLine(logging.Filter):
    """Makes each record's message printable, whoever handles it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = printable(record.getMessage()), None
        return True


def get_logger(name: str) -> logging.Logger:
    """The logger of a module of csvferry: each of its records is one line."""
    logger = logging.getLogger(name)
    if not any(isinstance(one, _OneLine) for one in logger.filters):
        logger.addFilter(_OneLine())
    return logger


def shown(value: Any) -> str:
    """A value of any kind for a person; NULL stands for None."""
    if value is None:
        return "NULL"
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return printable(text)
