"""Rejected rows go out, are fixed and come in again: the loop that `rejects --export` prints."""

import shlex
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from cli.shell import Done, Shell


def _command(done: Done) -> list[str]:
    """What the export said to run, without the program's name."""
    line = done.err.splitlines()[1]
    assert line.startswith("when they are fixed: csvferry ")
    return shlex.split(line.removeprefix("when they are fixed: csvferry "))


def test_a_row_that_lost_as_a_duplicate_does_not_come_back(shell: Shell) -> None:
    """The loser's value would win over the winner's."""
    shell.write("people.csv", "id,name\n1,old\n1,new\n2,Bob,x\n")
    assert shell.run("sync", "people.csv", "--mode", "upsert", "--max-rejects", "9").status == 0
    done = shell.run("rejects", "--export", "fix.csv")
    assert "1 row written to fix.csv; 1 more lost to another row" in done.err
    fixed = (shell.folder / "fix.csv").read_text()
    assert fixed == "id,name\n2,Bob,x\n"
    shell.write("fix.csv", fixed.replace(",x", ""))
    assert shell.run(*_command(done)).status == 0
    assert shell.rows("SELECT id, name FROM people ORDER BY id") == [(1, "new"), (2, "Bob")]


def test_a_row_that_is_wrong_and_lost_is_exported_for_what_is_wrong(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.folder / "csvferry.db")) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, n TINYINT)")
    shell.write("people.csv", "id,n\n1,5\n2,999\n2,7\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    shell.run("rejects", "--export", "fix.csv")
    assert (shell.folder / "fix.csv").read_text() == "id,n\n2,999\n"


def test_duplicates_are_exported_where_they_are_asked_for(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,old\n1,new\n")
    shell.run("sync", "people.csv")
    done = shell.run("rejects", "--export", "fix.csv")
    assert done.err.startswith("0 rows written to fix.csv; 1 more lost to another row")
    assert "when they are fixed" not in done.err
    shell.run("rejects", "--export", "fix.csv", "--duplicates")
    assert (shell.folder / "fix.csv").read_text() == "id,name\n1,new\n"


def test_the_command_has_all_that_the_rows_were_read_by(shell: Shell) -> None:
    """Of a mirror it is an upsert: the file of rejects lacks all other rows."""
    shell.write("in.csv", "a;b;name;mail\n1;1;\\N;m\n2;1;Bob;x;x\n3;x;-;n\n")
    done = shell.run(
        *("sync", "in.csv", "--to", "sqlite:///shop.db", "--table", "the people"),
        *("--key", "a,b", "--unique", "mail", "--null", "\\N", "--null", "-"),
        *("--mode", "mirror", "--max-rejects", "9"),
    )
    assert done.status == 0, done.err
    done = shell.run("rejects", "--to", "sqlite:///shop.db", "--export", "my fix.csv")
    command = _command(done)
    ((run,),) = shell.rows("SELECT run FROM csvferry_runs", "shop.db")
    assert command == [
        *("sync", "my fix.csv", "--to", "sqlite:///shop.db", "--table", "the people"),
        *("--mode", "upsert", "--delimiter", ";", "--key", "a,b", "--null", "\\N", "--null=-"),
        *("--unique", "mail", "--settles", run),
    ]
    fixed = (shell.folder / "my fix.csv").read_text().replace(";x;x", ";x")
    shell.write("my fix.csv", fixed)
    assert shell.run(*command).status == 0
    rows = shell.rows('SELECT a, b, name, mail FROM "the people" ORDER BY a', "shop.db")
    assert (2, "1", "Bob", "x") in rows
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("\tb", "'\tb"),
        ('"=a,b"', '"\'=a,b"'),
        ('"x\n=a"', '"x\n\'=a"'),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_cells_that_a_spreadsheet_would_run(shell: Shell, cell: str, written: str) -> None:
    shell.write("people.csv", f"id,=name\n1,a\n=2,{cell},{cell}\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    plain, safe = (shell.folder / name for name in ("plain.csv", "safe.csv"))
    assert shell.run("rejects", "--export", "plain.csv").status == 0
    assert plain.read_text() == f"id,=name\n=2,{cell},{cell}\n"
    assert shell.run("rejects", "--export", "safe.csv", "--export-safe").status == 0
    assert safe.read_text() == f"id,'=name\n'=2,{written},{written}\n"


def test_a_ledger_that_somebody_wrote_in_adds_no_word_to_the_command(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,a\n2,b,c\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    header = '{"line": "id,name", "options": {"to": ["mysql://evil/x"], "state": ["/"],'
    header += ' "no_such": ["a"], "key": ["id; rm -r *"]}}'
    with closing(sqlite3.connect(shell.folder / "csvferry.db")) as connection:
        connection.execute("UPDATE csvferry_runs SET header = ?", (header,))
        connection.commit()
    done = shell.run("rejects", "--export", "fix.csv")
    assert "csvferry sync fix.csv --table people --key 'id; rm -r *' --settles" in done.err


def _rejected(shell: Shell, *words: str) -> list[dict[str, Any]]:
    return shell.run("rejects", "--json", *words).reports


def test_a_fixed_file_settles_the_rejects_of_its_run(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob,x\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    (before,) = _rejected(shell)
    assert before["settled"] is None
    command = _command(shell.run("rejects", "--export", "fix.csv"))
    shell.write("fix.csv", "id,name\n2,Bob\n")
    (done,) = shell.run(*command, "--json").reports
    assert _rejected(shell) == []
    assert _rejected(shell, before["run"]) == [{**before, "settled": done["run"]}]
    assert f"settled by run {done['run']}" in shell.run("rejects", before["run"]).out


def test_what_is_still_wrong_in_a_fixed_file_is_a_reject_of_its_own(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob,x\n3,Eve,y\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    command = _command(shell.run("rejects", "--export", "fix.csv"))
    shell.write("fix.csv", "id,name\n2,Bob\n3,Eve,y\n")
    (done,) = shell.run(*command, "--json", "--max-rejects", "9").reports
    (left,) = _rejected(shell)
    assert (left["run"], left["raw"]) == (done["run"], "3,Eve,y")


def test_a_plan_settles_nothing(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob,x\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    command = _command(shell.run("rejects", "--export", "fix.csv"))
    shell.write("fix.csv", "id,name\n2,Bob\n")
    assert shell.run("plan", *command[1:]).status == 0
    assert len(_rejected(shell)) == 1


def test_a_run_that_there_is_not_settles_nothing(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n")
    for command in ("sync", "plan"):
        done = shell.run(command, "people.csv", "--settles", "0" * 26)
        assert done.status == 2
        assert f"there is no run {'0' * 26}" in done.err
    assert not shell.rows("SELECT 1 FROM sqlite_master WHERE name = 'people'")


def test_the_rejects_of_a_stopped_run_are_settled_where_they_lie(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,Bob,x\n")
    assert shell.run("sync", "people.csv", "--state", "my state").status == 3
    command = _command(shell.run("rejects", "--state", "my state", "--export", "fix.csv"))
    assert command[-2:] == ["--state", "my state"]
    shell.write("fix.csv", "id,name\n2,Bob\n")
    assert shell.run(*command).status == 0
    assert _rejected(shell, "--state", "my state") == []


def test_a_word_that_is_no_run_settles_nothing(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n")
    assert shell.run("sync", "people.csv", "--settles", "x' OR 1").status == 2


def test_options_of_an_export_without_an_export(shell: Shell) -> None:
    for option in ("--duplicates", "--export-safe"):
        assert shell.run("rejects", option).status == 2


def test_a_file_of_a_named_dialect_is_read_as_it_was(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.folder / "csvferry.db")) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(9))")
    shell.write("people.txt", "1\ta\\tb\n2\t\\N\tx\n")
    done = shell.run("sync", "people.txt", "--dialect", "mysql", "--max-rejects", "9")
    assert done.status == 0, done.err
    done = shell.run("rejects", "--export", "fix.txt")
    command = _command(done)
    shell.write("fix.txt", (shell.folder / "fix.txt").read_text().replace("\tx", ""))
    assert shell.run(*command).status == 0, command
    rows = shell.rows("SELECT id, name FROM people ORDER BY id")
    assert rows == [(1, "a\tb"), (2, None)]


DECLARED = """[[feeds]]
source = "people.csv"
mode = "mirror"
max_rejects = "9"
[feeds.columns]
"Birth Day" = { to = "born", date = "%d/%m/%Y" }
Balance = { decimal = ",", thousands = "." }
Note = { null = ["", "N/A"] }
"it's \\"new\\"" = { true = ["ja", "é"], false = ["nein"] }
origin = { constant = "shop" }
"""


def test_the_command_has_what_is_declared_of_columns(shell: Shell) -> None:
    shell.write("csvferry.toml", DECLARED)
    head = 'id;Birth Day;Balance;Note;it\'s "new"\n'
    shell.write("people.csv", f"{head}1;31/12/2025;1.234,56;N/A;ja\n2;12/31/2025;1,5;x;nein\n")
    assert shell.run("sync").status == 0
    done = shell.run("rejects", "--export", "fix.csv")
    assert (shell.folder / "fix.csv").read_text() == f"{head}2;12/31/2025;1,5;x;nein\n"
    shell.write("fix.csv", f"{head}2;31/12/2024;1,5;N/A;é\n")
    (shell.folder / "csvferry.toml").unlink()
    assert shell.run(*_command(done)).status == 0
    assert shell.rows("SELECT * FROM people ORDER BY id") == [
        (1, "2025-12-31", 1234.56, None, 1, "shop"),
        (2, "2024-12-31", 1.5, None, 1, "shop"),
    ]


def test_rows_that_were_not_kept_are_counted(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,ann\nx,bob\n")
    words = ("--type", "id=INT", "--no-keep-raw", "--max-rejects", "50%")
    assert shell.run("sync", "people.csv", *words).status == 0
    told = shell.run("rejects", "--export", "fix.csv").err
    assert "0 rows written to fix.csv; 1 more were not kept" in told
