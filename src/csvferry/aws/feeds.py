"""The feeds of a deployment: JSON, or a csvferry.toml, in the variable or in a bucket."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from csvferry.config.feed import Feed, make_feed
from csvferry.config.feeds_file import parse_feeds
from csvferry.errors import SettingsError, UsageError
from csvferry.sources.cloud.address import SCHEMES, Address, parse_address

_REMOTE = ("s3://", "gs://", "az://", "azure://", "https://")  # none is a file of the function's


def read_feeds(text: str) -> list[Feed]:
    """The feeds of a JSON list, or of the object at an address.

    An object whose key ends in `.json` is such a list, any other a csvferry.toml. Raises
    SettingsError; SourceError where the object can't be read.
    """
    if not text:
        return []
    try:
        feeds = _from_address(text) if text.startswith("s3://") else _from_json(text)
    except UsageError as error:
        raise SettingsError(error.message, error.hint) from None
    if local := [feed.label for feed in feeds if not feed.source.startswith(_REMOTE)]:
        raise SettingsError(f"{', '.join(local)}: the source is no address like s3://BUCKET/KEY")
    counts = Counter(feed.label for feed in feeds)
    if twice := sorted(label for label, count in counts.items() if count > 1):
        raise SettingsError(f"two feeds are named {', '.join(twice)}: give each a name")
    return feeds


def _from_json(text: str) -> list[Feed]:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"neither JSON nor s3://…: {error}") from None
    except (ValueError, RecursionError):  # thousands of digits or brackets
        raise SettingsError("it is no list of feeds") from None
    if not isinstance(entries, list) or not entries:
        raise SettingsError("it is no list of feeds, or an empty one")
    feeds: list[Feed] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            feeds.append(_feed(entry))
        except UsageError as error:
            faults.append(f"feed {number}: {error}")
    if faults:
        raise SettingsError("; ".join(faults))
    return feeds


def _feed(entry: Any) -> Feed:
    if not isinstance(entry, dict):
        raise UsageError("it is no object")
    # Terraform writes an option that was not given as null.
    return make_feed(**{str(name): value for name, value in entry.items() if value is not None})


def _from_address(address: str) -> list[Feed]:
    from csvferry.sources.cloud.prefix_store import read_text

    text = read_text(parse_address(address))
    return _from_json(text) if address.endswith(".json") else parse_feeds(text, address, {})


def check_places(feeds: Sequence[Feed], own: Sequence[str]) -> None:
    """Raises SettingsError: a feed takes in what the function itself writes; a task has no place.

    `own`: the addresses of the folders that are not the senders'.
    """
    for feed in feeds:
        if feed.runner == "task" and not own:
            raise SettingsError(f"{feed.label}: runner = task needs CSVFERRY_STATE")
        for place in own:
            if _takes_in(feed.source, parse_address(place)):
                raise SettingsError(
                    f"{feed.label}: its source includes {place}, the function's own"
                )


def _takes_in(source: str, own: Address) -> bool:
    """Whether a source can mean an object below `own`; told from what stands before a wildcard."""
    if source.partition("://")[0] not in SCHEMES:
        return False
    meant = parse_address(source)
    if (meant.scheme, meant.bucket) != (own.scheme, own.bucket):
        return False
    if not meant.many:
        return meant.key.startswith(own.key)
    folder = f"{meant.folder}/" if meant.folder else ""
    below = meant.key.endswith("/") or not meant.key or "/" in meant.key[len(folder) :]
    return folder.startswith(own.key) or (
        own.key.startswith(folder) and (below or "**" in meant.key)
    )
