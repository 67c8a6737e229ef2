"""What texts of a user take from the environment: `~/` in paths, `${NAME}` in a configuration.

A `csvferry.toml` may be somebody else's, and its addresses lead to other machines. So it sees
variables that are called `CSVFERRY_…` and those that `CSVFERRY_PASS_ENV` lists, and no secret.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from csvferry.errors import UsageError

PASSED = "CSVFERRY_PASS_ENV"
SECRETS = ("CSVFERRY_PASSWORD", "MYSQL_PWD")
_OWN = "CSVFERRY_"
_VARIABLE = re.compile(r"\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^{}]*))?\})?")


def expand(text: str, environment: Mapping[str, str]) -> str:
    """The text with `${NAME}` and `${NAME:-default}` replaced; nothing else is special.

    Raises UsageError: a variable that is not set, not given to configurations, or no name.
    """
    listed = {name.strip() for name in environment.get(PASSED, "").split(",")}
    return _VARIABLE.sub(lambda found: _value(found, environment, listed), text)


def _value(found: re.Match[str], environment: Mapping[str, str], listed: set[str]) -> str:
    name, otherwise, default = found.groups()
    if name is None:
        raise UsageError("${ begins no variable", "write ${NAME} or ${NAME:-default}")
    if name in SECRETS:
        raise UsageError(
            f"${{{name}}} is a password, which no address takes", "leave it out: it is used unasked"
        )
    if not name.startswith(_OWN) and name not in listed:
        raise UsageError(
            f"${{{name}}} is not given to configurations",
            f"call it {_OWN}{name}, or set {PASSED}={name}",
        )
    value = environment.get(name, "")
    if not value and otherwise is None:
        raise UsageError(f"{name} is not set", f"set it, or write ${{{name}:-default}}")
    return value or default or ""


def local_path(text: str) -> Path:
    """`~` and `~/…` are the user's home; every other text is taken as it is.

    `pathlib` alone would take `./~root/people.csv` for a file in root's home, and a file that is
    called `~people.csv` for a user.
    """
    if text == "~" or text.startswith("~/"):
        return Path.home() / text[2:]
    return Path(text)
