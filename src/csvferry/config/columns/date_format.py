"""Formats of dates and times in Python's codes, as regular expressions that take what Python takes.

The expressions are those of `datetime.strptime` in its C locale (Python's manual, "strftime() and
strptime() Format Codes", and `_strptime.py`), with ASCII digits; the first alternative that fits
counts, as there. Codes that depend on a locale or count weeks are not taken.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_YEAR = "000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3}"
_LOOSE = {
    "d": "3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9]",
    "f": "[0-9]{1,6}",
    "H": "2[0-3]|[0-1][0-9]|[0-9]",
    "I": "1[0-2]|0[1-9]|[1-9]",
    "j": "36[0-6]|3[0-5][0-9]|[1-2][0-9][0-9]|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]",
    "m": "1[0-2]|0[1-9]|[1-9]",
    "M": "[0-5][0-9]|[0-9]",
    "S": "6[0-1]|[0-5][0-9]|[0-9]",
    "y": "[0-9]{2}",
    "Y": _YEAR,
    "z": "[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]|(?-i:Z)",
    "A": _DAYS,
    "a": "|".join(day[:3] for day in _DAYS.split("|")),
    "B": _MONTHS,
    "b": "|".join(month[:3] for month in _MONTHS.split("|")),
    "p": "am|pm",
}
# Of full width: what most files have, and what can be put in order by one replacement.
_STRICT = {
    "d": "0[1-9]|[1-2][0-9]|3[0-1]",
    "f": "[0-9]{1,6}",
    "H": "[0-1][0-9]|2[0-3]",
    "m": "0[1-9]|1[0-2]",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
    "Y": _YEAR,
    "z": "[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]|(?-i:Z)",
}
_CODE = re.compile(r"%(.)|(\s+)|([^%\s]+)|(%)", re.DOTALL)


@dataclass(frozen=True)
class DateFormat:
    """A format that can be read. `codes`: its letters in order, each once."""

    text: str
    codes: tuple[str, ...]

    @property
    def has_date(self) -> bool:
        """Whether it says a day."""
        return bool({"Y", "y"} & set(self.codes))

    @property
    def has_time(self) -> bool:
        """Whether it says a time of day."""
        return bool({"H", "I"} & set(self.codes))

    @cached_property
    def loose(self) -> str:
        """A regular expression with a group for each code, for all that Python takes."""
        return _expression(self.text, _LOOSE)

    @cached_property
    def strict(self) -> str | None:
        """The same for values of full width; None where the format has words or short years."""
        if not set(self.codes) <= set(_STRICT):
            return None
        return _expression(self.text, _STRICT)


def parse_date_format(text: str) -> DateFormat:
    """The format. Raises ValueError, with the reason, for one that gives no date or time."""
    codes = []
    for code, _, _, lone in _CODE.findall(text):
        if lone:
            raise ValueError(f"{text!r} ends with a single %")
        if code == "%" or not code:
            continue
        if code not in _LOOSE:
            raise ValueError(f"%{code} in {text!r} is no code that csvferry reads")
        codes.append(code)
    if repeated := {code for code, count in Counter(codes).items() if count > 1}:
        raise ValueError(f"%{min(repeated)} is twice in {text!r}")
    found = DateFormat(text, tuple(codes))
    if fault := _lacks(set(codes)):
        raise ValueError(f"{text!r} {fault}")
    return found


def _lacks(codes: set[str]) -> str | None:
    """What a format is without, so that its values are no date and no time."""
    year, month = codes & {"Y", "y"}, codes & {"m", "b", "B"}
    if len(year) > 1 or len(month) > 1 or {"H", "I"} <= codes:
        return "says one thing in two ways"
    if "j" in codes and (month or "d" in codes):
        return "says one thing in two ways"
    dated = year and ((month and "d" in codes) or "j" in codes)
    if (year or month or codes & {"d", "j", "a", "A"}) and not dated:
        return "has no whole date: year, month and day"
    if ("I" in codes) != ("p" in codes):
        return "has %I without %p, or %p without %I"
    timed = codes & {"H", "I"}
    if codes & {"M", "S", "f", "z"} and not timed:
        return "has no hour"
    if ("S" in codes and "M" not in codes) or ("f" in codes and "S" not in codes):
        return "leaves a part of the time out"
    if "z" in codes and not dated:
        return "has an offset without a date"
    if not dated and not timed:
        return "has neither a date nor a time"
    return None


def _expression(text: str, parts: dict[str, str]) -> str:
    found = ""
    for code, space, literal, _ in _CODE.findall(text):
        if space:
            found += r"[\s]+"
        elif literal:
            found += re.escape(literal)
        else:
            found += "%" if code == "%" else f"({parts[code]})"
    return found
