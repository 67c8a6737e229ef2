"""A server that closes silent sessions soon closes none of a run's, which read for minutes."""

import time
from contextlib import closing
from pathlib import Path

import pytest

import servers
from csvferry.model.phases import Phase
from faults.inprocess import every
from targets import Target, connect, fresh_database

SOON = {
    "mariadb": ("--wait-timeout=1", "--idle-transaction-timeout=1"),
    "mysql": ("--wait-timeout=1",),
}
PROGRAMS = {"mariadb": "mariadbd", "mysql": "mysqld"}


@pytest.mark.parametrize("kind", SOON)
def test_a_run_that_is_silent_for_longer_is_applied_in_one_try(kind: str, tmp_path: Path) -> None:
    if not servers.has(PROGRAMS[kind]):
        servers.absent(f"a {kind} server that closes sessions: no {PROGRAMS[kind]} on the path")
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,a\n2,b\n")
    start = {"mariadb": servers.start_mariadb, "mysql": servers.start_mysql}[kind]
    steps: list[Phase] = []
    with start(tmp_path, *SOON[kind]) as url, fresh_database(url) as place:

        def wait(step: Phase, done: int, total: int) -> None:
            if step in (Phase.READ, Phase.RECORDED):  # within the transaction, the second time
                steps.append(step)
                _until_silent(place, 2)

        report, error = every({"source": str(file), "to": place, "table": "people"}, wait)
        assert error is None
        assert report.status == "applied"
        assert steps == [Phase.READ, Phase.RECORDED]
        assert Target(kind, place).rows("SELECT COUNT(*) FROM people") == [(2,)]


def _until_silent(url: str, seconds: int) -> None:
    """Until the run's session has said nothing for so long, or is closed."""
    asked = (
        "SELECT MAX(TIME) FROM information_schema.PROCESSLIST WHERE DB = DATABASE()"
        " AND ID <> CONNECTION_ID() AND COMMAND = 'Sleep'"
    )
    while True:
        with closing(connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(asked)
            ((longest,),) = cursor.fetchall()
        if longest is None or longest >= seconds:
            return
        time.sleep(0.1)  # the server counts whole seconds
