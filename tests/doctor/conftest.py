"""A file to examine, users with given grants, and servers that are set up wrongly."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from doctor_rig import make_certificates

from csvferry.commands.grants import Grant, render
from servers import start_mariadb
from targets import Target, connect, fresh_database


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A good file."""
    file = tmp_path / "people.csv"
    file.write_text("id,email\n1,a@x\n")
    return file


@pytest.fixture
def user_with(server_target: Target) -> Iterator[Callable[..., str]]:
    """Makes a user with grants, less one; the database's address as that user."""
    made: list[str] = []
    parts = urlsplit(server_target.url)
    database = parts.path.strip("/")

    def make(grants: Sequence[Grant], less: Grant | None = None) -> str:
        name, password = f"ferry_{secrets.token_hex(4)}", secrets.token_hex(8)
        made.append(name)
        account = f"'{name}'@'%'"
        statements = [f"CREATE USER {account} IDENTIFIED BY '{password}'"]
        statements += [f"{render(grant, database)} TO {account}" for grant in grants]
        if less:
            told = render(less, database).replace("GRANT", "REVOKE", 1)
            statements.append(f"{told} FROM {account}")
        server_target.run(*statements)
        return f"mysql://{name}:{password}@127.0.0.1:{parts.port}/{database}"

    yield make
    with closing(connect(server_target.url, autocommit=True)) as connection:
        for name in made:
            connection.cursor().execute(f"DROP USER '{name}'@'%'")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ca.pem."""
    return tmp_path_factory.mktemp("doctor-certificates")


@pytest.fixture(scope="session")
def awkward_url(
    mariadb_url: str, certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database on a MariaDB with TLS, without LOAD DATA LOCAL, with a small packet.

    It asks for `mariadb_url` so that where there is no MariaDB the reason is told.
    """
    options = ("--local-infile=0", "--max-allowed-packet=65536", *make_certificates(certificates))
    folder = tmp_path_factory.mktemp("awkward")
    with start_mariadb(folder, *options) as server, fresh_database(server) as url:
        yield url
