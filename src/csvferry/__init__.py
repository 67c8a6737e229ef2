"""CSV files become correct rows in MySQL: `csvferry.sync("people.csv", to="mysql://…")`."""

import sys
from types import ModuleType
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
    """Import a public name when it is first used, so that starting costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'csvferry' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"csvferry.{_HOMES[name]}"), name)


class _Package(ModuleType):
    """Keeps `csvferry.sync` the function: importing the module of that name would replace it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
