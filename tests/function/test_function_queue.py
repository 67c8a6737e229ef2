"""From an object in the bucket to rows: event, rule, queue, the zip's handler, as Lambda polls."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from deployment import PASSWORD, Deployment, deployed
from queue_poller import Poller, event_of, returned

from csvferry.databases.connect import open_database
from csvferry.ledger.migrations import table_lock

pytestmark = pytest.mark.long

PEOPLE: dict[str, Any] = {
    "name": "people", "source": "in/people/", "table": "people", "key": ["id"], "mode": "upsert",
}  # fmt: skip
ORDERS = {**PEOPLE, "name": "orders", "source": "in/orders.csv", "table": "orders"}
BIG = {**PEOPLE, "name": "big", "source": "in/big/", "table": "big", "runner": "task"}


@pytest.fixture
def deployment(
    task: Path, runtime: Path, aws: str, mariadb_url: str, tmp_path: Path
) -> Iterator[Deployment]:
    with deployed(aws, mariadb_url, task, runtime, tmp_path, PEOPLE, ORDERS, BIG) as made:
        yield made


@pytest.fixture
def poller(deployment: Deployment) -> Poller:
    return Poller(deployment.client("sqs"), deployment.listen("in/"))


def _rows(first: int, count: int = 1) -> bytes:
    lines = [f"{number},p{number}@example.org" for number in range(first, first + count)]
    return "\n".join(["id,email", *lines, ""]).encode()


def _count(deployment: Deployment, table: str) -> int:
    ((count,),) = deployment.target.rows(f"SELECT COUNT(*) FROM {table}")
    return int(count)


def test_six_kinds_of_answer(deployment: Deployment, poller: Poller) -> None:
    """Applied, unchanged, a guard, a bad file: done. A held feed: returned. A strange body too."""
    deployment.put("in/people/a ä+1.csv", _rows(1, 50))
    deployment.put("in/orders.csv", b"a,b\n1,2\n")
    with deployment.function() as api:
        first = poller.poll(api)
        assert first
        assert first.body == {"batchItemFailures": []}
        assert _count(deployment, "people") == 50

        deployment.put("in/people/a ä+1.csv", _rows(1, 50))  # the same rows, another version
        deployment.put("in/people/b.csv", b"")  # a guard
        deployment.put("in/orders.csv", _rows(1, 3))
        poller.sqs.send_message(QueueUrl=poller.queue, MessageBody="no event of any kind")
        with _holding(deployment, "orders"):
            messages = poller.receive()
            answer = api.invoke(event_of(messages, poller.queue))
        poller.settle(messages, answer)
        failures = {item["itemIdentifier"] for item in answer.body["batchItemFailures"]}
        bodies = {m["Body"] for m in messages if m["MessageId"] in failures}
        assert len(bodies) == 2
        assert any("in/orders.csv" in body for body in bodies)
        assert poller.waiting() == 2

        again = [message for message in messages if message["MessageId"] in failures]
        poller.make_visible(again)
        poller.poll(api)
        assert poller.waiting() == 1  # the one that nobody understands
        assert _count(deployment, "orders") == 3
    printed = deployment.printed()
    assert "@example.org" not in printed
    assert PASSWORD not in printed


def _holding(deployment: Deployment, table: str) -> ExitStack:
    """As another run does, hold the lock of a table."""
    opened = ExitStack()
    database = open_database(deployment.target.url)
    opened.callback(database.close)
    opened.enter_context(table_lock(database, table, 0))
    return opened


def test_a_feed_for_which_no_time_is_left_is_returned_and_loaded_later(
    deployment: Deployment, poller: Poller
) -> None:
    """The first feed's lock is waited for 10 s; of 17 s too few are left for the second one."""
    deployment.put("in/people/a.csv", _rows(1, 2))
    deployment.put("in/orders.csv", _rows(1, 3))
    with deployment.function() as api:
        messages = poller.receive()
        api.seconds = 17
        with _holding(deployment, "people"):
            answer = api.invoke(event_of(messages, poller.queue))
        assert answer.kind == "response"
        assert len(returned(messages, answer)) == len(messages) == 2
        poller.settle(messages, answer)
        poller.make_visible(messages)
        api.seconds = 300
        poller.poll(api)
    assert poller.waiting() == 0
    assert (_count(deployment, "people"), _count(deployment, "orders")) == (2, 3)


