"""CSV files become correct rows in MySQL: `csvferry.sync("people.csv", to="mysql://…")`."""

from typing import TYPE_CHECKING, Any

from csvferry.version import __version__

if TYPE_CHECKING:
    from csvferry.api import check, plan, sync, sync_all
    from csvferry.errors import CsvFerryError
    from csvferry.feed import Feed, Mode
    from csvferry.report import Report, Rows

__all__ = [
    "CsvFerryError",
    "Feed",
    "Mode",
    "Report",
    "Rows",
    "__version__",
    "check",
    "plan",
    "sync",
    "sync_all",
]

_HOMES = {
    "CsvFerryError": "errors",
    "Feed": "feed",
    "Mode": "feed",
    "Report": "report",
    "Rows": "report",
    "check": "api",
    "plan": "api",
    "sync": "api",
    "sync_all": "api",
}


def __getattr__(name: str) -> Any:
    """Import the public names when one is first used, so that starting costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'csvferry' has no attribute {name!r}")
    from importlib import import_module

    # Kept, since importing `csvferry.sync` puts the module in the place of the function.
    globals().update({n: getattr(import_module(f"csvferry.{h}"), n) for n, h in _HOMES.items()})
    return globals()[name]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
