"""Handing a feed over to a task: the function has no way to ECS but an object in the bucket.

A rule on the objects below `tasks/` starts the task, with the object's key in its environment.
"""

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from csvferry.aws.settings import Settings
from csvferry.config.feed import Feed
from csvferry.errors import UsageError
from csvferry.sources.cloud.address import parse_address

FOLDER = "tasks/"


def write_marker(settings: Settings, feed: Feed, objects: int) -> str:
    """Ask for a task that runs the feed; the marker's address. Raises SourceError, UsageError."""
    from csvferry.sources.cloud.prefix_store import put_object

    folder = settings.beside(FOLDER)
    if folder is None:
        raise UsageError("a task needs CSVFERRY_STATE", "it keeps its marker beside the state")
    address = parse_address(folder + quote(feed.label, safe=""))
    asked = {"feed": feed.label, "objects": objects, "asked": datetime.now(UTC).isoformat()}
    put_object(address, json.dumps(asked).encode())
    return str(address)


def feed_of(text: str) -> str:
    """The feed's name, from a marker's key or from the name itself."""
    if f"/{text}".rpartition("/")[0].endswith(f"/{FOLDER.rstrip('/')}"):
        return unquote(PurePosixPath(text).name)
    return text
