"""The zip alone, started as Lambda starts it, brings S3's rows into the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from deployment import PASSWORD, Deployment, deployed
from function_process import created, notified, scheduled, start
from runtime_api import RuntimeApi

KEY = "in/new people.csv"
FIRST = b"id,email\n1,ada@example.org\n2,bob@example.org\n"
PEOPLE = {"source": KEY, "table": "people", "mode": "upsert"}


@dataclass(frozen=True)
class Function:
    """The function at work."""

    api: RuntimeApi
    deployment: Deployment

    @property
    def bucket(self) -> str:
        """Its bucket."""
        return self.deployment.bucket

    def put(self, body: bytes) -> None:
        """Upload the file."""
        self.deployment.put(KEY, body)

    def rows(self) -> list[tuple[Any, ...]]:
        """The table's rows."""
        return self.deployment.target.rows("SELECT id, email FROM people ORDER BY id")


@pytest.fixture
def function(
    task: Path, runtime: Path, aws: str, mariadb_url: str, tmp_path: Path
) -> Iterator[Function]:
    with (
        deployed(aws, mariadb_url, task, runtime, tmp_path, PEOPLE) as deployment,
        deployment.function() as api,
    ):
        yield Function(api, deployment)


def test_three_kinds_of_event_bring_the_rows_into_the_table(function: Function) -> None:
    function.put(FIRST)
    first = function.api.invoke(scheduled())
    assert first.kind == "response", first.body
    assert first.body["reports"][0]["status"] == "applied"
    assert function.rows() == [(1, "ada@example.org"), (2, "bob@example.org")]

    function.put(FIRST.replace(b"bob@", b"BOB@"))
    second = function.api.invoke(created(function.bucket, KEY))
    assert second.body["reports"][0]["rows"]["updated"] == 1
    assert function.rows()[1] == (2, "BOB@example.org")

    function.put(FIRST + b"3,eve@example.org\n")
    third = function.api.invoke(notified(function.bucket, quote_plus(KEY, safe="/")))
    assert third.body["reports"][0]["rows"]["inserted"] == 1
    assert function.rows()[2] == (3, "eve@example.org")

    again = function.api.invoke(scheduled())
    assert again.body["reports"][0]["status"] == "unchanged"
    told = function.deployment.printed()
    assert PASSWORD not in told
    assert "@example.org" not in told


def test_an_invocation_that_fails_is_an_error_and_the_next_one_is_served(
    function: Function,
) -> None:
    function.put(b"a,b\n1,2\n")
    failed = function.api.invoke(scheduled())
    assert failed.kind == "error"
    assert failed.body["errorType"] == "RunsFailedError"
    function.put(FIRST)
    assert function.api.invoke({"feed": "people"}).kind == "response"
    assert len(function.rows()) == 2


def test_the_function_takes_its_libraries_from_the_zip_alone(
    task: Path, runtime: Path, tmp_path: Path
) -> None:
    """Without settings the handler loads all the same, and the invocation names every fault."""
    with start(task, runtime, {}, tmp_path / "log") as api:
        answer = api.invoke(scheduled())
    assert answer.kind == "error"
    assert "RDS_HOST" in answer.body["errorMessage"]
    assert "CSVFERRY_FEEDS" in answer.body["errorMessage"]
