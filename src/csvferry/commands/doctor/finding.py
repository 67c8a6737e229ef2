"""What a check found."""

from dataclasses import asdict, dataclass
from typing import Any

from csvferry.printable import printable


@dataclass(frozen=True)
class Finding:
    """One thing that a run needs.

    `ok` is None where a run works without it, only worse, or where it can't be told from here.
    `mend` is the one thing to do.
    """

    name: str
    ok: bool | None
    told: str
    mend: str | None = None

    def __post_init__(self) -> None:
        for name in ("name", "told", "mend"):
            if value := getattr(self, name):
                object.__setattr__(self, name, printable(value))

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def wrong(name: str, error: Exception) -> Finding:
    """A finding from one of csvferry's errors: its message and its hint."""
    message = getattr(error, "message", None) or type(error).__name__
    return Finding(name, False, str(message), getattr(error, "hint", None))
