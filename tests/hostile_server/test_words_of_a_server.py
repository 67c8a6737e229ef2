"""What a server says is no command for a terminal, and what it answers ends in one clear line."""

import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csvferry.cli.app import app
from csvferry.databases.answers.expressions import mysql_expression
from csvferry.databases.mysql.database import MysqlDatabase
from csvferry.errors import CsvFerryError, TargetError
from hostile_server.scripted_server import HANG_UP, OK, Answer, refusal, rows, scripted

ODD = "\x1b[2J\x1b]0;title\x07\r\nroot:\u202e\x9b"


def _said(url: str, folder: Path, *words: str) -> str:
    """All that a command prints; it ends by itself."""
    file = folder / "people.csv"
    file.write_text("id,name\n1,Ann\n")
    words = tuple(str(file) if word == "FILE" else word for word in words)
    done = CliRunner().invoke(app, [*words, "--to", url], prog_name="csvferry")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    assert done.exit_code == 1
    return done.output


def _always(packets: list[bytes]) -> Answer:
    return lambda _: packets


@pytest.mark.parametrize("words", [("sync", "FILE"), ("history",), ("doctor", "FILE")])
@pytest.mark.parametrize("code", [1049, 1142, 1062, 1205, 3819, 9999])
def test_words_of_an_error(
    words: tuple[str, ...], code: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer = _always(refusal(code, f"{ODD}for key '{ODD}'"))
    with scripted(answer) as server, caplog.at_level(logging.DEBUG):
        said = _said(server.url, tmp_path, *words)
    assert all(line.isprintable() for line in said.splitlines())
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_an_error_repeats_some_of_a_servers_words(tmp_path: Path) -> None:
    with scripted(_always(refusal(1142, "x" * 50_000))) as server:
        assert len(_said(server.url, tmp_path, "history")) < 1000


@pytest.mark.parametrize("version", [f"8.0.36-{ODD}", "5.5.5-10.11.6-MariaDB-\x1b[31m", "x", "8"])
def test_the_version_of_a_server(version: str, tmp_path: Path) -> None:
    with scripted(_always(rows(("MySQL Community",))), version.replace("\0", "")) as server:
        for words in (("sync", "FILE"), ("doctor", "FILE")):
            assert all(
                line.isprintable() for line in _said(server.url, tmp_path, *words).split("\n")
            )


@pytest.mark.parametrize(
    "packets",
    [
        [b""],
        [b"\x05"],
        [b"\xfc\xff"],
        [b"\xff\x01"],
        [b"\x01", b"\x03de"],
        [b"\x01", *rows(("a",))[1:3], b"\xfd\xff\xff\xff"],
        [b"\xfe\x00"],
        [*rows(("a",))[:3], b"\x02\xff\xfe", rows(("a",))[-1]],
        [*rows(("a",))[:3], b"\x01\xff", *rows(("a",))[4:]],
    ],
    ids=range(9),
)
def test_answers_that_are_none(packets: list[bytes], tmp_path: Path) -> None:
    with scripted(_always([*packets, HANG_UP])) as server:
        said = _said(server.url, tmp_path, "sync", "FILE")
    assert all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize("answer", [rows(("",)), rows((None,)), rows(("many",)), rows(), [OK]])
def test_answers_of_another_shape(answer: list[bytes], tmp_path: Path) -> None:
    """No rows where one is asked for, text for a number, NULL."""
    with scripted(_always(answer)) as server:
        for words in (("sync", "FILE"), ("history",), ("rejects",), ("doctor", "FILE")):
            file = tmp_path / "people.csv"
            file.write_text("id,name\n1,Ann\n")
            given = [str(file) if word == "FILE" else word for word in words]
            done = CliRunner().invoke(app, [*given, "--to", server.url], prog_name="csvferry")
            assert done.exception is None or isinstance(done.exception, SystemExit)
            assert "Traceback" not in done.output


def _catalogue(**odd: str) -> Answer:
    """A server with one table, whose definition says what the test wants."""
    found = {"type": "varchar(9)", "charset": "utf8mb4", "collation": "utf8mb4_bin"} | odd

    def answer(statement: str) -> list[bytes]:
        if "version_comment" in statement:
            return rows(("MySQL Community Server - GPL",))
        if "TABLE_TYPE, t.TABLE_NAME" in statement:
            return rows(("BASE TABLE", "people", "InnoDB", "YES"))
        if "COLUMN_NAME, COLUMN_TYPE" in statement:
            column = ("name", found["type"], "YES", None, "")
            return rows((*column, found["charset"], found["collation"], odd.get("expression")))
        if "CHECK_CLAUSE" in statement and "check" in odd:
            return rows(("c", odd["check"]))
        if statement.startswith(("SET", "CREATE")):
            return [OK]
        return [b"\x01", rows(("a",))[1], rows(("a",))[2], rows(("a",))[-1]]

    return answer


PAYLOAD = "utf8mb4_bin) ENGINE=InnoDB; DROP TABLE people; -- "


@pytest.mark.parametrize("what", ["charset", "collation"])
def test_names_of_the_catalogue_are_quoted(what: str) -> None:
    with scripted(_catalogue(**{what: f"{PAYLOAD}`"})) as server:
        database = MysqlDatabase.from_url(server.url)
        table = database.catalog.describe("people")
        assert table is not None
        database.loader.stage("csvferry_stage_x", table.columns)
        (made,) = [words for words in server.statements if "csvferry_stage_x" in words]
        database.close()
    assert f"`{PAYLOAD}```" in made


@pytest.mark.parametrize("what", ["type", "expression", "check"])
def test_sql_of_the_catalogue_is_closed_in_itself(what: str) -> None:
    with scripted(_catalogue(**{what: PAYLOAD})) as server:
        database = MysqlDatabase.from_url(server.url)
        with pytest.raises(TargetError):
            database.catalog.describe("people")
        database.close()


def test_an_expression_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(CsvFerryError) as caught:
        mysql_expression("'secret")
    assert "secret" not in str(caught.value)