@pytest.mark.timeout(1800)
def test_a_thousand_small_objects_are_one_batch_and_a_run_each(
    deployment: Deployment, poller: Poller
) -> None:
    """One thousand uploads, each with its own event, to a function with 15 minutes: what an
    invocation has no time for is returned to the queue, and there is one run for each object."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: deployment.put(f"in/people/{n:04d}.csv", _rows(n)), range(1000)))
    assert poller.waiting() == 1000
    with deployment.function() as api:
        api.seconds = 900
        while messages := poller.receive():
            poller.batches.append(len(messages))
            answer = api.invoke(event_of(messages, poller.queue))
            assert answer.kind == "response", answer.body
            poller.settle(messages, answer)
            poller.make_visible(
                [m for m in messages if m["MessageId"] in returned(messages, answer)]
            )
    assert poller.batches[0] == 1000
    assert poller.waiting() == 0
    assert _count(deployment, "people") == 1000
    assert _count(deployment, "csvferry_runs") == 1000


def test_two_invocations_at_once_apply_each_file_once(
    deployment: Deployment, poller: Poller
) -> None:
    """Delivered twice, as a standard queue may: the lock and the ledger see to the rest."""
    for number in range(20):
        deployment.put(f"in/people/{number}.csv", _rows(number * 10, 10))
    messages = poller.receive()
    with deployment.function("log-1") as one, deployment.function("log-2") as two:
        for api in (one, two):
            api.send(event_of(messages, poller.queue))
        for api in (one, two):
            answer = api.answers.get(timeout=300)
            assert answer.kind == "response"
        final = one.invoke(event_of(messages, poller.queue))
    assert final.body == {"batchItemFailures": []}
    assert _count(deployment, "people") == 200
    assert _count(deployment, "csvferry_runs") == 20


def test_a_failed_invocation_returns_every_message(deployment: Deployment, poller: Poller) -> None:
    deployment.put("in/people/a.csv", _rows(1))
    deployment.put("config/feeds.json", b"no feeds")
    with deployment.function() as api:
        answer = poller.poll(api)
        assert answer
        assert answer.kind == "error"
    assert poller.waiting() == 1


def test_a_marker_starts_the_task_which_brings_the_rows(
    deployment: Deployment, poller: Poller
) -> None:
    started = Poller(deployment.client("sqs"), deployment.listen("tasks/"))
    deployment.put("in/big/a.csv", _rows(1, 500))
    with deployment.function() as api:
        answer = poller.poll(api)
        assert answer
        assert answer.body == {"batchItemFailures": []}
        (event,) = started.receive()
        marker = json.loads(event["Body"])["detail"]["object"]["key"]
        assert marker == "tasks/big"
        assert deployment.started_task(marker).exit_status() == 0
        assert _count(deployment, "big") == 500
        unchanged = api.invoke({"feed": "big"})
        assert [report["status"] for report in unchanged.body["reports"]] == ["unchanged"]
    assert started.receive() == []
    assert "@example.org" not in deployment.printed()


def test_a_task_that_fails_tells_so_by_its_exit_status(deployment: Deployment) -> None:
    deployment.put("in/big/a.csv", b"a,b\n1,2\n")
    assert deployment.started_task("tasks/big").exit_status() == 1
    deployment.put("in/big/a.csv", b"")
    assert deployment.started_task("tasks/big").exit_status() == 3
    assert deployment.started_task("tasks/nobody").exit_status() == 2
