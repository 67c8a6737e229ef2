"""Vitess adds the statement and its values to an error; none of it is told, logged or raised."""

import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csvferry.cli.app import app
from csvferry.databases.mysql.database import MysqlDatabase
from csvferry.databases.mysql.session.proxied_error import own_words
from csvferry.errors import CsvFerryError, PassingDatabaseError
from hostile_server.scripted_server import Answer, refusal, scripted

SECRET = "Zaphod4711"
INSERT = f"insert into people(`name`) values ('{SECRET}')"
STATEMENT = f'Sql: "{INSERT}", BindVars: {{name: "type:VARCHAR value:\\"{SECRET}\\""}}'
WAY = "target: shop.-80.primary: vttablet: "
RPC = f"{WAY}rpc error: code = Aborted desc = "
WAIT = "Lock wait timeout exceeded; try restarting transaction"
DUPLICATE = "Duplicate entry '7' for key 'people.PRIMARY'"
SAID = [
    (f"{RPC}{WAIT} (errno 1205) (sqlstate HY000) (CallerID: app): {STATEMENT}", WAIT),
    (f"{WAY}{WAIT} (errno 1205) (sqlstate HY000): {STATEMENT}", WAIT),
    (f"{WAY}(errno 1205) (sqlstate HY000) (CallerID: app): {STATEMENT}", ""),
    (f"{WAY}{DUPLICATE} (errno 1062) (sqlstate 23000): {STATEMENT}", DUPLICATE),
    (f"{WAY}transaction 17: ended (CallerID: app)", "transaction 17: ended"),
    (f"table people is locked: {STATEMENT}", "table people is locked: "),
    (f'row (errno 7) Sql: "{SECRET}" (errno 1205): {STATEMENT}', "row"),
    (f"{WAIT}\n{STATEMENT}", f"{WAIT}\n"),
    ("VT03019: column x not found", "VT03019: column x not found"),
    ("Unknown database 'target: x'", "Unknown database 'target: x'"),
    ("Can't create table `a`.`b` (errno: 150)", "Can't create table `a`.`b` (errno: 150)"),
    ("", ""),
]


@pytest.mark.parametrize(("said", "words"), SAID)
def test_the_servers_own_words_are_left(said: str, words: str) -> None:
    assert own_words(said) == words


def _always(packets: list[bytes]) -> Answer:
    return lambda _: packets


@pytest.mark.parametrize("code", [1105, 1205, 1062, 3819, 999])
def test_no_value_is_told(code: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = f"{RPC}{WAIT} (errno {code}) (sqlstate HY000) (CallerID: app): {STATEMENT}"
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Ann\n")
    with scripted(_always(refusal(code, said))) as server, caplog.at_level(logging.DEBUG):
        words = ["history", "--to", server.url]
        done = CliRunner().invoke(app, words, prog_name="csvferry")
        assert SECRET not in done.output
        with pytest.raises(CsvFerryError) as caught:
            MysqlDatabase.from_url(server.url, untested=True)
    assert SECRET not in str(caught.value)
    assert SECRET not in "".join(record.getMessage() for record in caplog.records)
    context = caught.value.__context__
    assert context is None or SECRET not in repr(context)


def test_the_index_of_a_duplicate_is_told() -> None:
    answer = refusal(1062, f"{WAY}{DUPLICATE} (errno 1062) (sqlstate 23000): {STATEMENT}")
    with (
        scripted(_always(answer)) as server,
        pytest.raises(PassingDatabaseError, match=r"index people\.PRIMARY"),
    ):
        MysqlDatabase.from_url(server.url, untested=True)


def test_vitess_own_number_is_told() -> None:
    answer = refusal(1105, "VT09004: INSERT should contain column list or the table a schema")
    with scripted(_always(answer)) as server, pytest.raises(CsvFerryError, match="VT09004"):
        MysqlDatabase.from_url(server.url, untested=True)
