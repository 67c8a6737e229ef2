"""CSV files become correct rows in MySQL: `csvferry.sync("people.csv", to="mysql://…")`."""

from typing import TYPE_CHECKING, Any

from csvferry.version import __version__

if TYPE_CHECKING:
    from csvferry.api import check, plan, sync, sync_all
    from csvferry.config.feed import Feed
    from csvferry.errors import CsvFerryError
    from csvferry.model.mapping import Mode
    from csvferry.model.report import Report, Rows

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
    "Feed": "config.feed",
    "Mode": "model.mapping",
    "Report": "model.report",
    "Rows": "model.report",
    "check": "api",
    "plan": "api",
    "sync": "api",
    "sync_all": "api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that starting costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'csvferry' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"csvferry.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
