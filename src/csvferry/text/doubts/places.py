"""Where a file can be read in two ways, and the options that say in which."""

import re
from collections.abc import Callable

from csvferry.config.read_options import PRESETS, Preset
from csvferry.errors import DoubtfulDialectError
from csvferry.text.grammar import LINE_END
from csvferry.text.scanner import Good
from csvferry.text.sniffer import Dialect

QUOTED_BY_ALL = ",;"  # delimiters that values hold so often that their writers quote


def in_doubt(
    dialect: Dialect, line: int, what: str, options: str, decides: Callable[[Preset], bool]
) -> DoubtfulDialectError:
    """The error; it names the presets of the delimiter that decide it."""
    alike = [preset for preset in PRESETS.values() if preset.delimiter == dialect.delimiter]
    names = ", ".join(preset.name for preset in alike if decides(preset))
    also = f"; --dialect names the program that wrote it: {names}" if names else ""
    return DoubtfulDialectError(f"doubtful_dialect: line {line}: {what}", f"say {options}{also}")


def line_count(data: bytes) -> int:
    """How many lines end in some bytes."""
    return len(LINE_END.findall(data)) if b"\r" in data else data.count(b"\n")


def records_before(data: bytes, at: int, event: Good | None, dialect: Dialect) -> int:
    """How many records end before a byte of whole records."""
    if event is None or not event.spans:
        return line_count(data[:at])
    return sum(found.end() <= at for found in dialect.grammar.one.finditer(data))


def lone_quote(dialect: Dialect) -> re.Pattern[bytes]:
    """A quote within a field that no quotes enclose, with no backslash before it.

    Searched for behind the first byte, which may open a field.
    """
    quote, cut = re.escape(dialect.grammar.quote), dialect.grammar.delimiter
    before = rb"\\%b%b\r\n" % (quote, re.escape(cut[-1:]))
    behind = rb"%b%b\r\n" % (quote, re.escape(cut[:1]))
    return re.compile(rb"%b(?<![%b]%b)(?![%b])" % (quote, before, quote, behind))
