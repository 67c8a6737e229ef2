"""The command that syncs a file of rejected rows once they are fixed: the run's own options.

They stand in the ledger, where others may be able to write. So only options that say how rows are
read and told apart are taken from there, each by its name, and every word is quoted for the shell.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from csvferry.config.columns.rules import ColumnRule
from csvferry.config.feed import DEFAULT_TARGET, Feed, field_options
from csvferry.config.option import READING
from csvferry.ledger.records import Entry, Header
from csvferry.model.mapping import Mode

# The file's own way is in its header; a file of rejects is UTF-8 and of lines alone. The guards are
# about whole files.
_NOT_OF_ROWS = frozenset(
    {
        *("to", "table", "mode", "state", "memory", "full", "allow_untested_server", "types"),
        *("encoding", "delimiter", "quote", "header", "line_end"),
        *("skip_lines", "skip_footer", "comment", "copy_unsafe_links", "sheet", "snapshot"),
    }
)
_GUARDS = ("max_", "min_", "allow_")
_SHORT = {"\t": r"\t"}


def options_of(feed: Feed) -> dict[str, list[str]]:
    """What the feed says of how rows are read and told apart, as values of the command line."""
    given = feed.model_fields_set & _names()
    return {name: list(_values(getattr(feed, name))) for name in sorted(given)}


def command(path: Path, target: str, options: Sequence[str]) -> str:
    """The whole command for the file at `path`, with the options of `sync_options`."""
    to = [] if target == DEFAULT_TARGET else _option("to", without_password(target))
    return shlex.join(["csvferry", "sync", str(path), *to, *options])


def sync_options(entry: Entry, header: Header) -> tuple[str, ...]:
    """What follows the file in a command; mirror would delete the rows that the file lacks."""
    words = _option("table", entry.table_name)
    if entry.mode is not Mode.INSERT:
        words += _option("mode", Mode.UPSERT.value)
    for name, sign, usual in (("delimiter", header.delimiter, ","), ("quote", header.quote, '"')):
        if sign != usual:
            words += _option(name, _SHORT.get(sign, sign))
    if not header.line:
        words.append("--no-header")
    if "dialect" in header.options:  # it may say otherwise of line ends
        words += _option("line-end", "lf")
    return (*words, *_of_rows(header.options), *_option("settles", entry.run))


def without_password(url: str) -> str:
    """The address without its password, which `CSVFERRY_PASSWORD` gives."""
    scheme, separator, rest = url.partition("://")
    place, slash, more = rest.partition("/")
    user, at, host = place.rpartition("@")
    return f"{scheme}{separator}{user.partition(':')[0]}{at}{host}{slash}{more}"


def _names() -> set[str]:
    known = field_options()
    reading = {name for name in known if known[name].commands >= READING}
    return {name for name in reading - _NOT_OF_ROWS if not name.startswith(_GUARDS)}


def _values(value: object) -> Iterator[str]:
    """Each value of an option; a switch has none."""
    if isinstance(value, bool):
        return
    if isinstance(value, Mapping):
        for name, declared in value.items():
            rule = isinstance(declared, ColumnRule)
            yield _declaration(name, declared) if rule else f"{name}={declared}"
    elif not isinstance(value, tuple):
        yield str(value)
    elif value and isinstance(value[0], tuple):
        yield from (",".join(names) for names in value)
    else:
        yield from value


def _declaration(name: str, rule: ColumnRule) -> str:
    """A column's rule as a line of TOML, whose strings and arrays are JSON's too."""
    said = rule.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    parts = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items())
    return f"{json.dumps(name, ensure_ascii=False)} = {{ {', '.join(parts)} }}"


def _of_rows(options: Mapping[str, list[str]]) -> Iterator[str]:
    known = field_options()
    for name in sorted(options.keys() & _names()):
        word, values = known[name].word(name), options[name]
        if not known[name].repeated and len(values) > 1:
            values = [",".join(values)]
        for value in values:
            yield from _option(word, value)
        if not values:
            yield f"--{word}"


def _option(word: str, value: str) -> list[str]:
    """A value that begins like an option is bound to its own."""
    return [f"--{word}={value}"] if value.startswith("-") else [f"--{word}", value]
