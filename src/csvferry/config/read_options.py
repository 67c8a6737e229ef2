"""What the user says about how a file is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CsvReadOptions:
    """What the user says about a file. None means: detect it; quote '' means: no quoting."""

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool = True
    null: tuple[str, ...] = ("",)
