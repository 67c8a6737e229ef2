"""Databases that many scenarios share (each has a table of its own), and servers to be killed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import servers
from faults.scenario import Scenario
from targets import Target, fresh_database
from vitess.keyspaces import VITESS, emptied_keyspace

Make = Callable[..., Scenario]


@pytest.fixture(scope="module", params=("sqlite", "mariadb", "mysql", *VITESS))
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """A database for all scenarios of a module."""
    if request.param == "sqlite":
        yield Target("sqlite", f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/target.db")
        return
    if request.param == "vitess":
        with emptied_keyspace() as keyspace:
            yield keyspace
        return
    with fresh_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield Target(request.param, url)


@pytest.fixture
def scenario(database: Target, tmp_path: Path) -> Make:
    """Makes scenarios, each on a table of its own."""

    def make(way: str, mode: str) -> Scenario:
        number = len(database.tables())
        name = way.replace(" ", "_")
        return Scenario(database, tmp_path, way, mode, table=f"people_{number}_{name}_{mode}")

    return make


@pytest.fixture(scope="module", params=("mariadb", "mysql"))
def own_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[servers.Server]:
    """A running server that nobody else uses."""
    program = {"mariadb": "mariadbd", "mysql": "mysqld"}[request.param]
    if not servers.has(program):
        reason = f"a {request.param} server to be killed: no {program} on the path"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    server = getattr(servers, request.param)(tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_target(own_server: servers.Server) -> Iterator[Target]:
    """A database on the server that is to be killed."""
    with fresh_database(own_server.url) as url:
        yield Target("mysql", url)
