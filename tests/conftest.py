"""Real servers for the tests, and a fresh database on each.

MariaDB is started from the system's `mariadbd`, or is the server of CSVFERRY_TEST_MARIADB; MySQL is
the server of CSVFERRY_TEST_MYSQL, or started from the system's `mysqld`. What can't be had is
skipped by name, except in CI, where it fails. With CSVFERRY_TEST_VITESS, `-k vitess` runs the same
tests in that keyspace of a Vitess, which each of them empties: one at a time.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.shell import Shell
from selection import order, select
from servers import absent, has, start_mariadb, start_mysql
from targets import Target, fresh_database
from vitess.keyspaces import VITESS, emptied_keyspace

SERVERS = ("sqlite", "mariadb", "mysql", *VITESS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-server",
        action="store_true",
        help="run each combination of a `one_server` test on every server, not on one in turn",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    select(config, items)
    if hasattr(config, "workerinput"):
        order(items)


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mysql://root@127.0.0.1:PORT/ of a MariaDB server."""
    if url := os.environ.get("CSVFERRY_TEST_MARIADB"):
        yield url
        return
    if not has("mariadbd"):
        absent("MariaDB: no mariadbd on the path and CSVFERRY_TEST_MARIADB is not set")
    with start_mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url


@pytest.fixture(scope="session")
def mysql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mysql://root@127.0.0.1:PORT/ of a MySQL server."""
    if url := os.environ.get("CSVFERRY_TEST_MYSQL"):
        yield url
        return
    if not has("mysqld"):
        absent("MySQL: no mysqld on the path and CSVFERRY_TEST_MYSQL is not set")
    with start_mysql(tmp_path_factory.mktemp("mysql")) as url:
        yield url


@pytest.fixture(params=SERVERS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A fresh, empty database on each kind of server."""
    if request.param == "sqlite":
        yield Target("sqlite", f"sqlite:///{tmp_path}/target.db")
        return
    if request.param == "vitess":
        with emptied_keyspace() as keyspace:
            yield keyspace
        return
    with fresh_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield Target(request.param, url)


@pytest.fixture(params=SERVERS[1:])
def server_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A fresh, empty database on MariaDB and on MySQL."""
    if request.param == "vitess":
        with emptied_keyspace() as keyspace:
            yield keyspace
        return
    with fresh_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield Target(request.param, url)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another remembers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """The command line in a folder of the test's own."""
    return Shell(tmp_path)
