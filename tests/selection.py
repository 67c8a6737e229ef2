"""Which combinations of a test and a server run (with `--every-server` all), and in what order."""

from collections import Counter, defaultdict
from typing import Any

import pytest

_SERVERS = ("sqlite", "mariadb", "mysql")
_FIXTURES = ("target", "server_target", "database", "server")


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what is about another server, and of `one_server` tests all but one in turn."""
    places: dict[object, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    gone = {id(item) for item in items if _of_another(item)}
    if not config.getoption("every_server"):
        for item in items:
            if _server(item) in _SERVERS and item.get_closest_marker("one_server"):
                test = getattr(item, "function", None)
                places[test][_combination(item)].append(item)
    for combinations in places.values():
        for place, combination in enumerate(combinations.values()):
            # Each row of as many combinations as there are servers begins with another server.
            count = len(combination)
            kept = (place + place // count) % count
            gone |= {id(item) for item in combination if item is not combination[kept]}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in gone])
    items[:] = [item for item in items if id(item) not in gone]


def order(items: list[pytest.Item]) -> None:
    """Files for the workers: those of few long tests first, then those of many tests."""
    sizes = Counter(item.path for item in items)
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: (item.path not in long, -sizes[item.path], item.path))


def _parameters(item: pytest.Item) -> dict[str, Any]:
    call = getattr(item, "callspec", None)
    return dict(call.params) if call else {}


def _server(item: pytest.Item) -> str | None:
    found = [value for name, value in _parameters(item).items() if name in _FIXTURES]
    return getattr(found[0], "kind", found[0]) if found else None


def _of_another(item: pytest.Item) -> bool:
    only = item.get_closest_marker("only")
    return only is not None and _server(item) in {*_SERVERS} - {*only.args}


def _combination(item: pytest.Item) -> str:
    return str([(n, v) for n, v in sorted(_parameters(item).items()) if n not in _FIXTURES])
