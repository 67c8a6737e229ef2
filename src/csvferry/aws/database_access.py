"""Connections: verified TLS, patience with a sleeping server, a secret that rotates."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from csvferry.aws.credentials import credentials
from csvferry.aws.settings import Settings
from csvferry.databases.base import Database
from csvferry.databases.connect import KeptConnection
from csvferry.databases.mysql.session.url import MysqlTarget
from csvferry.errors import PassingDatabaseError, SignInError
from csvferry.printable import get_logger

log = get_logger(__name__)

PATIENCE = 90.0  # seconds; a paused Aurora takes 15, after a day 30 and more
MARGIN = 20.0  # seconds that are left for the run itself


@dataclass
class Connector:
    """Opens connections as the settings say; `time_left` bounds the patience."""

    settings: Settings
    time_left: Callable[[], float]
    waited: float = 0.0

    def __post_init__(self) -> None:
        self._connection = KeptConnection(self)

    @property
    def patience(self) -> float:
        """Seconds that a connection is tried for."""
        return max(0.0, min(PATIENCE - self.waited, self.time_left() - MARGIN))

    def __call__(self) -> Database:
        """A connection. Raises DatabaseError, SecretError."""
        begun = time.monotonic()
        try:
            return self._signed_in()
        except PassingDatabaseError:
            self.waited += time.monotonic() - begun
            raise

    @contextmanager
    def lease(self) -> Iterator[Database]:
        """The one connection of an invocation, in turn; after an error it is given up.

        Raises DatabaseError, SecretError.
        """
        with self._connection.lease() as database:
            yield database

    def close(self) -> None:
        """Give the connection up: a database with a connection is not paused."""
        self._connection.close()

    def _signed_in(self) -> Database:
        try:
            return self._open(fresh=False)
        except SignInError:
            if self.settings.sign_in != "secret":
                raise
            log.info("the sign-in was refused; the secret is fetched anew")
            return self._open(fresh=True)

    def _open(self, *, fresh: bool) -> Database:
        from csvferry.databases.mysql.database import wait_for

        return wait_for(self._target(fresh=fresh), self.patience)

    def _target(self, *, fresh: bool) -> MysqlTarget:
        settings = self.settings
        known = credentials(settings, fresh=fresh)
        target = MysqlTarget(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            user=known.user,
            password=lambda: known.password,
            cleartext=settings.sign_in == "iam",
        )
        if target.loopback and not settings.ca and not target.cleartext:
            return target
        return target.verified(settings.ca_file)
