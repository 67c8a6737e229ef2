"""Files for people, below reports/ beside the state: values of rows go there and nowhere else.

Whoever may read that folder of the bucket may read the rows; who may only invoke the function
sees counts, lines, columns and codes.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from csvferry.aws.settings import Settings
from csvferry.errors import UsageError
from csvferry.sources.cloud.address import parse_address
from csvferry.sources.cloud.prefix_store import put_object

FOLDER = "reports/"
T = TypeVar("T")


def keep(settings: Settings, name: str, write: Callable[[Path], T]) -> tuple[str, T]:
    """Have a file written and uploaded: its address, and what writing gave.

    Raises UsageError where there is no place for it, SourceError where it can't be put there.
    """
    folder = settings.beside(FOLDER)
    if folder is None:
        raise UsageError("there is no place for a report", "set CSVFERRY_STATE")
    address = parse_address(folder + name)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "report"
        written = write(path)
        put_object(address, path)
    return str(address), written
