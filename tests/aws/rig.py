"""A function with its bucket, secret and database, over real HTTP and TLS."""

import io
import json
import logging
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stormy import StormyS3

from csvferry.commands.grants import statements
from csvferry.databases.connect import open_database
from csvferry.ledger.migrations import table_lock
from servers import Server
from targets import connect

T = TypeVar("T")
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")


@dataclass
class Printed:
    """Everything that functions printed, returned or raised, and what may not be in it."""

    text: io.StringIO = field(default_factory=io.StringIO)
    addresses: set[str] = field(default_factory=set)
    passwords: set[str] = field(default_factory=set)

    def told(self) -> list[str]:
        """The secrets that were told (their beginnings, so that a failure tells no more)."""
        text = self.text.getvalue()
        told = self.addresses & set(EMAIL.findall(text))
        told |= {password for password in self.passwords if password in text}
        return [secret[:3] + "…" for secret in told]


@dataclass
class Context:
    """Lambda's context object."""

    seconds: float = 300
    aws_request_id: str = "8a3c1e52-0000-4000-8000-csvferrytest"
    function_name: str = "csvferry-test"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class Rig:
    """One test's function."""

    s3: Any
    vault: Any
    storm: StormyS3
    server: Server
    printed: Printed
    environment: Any
    bucket: str
    database: str
    user: str = ""
    password: str = ""
    last: str = ""

    # The bucket

    def put(self, key: str, text: str | bytes) -> str:
        """Upload; gives the version id."""
        data = text.encode() if isinstance(text, str) else text
        if len(data) < 1_000_000:
            self.printed.addresses.update(EMAIL.findall(data.decode("utf-8", "ignore")))
        return str(self.s3.put_object(Bucket=self.bucket, Key=key, Body=data).get("VersionId", ""))

    # The function

    def feeds(self, *feeds: dict[str, Any]) -> None:
        """Set the feeds; sources are keys of the bucket."""
        placed = [{**f, "source": f"s3://{self.bucket}/{f['source']}"} for f in feeds]
        self.set(CSVFERRY_FEEDS=json.dumps(placed))

    def set(self, **variables: str | None) -> None:
        """Set variables of the function's environment, as a new cold start would find them."""
        for name, value in variables.items():
            if value is None:
                self.environment.delenv(name, raising=False)
            else:
                self.environment.setenv(name, value)
        from csvferry.aws import credentials as sign_in
        from csvferry.aws import handler
        from csvferry.sources.cloud import stores as store

        handler._read_environment.cache_clear()
        sign_in._provider.cache_clear()
        store._s3.cache_clear()

    def invoke(self, event: dict[str, Any], context: Context | None = None) -> list[dict[str, Any]]:
        """The reports of an invocation."""
        reports: list[dict[str, Any]] = self.call(event, context)["reports"]
        return reports

    def returned(self, event: dict[str, Any], context: Context | None = None) -> list[int]:
        """The numbers of a batch's messages that go back to the queue."""
        answer = self.call(event, context)
        assert set(answer) == {"batchItemFailures"}  # anything else is deleted as done
        items = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        return [int(item.removeprefix("message-")) for item in items]

    def call(self, event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        """What an invocation gives; what it printed, returned or raised is kept."""
        from csvferry.aws import handler

        def answered() -> dict[str, Any]:
            answer = handler.handler(event, context or Context())
            self.printed.text.write(json.dumps(answer) + "\n")
            return answer

        return self.printing(answered)

    def printing(self, act: Callable[[], T]) -> T:
        """What an act gives; what it printed or raised is kept."""
        from csvferry.aws import telemetry

        begin = self.printed.text.tell()
        # Pytest has handlers of its own there; the one that prints is a plain StreamHandler.
        for handler in telemetry.logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(self.printed.text)
        try:
            with redirect_stdout(self.printed.text), redirect_stderr(self.printed.text):
                return act()
        except Exception as error:
            self.printed.text.write(str(error) + "\n")
            raise
        finally:
            self.last = self.printed.text.getvalue()[begin:]

    def invoke_aside(self, event: dict[str, Any]) -> "Aside":
        """The same in a thread."""
        aside = Aside(self, event)
        aside.start()
        return aside

    def metrics(self, **dimensions: str) -> dict[str, Any]:
        """The last invocation's metrics of exactly these dimensions."""
        for line in self._lines():
            if "_aws" not in line:
                continue
            names = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]
            if {name: line[name] for name in names} == dimensions:
                return {
                    metric["Name"]: sum(line[metric["Name"]])
                    for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                }
        return {}

    def logs(self) -> list[dict[str, Any]]:
        """The last invocation's log lines."""
        return [line for line in self._lines() if "level" in line]

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.last.splitlines() if line.startswith("{")]

    # The database

    def new_user(self) -> None:
        """A database user who must use TLS, with the grants that `csvferry grants` prints."""
        self.user = f"f{secrets.token_hex(4)}"
        self.password = self._new_password()
        self.run(
            *statements(self.user, self.database, [], iam=False),
            f"ALTER USER {self.user}@'%' IDENTIFIED BY '{self.password}' ACCOUNT UNLOCK",
        )

    def new_password(self) -> str:
        """Change the user's password in the database alone."""
        self.password = self._new_password()
        self.run(f"ALTER USER {self.user}@'%' IDENTIFIED BY '{self.password}'")
        return self.password

    def _new_password(self) -> str:
        password = secrets.token_urlsafe(16)
        self.printed.passwords.add(password)
        return password

    def secret(self) -> str:
        """The user's name and password as RDS keeps them."""
        return json.dumps({"username": self.user, "password": self.password, "engine": "mysql"})

    def keep_secret(self, text: str | None = None) -> None:
        """Put the secret into Secrets Manager."""
        self.vault.put_secret_value(SecretId=self.bucket, SecretString=text or self.secret())

    def run(self, *statements: str) -> None:
        """Run statements as root."""
        with closing(self.root()) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    @contextmanager
    def holding(self, table: str) -> Iterator[None]:
        """As another run does, hold the lock of a table."""
        url = f"{self.server.url}{self.database}"
        with closing(open_database(url)) as database, table_lock(database, table, 0):
            yield

    def tables(self) -> list[str]:
        """All but the ledger's own, which are there from the first run on."""
        own = {"csvferry_rejects", "csvferry_runs", "csvferry_schema"}
        return [str(name) for (name,) in self.rows("SHOW TABLES") if name not in own]

    def connections(self) -> int:
        """How many connections the server was asked for, this one among them."""
        ((_, count),) = self.rows("SHOW GLOBAL STATUS LIKE 'Connections'")
        return int(count)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(self.root()) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def root(self) -> Any:
        """A connection of root."""
        return connect(self.server.url + self.database, autocommit=True)


