"""A hashed column: HMAC-SHA-256 of the value, and the value itself nowhere."""

import hmac
import logging
from pathlib import Path

import pytest

from csvferry.config.feed import Feed, make_feed
from csvferry.errors import UsageError
from csvferry.load.context import Run
from csvferry.model.report import Report
from csvferry.run.runner import attempt
from csvferry.sources.source import find
from targets import Target

KEY = "longer than a block of SHA-256, which is of 64 bytes: HMAC hashes such a key itself"
SECRET = "a@b.c"
HASHED = {"email": {"hash": "sha256", "key": "env:CASE_KEY"}}


@pytest.fixture
def feed(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setenv("CASE_KEY", KEY)
    target.run("CREATE TABLE people (id INT PRIMARY KEY, email CHAR(64))")
    path = tmp_path / "people.csv"
    path.write_text(f"id,email\n1,{SECRET}\n2,\nx,{SECRET}\n10,{SECRET},more\n11,ä\n")
    return make_feed(
        source=str(path),
        to=target.url,
        table="people",
        mode="upsert",
        max_rejects="100%",
        state=str(tmp_path / "state"),
        columns=HASHED,
    )


def _run(feed: Feed, *, dry: bool = False) -> Report:
    (found,) = find(feed.source)
    report, error = attempt(Run(feed, found, dry=dry))
    assert error is None
    return report


def _hash(value: str, key: str = KEY) -> str:
    return hmac.new(key.encode(), value.encode(), "sha256").hexdigest()


def test_the_table_has_the_keyed_hash_and_nothing_has_the_value(
    feed: Feed, target: Target, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    report = _run(feed)
    assert (report.rows.inserted, report.rows.rejected) == (3, 2)
    found = target.rows("SELECT id, email FROM people ORDER BY 1")
    assert found == [(1, _hash(SECRET)), (2, None), (11, _hash("ä"))]
    rejects = target.rows("SELECT line, raw, message FROM csvferry_rejects ORDER BY 1")
    assert [(line, raw) for line, raw, _ in rejects] == [(4, None), (5, None)]
    left = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    for told in (repr(rejects), caplog.text, repr(report), left.decode("latin-1")):
        assert SECRET not in told
        assert KEY not in told


def test_another_key_is_another_version_of_the_rows(
    feed: Feed, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(feed)
    monkeypatch.setenv("CASE_KEY", "another")
    with Path(feed.source).open("a") as file:
        file.write("12,\n")
    report = _run(feed)
    assert (report.rows.inserted, report.rows.updated, report.rows.unchanged) == (1, 2, 1)
    ((found,),) = target.rows("SELECT email FROM people WHERE id = 1")
    assert found == _hash(SECRET, "another")


def test_a_key_that_is_not_there_is_named_before_anything_is_read(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASE_KEY")
    Path(feed.source).unlink()
    gone = find(str(Path(feed.source).parent / "missing.csv"))[0]
    with pytest.raises(UsageError, match="env:CASE_KEY"):
        Run(feed, gone)
