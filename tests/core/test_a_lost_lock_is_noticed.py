"""A lock that is lost before the commit undoes the run, and it tries again."""

import logging
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from csvferry.config.feed import make_feed
from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.model.phases import Controls, Phase
from csvferry.run.runner import Run, attempt
from csvferry.sources.source import find
from targets import Target


def test_a_lock_that_a_proxy_forgets(
    server_target: Target, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,a\n2,b\n")
    feed = make_feed(source=str(file), to=server_target.url, table="people")
    opened: list[Database] = []

    def connect() -> AbstractContextManager[Database]:
        opened.append(open_database(feed.to))
        return closing(opened[-1])

    def forget(step: Phase, done: int, total: int) -> None:
        if step is Phase.RECORDED and len(opened) == 1:
            opened[0].query("DO RELEASE_ALL_LOCKS()")

    (source,) = find(feed.source)
    with caplog.at_level(logging.WARNING):
        report, error = attempt(
            Run(feed, source, connect=connect, controls=Controls(progress=forget))
        )
    assert error is None
    assert report.status == "applied"
    assert len(opened) > 1
    assert "the lock of people was lost" in caplog.text
    assert server_target.rows("SELECT id, name FROM people ORDER BY id") == [(1, "a"), (2, "b")]
    assert server_target.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]
