"""A replica and a reader of a cluster take no writes; the doctor says so, and where to connect."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from doctor_rig import found, wrong_ones

import csvferry
import servers
from servers import Server, running
from targets import connect

STARTS: dict[str, Callable[[Path], Server]] = {"mariadb": servers.mariadb, "mysql": servers.mysql}


@pytest.fixture(params=STARTS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server that can be set otherwise, with a user of one database."""
    request.getfixturevalue(f"{request.param}_url")  # where there is none, the reason is told
    with running(STARTS[request.param](tmp_path)) as server:
        as_root(
            server,
            "CREATE DATABASE shop",
            "CREATE USER app@'127.0.0.1'",
            "GRANT ALL ON shop.* TO app@'127.0.0.1'",
        )
        yield server


def as_root(server: Server, *statements: str) -> None:
    with closing(connect(server.url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def app(server: Server) -> str:
    return f"mysql://app@127.0.0.1:{server.port}/shop"


def test_a_replica_is_told_and_refuses_a_run_with_the_same_cure(
    server: Server, people: Path
) -> None:
    assert found(people, app(server))["read_only"].ok is True
    as_root(server, "SET GLOBAL read_only = 1")
    told = found(people, app(server))["read_only"]
    assert told.ok is False
    assert "connect to the primary" in str(told.mend)
    with pytest.raises(csvferry.CsvFerryError, match="connect to the primary"):
        csvferry.sync(str(people), to=app(server))


def test_who_may_write_all_the_same_is_told_that(server: Server, people: Path) -> None:
    as_root(server, "SET GLOBAL read_only = 1")
    findings = found(people, f"{server.url}shop")
    assert findings["read_only"].ok is None
    assert not wrong_ones(findings)


def test_a_reader_of_a_cluster_whose_storage_takes_no_writes(server: Server, people: Path) -> None:
    server.stop()
    server.command = [*server.command, "--innodb-read-only"]
    server.start()
    told = found(people, app(server))["read_only"]
    assert told.ok is False
    assert "writer's endpoint" in str(told.mend)
    with pytest.raises(csvferry.CsvFerryError, match=r"(?i)read.only"):
        csvferry.sync(str(people), to=app(server))
