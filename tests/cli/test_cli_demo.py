"""The demo shows a bad row, a duplicate, a change, a plan and a guard, by csvferry alone."""

import os
import subprocess
import sys
from pathlib import Path

import csvferry

ROOT = Path(csvferry.__file__).parents[2]


def test_the_demo_shows_the_main_job() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "demo", sys.prefix],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if name != "XDG_STATE_HOME"},
    )
    shown = (
        "too_many_columns",
        "duplicate_key",
        "unchanged",
        "email grace@example.com → grace@example.org",
        "the version applied last is known",
        "exit status 3",
    )
    assert [words for words in shown if words not in done.stdout] == []
    assert "3 of 4 rows would be deleted" in done.stderr


def test_the_short_flag_teaches_too() -> None:
    for words in (["-h"], ["sync", "-h"]):
        done = subprocess.run(
            [sys.executable, "-m", "csvferry", *words], capture_output=True, text=True, check=True
        )
        assert "Usage: csvferry" in done.stdout
