"""An interrupt is reported as one, whatever a library makes of it."""

import signal
from collections.abc import Callable

import pytest
import typer

from csvferry.cli.invocation import errors_reported
from csvferry.errors import UsageError

TOLD = "csvferry: interrupted; what was not yet committed is undone\n"


def _as_duckdb_does() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


@pytest.mark.parametrize(
    "work", [lambda: signal.raise_signal(signal.SIGINT), _as_duckdb_does], ids=["plain", "DuckDB"]
)
def test_an_interrupt_ends_in_one_line(
    work: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(typer.Exit) as ended, errors_reported():
        work()
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == TOLD
    assert signal.getsignal(signal.SIGINT) is before


def test_another_error_is_told_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, errors_reported():
        raise UsageError("no such thing")
    assert ended.value.exit_code == 2
    assert "no such thing" in capsys.readouterr().err
