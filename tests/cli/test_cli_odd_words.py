"""Words, names and configurations that nobody would write end in one line that says what is off."""

import os
from pathlib import Path

import pytest

from cli.shell import Shell

ESCAPE = "\x1b]0;drawn\x07"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("sync", "~nobody-of-that-name/people.csv"), 1),
        (("sync", "n" * 300 + ".csv"), 1),
        (("sync", "https://[x/people.csv"), 2),
        (("sync", "people.csv", "--to", "mysql://u@[::1/shop"), 2),
        (("sync", "--config", "latin.toml"), 2),
        (("sync", "--config", "numbers.toml"), 2),
        (("sync", "--config", "number.toml"), 2),
        (("sync", "people.csv", "--memory", "1GiB"), 2),
        (("rejects", "--export", "/dev/full"), 2),
    ],
)
def test_they_are_told_in_one_line(shell: Shell, words: tuple[str, ...], status: int) -> None:
    shell.write("people.csv", "id,email\n1,a\n2\n")
    shell.write("latin.toml", b"[[feeds]]\nsource = '\xe9.csv'\n")
    shell.write("numbers.toml", "feeds = [1]\n")
    shell.write("number.toml", "defaults = 1\n[[feeds]]\nsource = 'people.csv'\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    done = shell.run(*words)
    assert (done.status, done.err.count("\n")) == (status, 1), done.err
    assert done.err.startswith("csvferry: ")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--memory", "1GiB", "'1GiB' is no size like 400MB"),
        ("--memory", "63MB", "a run needs 64MB and more, not 63MB"),
        ("--max-rejects", "few", "'few' is neither a number of rows (100) nor a share (10%)"),
    ],
)
def test_what_is_off_is_told_with_what_it_should_be(
    shell: Shell, option: str, value: str, told: str
) -> None:
    shell.write("people.csv", "id\n1\n")
    done = shell.run("sync", "people.csv", option, value)
    assert done.status == 2
    assert told in done.err


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_a_file_whose_name_is_no_text_is_a_file(shell: Shell, json: tuple[str, ...]) -> None:
    folder = shell.folder / "in"
    folder.mkdir()
    for name in (b"caf\xe9.csv", b"tea.csv"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("id\n1\n")
    done = shell.run("sync", "in/", "--table", "drinks", *json)
    assert (done.status, done.err) == (0, "")
    assert "udce9" in done.out


def test_no_control_character_of_a_file_or_its_name_reaches_the_screen(shell: Shell) -> None:
    shell.write(f"a{ESCAPE}.csv", f"id,na{ESCAPE}me\n1,{ESCAPE}\nx,y\n")
    for command in ("check", "plan", "sync"):
        done = shell.run(command, f"a{ESCAPE}.csv", "--max-rejects", "1")
        assert done.status == 0, done.err
        assert "drawn" in done.out
        assert not set(done.out + done.err) & {"\x1b", "\x07"}


def test_a_configurations_paths_count_from_its_folder_and_the_calls_from_here(shell: Shell) -> None:
    (shell.folder / "conf").mkdir()
    shell.write("conf/people.csv", "id,email\n1,a\n")
    written = "[[feeds]]\nsource = 'people.csv'\nto = 'sqlite:///there.db'\nstate = 'memory'\n"
    shell.write("conf/csvferry.toml", written)
    assert shell.run("sync", "--config", "conf/csvferry.toml").status == 0
    assert (shell.folder / "conf/there.db").exists()
    assert (shell.folder / "conf/memory").is_dir()
    here = ("--config", "conf/csvferry.toml", "--to", "sqlite:///here.db")
    assert shell.run("sync", *here).status == 0
    assert (shell.folder / "here.db").exists()
    assert len(shell.run("history", *here, "--json").reports) == 1


def test_exported_rejects_are_their_owners_alone_also_in_a_file_that_was_there(
    shell: Shell,
) -> None:
    shell.write("people.csv", "id,email\n1,a\n2\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    mend = shell.write("mend.csv", "old")
    mend.chmod(0o644)
    assert shell.run("rejects", "--export", "mend.csv").status == 0
    assert (mend.read_text(), mend.stat().st_mode & 0o777) == ("id,email\n2\n", 0o600)


def test_of_very_many_rejects_the_first_are_shown(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n" + "1,a\n" * 1202)
    shell.run("sync", "people.csv")
    done = shell.run("rejects")
    assert done.out.count("duplicate_key") == 1000
    assert "--json, or --export" in done.out
    assert len(shell.run("rejects", "--json").reports) == 1201


def test_exported_rejects_say_how_they_are_to_be_read(shell: Shell) -> None:
    shell.write("people.csv", "id;name\n1;'a;b'\n2;'c;d'\nx;'c'\n")
    shell.run("sync", "people.csv", "--max-rejects", "9", "--type", "id=BIGINT")
    done = shell.run("rejects", "--export", "mend.csv")
    command = "csvferry sync mend.csv --table people --delimiter ';' --quote ''\"'\"''"
    ((run,),) = shell.rows("SELECT run FROM csvferry_runs")
    told = f"1 row written to mend.csv\nwhen they are fixed: {command} --settles {run}\n"
    assert done.err == told
    mended = (shell.folder / "mend.csv").read_text().replace("x;", "4;")
    shell.write("mend.csv", mended)
    read = ("--table", "people", "--delimiter", ";", "--quote", "'")
    assert shell.run("sync", "mend.csv", *read).status == 0
    assert shell.rows("SELECT name FROM people WHERE id = 4") == [("c",)]


def test_a_row_that_was_too_long_to_be_kept_is_not_exported_cut(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,a\n2," + "x" * 2_100_000 + "\n3\n")
    shell.run("sync", "people.csv", "--max-rejects", "9")
    done = shell.run("rejects", "--export", "mend.csv")
    assert "1 row written to mend.csv; 1 more were too long to be kept" in done.err
    assert (shell.folder / "mend.csv").read_text() == "id,name\n3\n"
