"""A user with given grants on a fresh database of each server."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from grants_job import Account

from csvferry.commands.grants import Grant, render
from targets import Target, connect

HOST = "127.0.0.1"


@pytest.fixture
def account(server_target: Target) -> Iterator[Callable[..., Account]]:
    """Makes users with grants, less some; all go at the end."""
    made: list[str] = []
    parts = urlsplit(server_target.url)
    database = parts.path.strip("/")

    def make(grants: Sequence[Grant], less: Grant | None = None) -> Account:
        name, password = f"ferry_{secrets.token_hex(4)}", secrets.token_hex(8)
        made.append(name)
        identified = f"'{name}'@'%' IDENTIFIED BY '{password}'"
        given = [f"{render(grant, database)} TO '{name}'@'%'" for grant in grants]
        taken = []
        if less:
            told = render(less, database).replace("GRANT", "REVOKE", 1)
            taken.append(f"{told} FROM '{name}'@'%'")
        server_target.run(f"CREATE USER {identified}", *given, *taken)
        return Account(name, f"mysql://{name}:{password}@{HOST}:{parts.port}/{database}")

    yield make
    with closing(connect(server_target.url, autocommit=True)) as connection:
        for name in made:
            connection.cursor().execute(f"DROP USER '{name}'@'%'")
