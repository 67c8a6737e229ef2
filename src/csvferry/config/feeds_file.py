"""`csvferry.toml`: `[[feeds]]`, each over the file's `[defaults]`."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Any

from csvferry.config.environment import expand, local_path
from csvferry.config.feed import Feed, field_options, make_feed, named
from csvferry.errors import UsageError

CONFIG = "csvferry.toml"


def load_feeds(config: str | Path | None, overrides: Mapping[str, Any] | None = None) -> list[Feed]:
    """The `[[feeds]]` of a csvferry.toml, each over the file's `[defaults]`.

    Without `config` the one of the current folder counts, if it is this user's or root's. Relative
    paths that it names (source, SQLite file, state) count from its folder, those of
    `overrides` and the default target from the current one. Raises UsageError.
    """
    path = Path(config or CONFIG)
    try:
        text, owner = _read(path, found=config is None)
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", "name a source, or write csvferry.toml"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    if config is None and owner not in (0, os.geteuid()):
        raise UsageError(
            f"{path} belongs to another user (number {owner})",
            f"if you trust it: --config {path}",
        )
    feeds = parse_feeds(text, str(path), overrides or {}, path.absolute().parent)
    if config is None:
        _check_found(feeds, path)
    return feeds


def _check_found(feeds: Sequence[Feed], path: Path) -> None:
    """Raises UsageError where a file that nobody named would run programs."""
    if named := [feed.label for feed in feeds if feed.on_success or feed.on_failure]:
        raise UsageError(
            f"{path} was only found, and its feed {named[0]} names a program to run",
            f"if you trust it: --config {path}",
        )


def _read(path: Path, *, found: bool) -> tuple[str, int]:
    """The file's text and its owner; a pipe that was only found would be waited for."""
    descriptor = os.open(path, os.O_RDONLY | (os.O_NONBLOCK if found else 0))
    with open(descriptor, encoding="utf-8") as file:  # noqa: PTH123  # of a descriptor
        info = os.fstat(descriptor)
        if found and not S_ISREG(info.st_mode):
            raise OSError(0, "is a pipe or a device, not a file")
        return file.read(), info.st_uid


def parse_feeds(
    text: str, origin: str, overrides: Mapping[str, Any], folder: Path | None = None
) -> list[Feed]:
    """The feeds of a configuration's text; `origin` is named in errors.

    `folder`: where it lies on this machine, whose environment it may name then.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{origin} is not valid TOML: {error}") from None
    except (ValueError, RecursionError):  # thousands of digits or brackets
        raise UsageError(f"{origin} is not valid TOML: a value is too long or too deep") from None
    if unknown := set(document) - {"feeds", "defaults"}:
        raise UsageError(
            f"{origin}: unknown {', '.join(sorted(unknown))}", "use [defaults] and [[feeds]]"
        )
    entries = document.get("feeds", [])
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{origin} has no [[feeds]]")
    defaults = document.get("defaults", {})
    if not all(isinstance(table, dict) for table in (defaults, *entries)):
        raise UsageError(f"{origin}: [defaults] and each of [[feeds]] are tables")
    feeds = []
    for number, entry in enumerate(entries, 1):
        try:
            written = {**_named(defaults), **_named(entry)}
            if folder is None and {"on_success", "on_failure"} & written.keys():
                raise UsageError("on_success and on_failure are for the command line alone")
            placed = _placed(written, folder, overrides) if folder else written
            feeds.append(make_feed(**{**placed, **overrides}))
        except UsageError as error:
            message = f"{origin}, feed {number}: {error.message}"
            raise UsageError(message, error.hint) from None
    return feeds


def select(
    feeds: Sequence[Feed], names: Sequence[str], options: Mapping[str, Any]
) -> Sequence[Feed]:
    """The feeds of these names, or all; `options`: what the command line gives for each of them.

    Raises UsageError: a name that no feed has, an option of one table for several feeds.
    """
    if unknown := [name for name in names if name not in {feed.label for feed in feeds}]:
        known = ", ".join(feed.label for feed in feeds)
        raise UsageError(f"there is no feed {', '.join(unknown)}", f"the feeds are {known}")
    chosen = [feed for feed in feeds if not names or feed.label in names]
    known_options = field_options()
    one_place = [
        known_options[name].word(name) for name in options if known_options[name].one_place
    ]
    if len(chosen) > 1 and one_place:
        raise UsageError(
            f"--{one_place[0]} means one table, but {len(chosen)} feeds are to run",
            "name one of them with --feed",
        )
    return chosen


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return named(entry)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _placed(options: dict[str, Any], folder: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Relative paths of a configuration count from its folder; `${NAME}` is the environment's."""
    for name in {"source", "to", "state"} - set(overrides):
        if isinstance(value := options.get(name), str):
            options[name] = _from(folder, expand(value, os.environ))
    return options


def _from(folder: Path, place: str) -> str:
    if place.startswith("sqlite:///"):
        return "sqlite:///" + str(folder / place.removeprefix("sqlite:///"))
    if place == "-" or "://" in place:
        return place
    slash = "/" if place.endswith("/") else ""
    return str(folder / local_path(place)) + slash
