"""Traces: a subsegment for each feed where the invocation is sampled, else nothing."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.aws.trace import traced
from csvferry.errors import RunsFailedError

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """X-Ray's daemon, as far as its UDP port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{udp.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a")
        yield udp


def _received(daemon: socket.socket) -> list[dict[str, Any]]:
    documents = []
    while True:
        try:
            header, _, document = daemon.recv(65_536).decode().partition("\n")
        except BlockingIOError:
            return documents
        assert json.loads(header) == {"format": "json", "version": 1}
        documents.append(json.loads(document))


def test_each_feed_is_a_subsegment_of_the_invocation(rig: Rig, daemon: socket.socket) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(2))
    rig.invoke(SCHEDULE)
    (document,) = _received(daemon)
    assert (document["trace_id"], document["parent_id"]) == (ROOT, PARENT)
    assert (document["type"], document["name"], document["fault"]) == (
        "subsegment",
        "people",
        False,
    )
    assert document["start_time"] <= document["end_time"]


def test_a_run_that_failed_is_a_fault(rig: Rig, daemon: socket.socket) -> None:
    rig.feeds(PEOPLE)
    with pytest.raises(RunsFailedError):
        rig.invoke(SCHEDULE)
    assert _received(daemon)[0]["fault"] is True


def test_what_raises_is_a_fault(daemon: socket.socket) -> None:
    with pytest.raises(ValueError, match="any"), traced("people"):
        raise ValueError("any")
    assert _received(daemon)[0]["fault"] is True


def test_an_invocation_that_is_not_sampled_sends_nothing(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={ROOT};Parent={PARENT};Sampled=0")
    with traced("people"):
        pass
    assert _received(daemon) == []
