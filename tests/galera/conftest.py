"""A cluster for all tests of a module, and a database on it."""

from collections.abc import Iterator

import pytest

import servers
from galera.cluster import PROVIDER, OtherNode, two_nodes
from targets import fresh_database


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of two nodes."""
    if PROVIDER is None or not servers.has("mariadbd"):
        servers.absent("a Galera cluster: no galera-4, or no mariadbd on the path")
    with two_nodes(tmp_path_factory.mktemp("galera")) as found:
        yield found


@pytest.fixture
def target(nodes: tuple[str, str]) -> Iterator[OtherNode]:
    """A fresh database; csvferry is told the first node, and the test looks at the second."""
    one, other = nodes
    with fresh_database(one) as url:
        yield OtherNode("mariadb", url, other)
