"""A server as somebody else set it, and a database on it whose own session is as it always is.

What a case does itself (tables, rows, looks) goes by the administrator's connection, whose session
is set back; csvferry signs in as a user without SUPER, for whom every setting holds.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pymysql

import servers
from targets import Target

_USER = "ferry"
_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_USUAL = (
    "default_storage_engine = InnoDB",
    "sql_safe_updates = 0",
    "sql_select_limit = 18446744073709551615",
    "completion_type = 0",
    "innodb_strict_mode = 1",
    "low_priority_updates = 0",
    "max_error_count = 64",
    "sql_notes = 1",
)
_BACK = {  # a session as it is by default
    "mariadb": (*_USUAL, f"sql_mode = '{_MODE}'", "tx_isolation = 'REPEATABLE-READ'"),
    "mysql": (
        *_USUAL,
        f"sql_mode = '{_MODE},ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE'",
        "transaction_isolation = 'REPEATABLE-READ'",
        "sql_require_primary_key = 0",
        "sql_generate_invisible_primary_key = 0",
    ),
}


@dataclass(frozen=True)
class Setting:
    """How a server is set: `options` it is started with, `variables` for all sessions, SQL that
    turns off and on again what no session can have otherwise, the database's own `charset`."""

    name: str
    kind: str
    options: Sequence[str] = ()
    made_with: Sequence[str] = ()
    variables: Sequence[str] = ()
    off: Sequence[str] = ()
    on: Sequence[str] = ()
    charset: str = "utf8mb4"
    url: str = ""

    def server(self, folder: Path) -> servers.Server:
        """The server, not started yet."""
        if self.kind == "mysql":
            return servers.mysql(folder, *self.options, made_with=self.made_with)
        return servers.mariadb(folder, *self.options, *self.made_with)


@dataclass(frozen=True)
class SetTarget(Target):
    """A database on such a server."""

    setting: Setting = field(default_factory=lambda: Setting("", ""))
    socket: str = ""

    def run(self, *statements: str) -> None:
        back = (f"ALTER DATABASE CHARACTER SET {self.setting.charset}", *self.setting.on)
        super().run("ALTER DATABASE CHARACTER SET utf8mb4", *self.setting.off, *statements, *back)

    def connect(self) -> Any:
        name = self.url.partition("?")[0].rpartition("/")[2]
        connection = administrator(self.socket, name)
        connection.cursor().execute(f"SET SESSION {', '.join(_BACK[self.kind])}")
        return connection


def check_there(kind: str) -> None:
    """Skip by name, or in CI fail, where the machine has no such server."""
    program = {"mariadb": "mariadbd", "mysql": "mysqld"}[kind]
    if not servers.has(program):
        servers.absent(f"servers set otherwise: no {program} on the path")


def administrator(socket: str, database: str | None = None) -> Any:
    """A connection as root by the server's socket, which counts as safe everywhere."""
    return pymysql.connect(
        unix_socket=socket,
        user="root",
        database=database,
        charset="utf8mb4",
        init_command="SET SESSION TRANSACTION READ WRITE",
    )


@contextmanager
def started(setting: Setting, folder: Path) -> Iterator[servers.Server]:
    """A running server that is set so, with the user that csvferry signs in as."""
    with servers.running(setting.server(folder)) as server:
        _run(
            server,
            f"CREATE USER {_USER}@'%'",
            f"GRANT ALL ON `csvferry\\_%`.* TO {_USER}@'%'",
            *(f"SET GLOBAL {variable}" for variable in setting.variables),
            *setting.on,
        )
        yield server


def alone(group: Setting) -> Iterator[Setting]:
    """Each of a group's settings, the others as they come; options belong together."""
    none = replace(
        group, options=(), made_with=(), variables=(), off=(), on=(), charset=Setting.charset
    )
    for variable in group.variables:
        yield replace(none, name=variable, variables=(variable,))
    if group.options:
        yield replace(none, name=" ".join(group.options), options=group.options)
    if group.made_with:
        yield replace(none, name=" ".join(group.made_with), made_with=group.made_with)
    if group.on:
        yield replace(none, name=" ".join(group.on), off=group.off, on=group.on)
    if group.charset != none.charset:
        yield replace(none, name=f"a database in {group.charset}", charset=group.charset)


@contextmanager
def in_force(setting: Setting, server: servers.Server) -> Iterator[None]:
    """What a running server can be set to holds within the block."""
    statements = [*(f"SET GLOBAL {variable}" for variable in setting.variables), *setting.on]
    names = [statement.split()[2] for statement in statements]
    with closing(administrator(server.socket)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'@@GLOBAL.{name}' for name in names) or 1}")
        before = cursor.fetchone()
    _run(server, *statements)
    try:
        yield
    finally:
        back = zip(names, map(connection.literal, before), strict=False)
        _run(server, *(f"SET GLOBAL {name} = {value}" for name, value in back))


@contextmanager
def database(setting: Setting, server: servers.Server) -> Iterator[SetTarget]:
    """A fresh database, dropped at the end."""
    name = f"csvferry_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name} CHARACTER SET {setting.charset}")
    url = f"mysql://{_USER}@127.0.0.1:{server.port}/{name}{setting.url}"
    try:
        yield SetTarget(setting.kind, url, setting, server.socket)
    finally:
        _run(server, f"DROP DATABASE {name}")


@contextmanager
def in_utc(target: SetTarget) -> Iterator[None]:
    """New sessions of the server are in UTC within the block."""
    ((zone,),) = target.rows("SELECT @@GLOBAL.time_zone")
    target.run("SET GLOBAL time_zone = '+00:00'")
    try:
        yield
    finally:
        target.run(f"SET GLOBAL time_zone = '{zone}'")


def _run(server: servers.Server, *statements: str) -> None:
    with closing(administrator(server.socket)) as connection:
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()
