"""Standard input can be read once: it is kept for further tries, and nothing of it stays."""

import io
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from faults.driver import Order, run
from faults.inprocess import sync
from targets import Target
from vitess.keyspaces import Keyspace

FILE = b"id,name\n1,a\n2,b\n"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILE)))


def test_a_second_try_has_all_of_standard_input(server_target: Target, scratch: Path) -> None:
    if isinstance(server_target, Keyspace):
        pytest.skip("Vitess answers 1095 to KILL")

    def cut() -> None:
        with closing(server_target.connect()) as other:
            cursor = other.cursor()
            cursor.execute(
                "SELECT ID FROM information_schema.PROCESSLIST"
                " WHERE DB = DATABASE() AND ID <> CONNECTION_ID()"
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {number}")

    report, error = sync({"source": "-", "to": server_target.url, "table": "people"}, validated=cut)
    assert error is None
    assert report.rows.inserted == 2
    assert list(scratch.iterdir()) == []


def test_standard_input_that_was_applied_before_leaves_no_scratch(
    target: Target, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"source": "-", "to": target.url, "table": "people"}
    assert sync(options)[0].status == "applied"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILE)))
    assert sync(options)[0].status == "unchanged"
    assert list(scratch.iterdir()) == []


def test_what_a_killed_run_kept_of_standard_input_goes_with_the_next(tmp_path: Path) -> None:
    options = {"source": "-", "to": f"sqlite:///{tmp_path}/t.db", "table": "people"}
    order = Order(options, tmp_path)
    assert run(Order(options, tmp_path, step="identified")) is None
    assert list(order.scratch.iterdir())
    run(order)
    assert list(order.scratch.iterdir()) == []