class Aside(threading.Thread):
    """An invocation in a thread."""

    def __init__(self, rig: Rig, event: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._rig, self._event = rig, event
        self._reports: Sequence[dict[str, Any]] = ()
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._reports = self._rig.invoke(self._event)
        except Exception as error:  # noqa: BLE001  # raised again in result()
            self._error = error

    def result(self) -> Sequence[dict[str, Any]]:
        """Its reports, or its error raised here."""
        self.join(120)
        if self._error:
            raise self._error
        return self._reports


def environment_of(rig: Rig, upstream: str, folder: Path) -> dict[str, str | None]:
    """The environment as the infrastructure gives it."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_PROFILE": None,
        "AWS_ENDPOINT_URL": upstream,
        "AWS_ENDPOINT_URL_S3": rig.storm.url,
        "CSVFERRY_STATE": f"s3://{rig.bucket}/state/",
        "RDS_HOST": "127.0.0.1",
        "RDS_PORT": str(rig.server.port),
        "RDS_DATABASE": rig.database,
        "RDS_USER": None,
        "RDS_CA": f"{folder}/ca.pem",
        "SIGN_IN": "secret",
        "SECRETS_NAME": rig.bucket,
        "POWERTOOLS_SERVICE_NAME": "csvferry-test",
        "POWERTOOLS_METRICS_NAMESPACE": "csvferry",
        "LOG_LEVEL": "DEBUG",
    }
