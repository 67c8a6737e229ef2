"""`verify` compares the rows that are not marked: a marked one is gone, whatever it holds."""

from pathlib import Path

import pytest

from cli.shell import Shell
from targets import Target

MARKS = ("--mode", "mirror", "--on-delete", "mark:deleted_at", "--max-deletes", "100%")


@pytest.mark.parametrize("check", ["", ", CHECK (id > 0)"])  # with it, the server compares
def test_a_row_that_is_marked_is_missing_and_an_unmarked_one_is_extra(
    target: Target, shell: Shell, check: str
) -> None:
    table = f"id INT PRIMARY KEY, name VARCHAR(9), deleted_at DATETIME{check}"
    target.run(f"CREATE TABLE people ({table})")
    words = (shell.write("people.csv", "id,name\n1,a\n2,b\n3,c\n").name, "--to", target.url, *MARKS)
    assert shell.run("sync", *words).status == 0
    assert shell.run("verify", *words).status == 0
    target.run(
        "UPDATE people SET deleted_at = '2024-01-01 00:00:00' WHERE id = 2",
        "INSERT INTO people VALUES (8, 'h', '2024-01-01 00:00:00'), (9, 'i', NULL)",
    )
    found = shell.run("verify", *words)
    assert found.status == 1
    assert "1 missing, 0 different, 1 extra" in found.err
    assert shell.run("verify", *words, "--repair").status == 0
    there = "SELECT id FROM people WHERE deleted_at IS NULL ORDER BY id"
    assert target.rows(there) == [(1,), (2,), (3,)]
    assert target.rows("SELECT COUNT(*) FROM people") == [(5,)]


def test_only_mirror_may_mark(shell: Shell) -> None:
    shell.write("people.csv", "id\n1\n")
    found = shell.run("sync", "people.csv", "--mode", "upsert", "--on-delete", "mark:gone")
    assert found.status == 2
    assert "only mirror deletes rows" in found.err
    assert not Path(shell.folder / "csvferry.db").exists()


@pytest.mark.parametrize("words", ["mark:", "keep", "mark"])
def test_another_word_is_refused(shell: Shell, words: str) -> None:
    shell.write("people.csv", "id\n1\n")
    found = shell.run("sync", "people.csv", "--mode", "mirror", "--on-delete", words)
    assert found.status == 2
    assert "write delete, or mark: and a column" in found.err
