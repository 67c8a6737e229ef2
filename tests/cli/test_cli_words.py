"""The command line's words: each option of the contract, help that teaches, exit statuses."""

import pytest

from cli.shell import Shell

COMMANDS = ("sync", "plan", "check", "history", "rejects", "verify", "doctor", "grants")
OPTIONS = (
    "--to", "--table", "--key", "--unique", "--mode", "--max-rejects", "--max-deletes",
    "--allow-empty", "--null", "--delimiter", "--quote", "--encoding", "--no-header", "--type",
    "--full", "--state", "--memory", "--json", "--config",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_teaches_with_an_example(shell: Shell, command: str) -> None:
    assert f"Example: csvferry {command}" in shell.run(command, "--help").out


@pytest.mark.parametrize("command", ["sync", "plan"])
def test_each_option_of_the_contract_is_there(shell: Shell, command: str) -> None:
    shown = shell.run(command, "--help").out
    assert [option for option in OPTIONS if option not in shown] == []


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "people.csv", "--mode", "replace"),
        ("sync", "people.csv", "--max-rejects", "many"),
        ("sync", "people.csv", "--max-deletes", "101%"),
        ("sync", "people.csv", "--to", "oracle://db"),
        ("sync", "people.csv", "--to", "mysql://host"),
        ("sync", "people.csv", "--key", "nothing"),
        ("sync", "people.csv", "--key", "id,ID"),
        ("sync", "people.csv", "--unique", "email,email"),
        ("sync", "people.csv", "--config", "none.toml"),
        ("sync", "people.csv", "--type", "id"),
        ("sync", "people.csv", "--type", "id=GEOMETRY"),
        ("sync", "people.csv", "--delimiter", "\n"),
        ("sync", "people.csv", "--encoding", "klingon"),
        ("sync", "ftp://host/people.csv"),
        ("sync", "people.csv", "--table", "csvferry_runs", "--key", "id"),
        ("sync", "people.csv", "--table", "CSVFERRY_stage_1"),
        ("sync", ".csv"),
        ("sync", "-"),
        ("sync",),
        ("rejects", "20260101"),
        ("nonsense",),
    ],
)
def test_words_that_are_off_end_in_2_and_are_told_in_a_line(
    shell: Shell, words: tuple[str, ...]
) -> None:
    for name in ("people.csv", ".csv"):
        shell.write(name, "id,email\n1,ann@example.com\n")
    done = shell.run(*words)
    assert done.status == 2
    assert "Traceback" not in done.err
    assert "ann@example.com" not in done.err


@pytest.mark.parametrize("delimiter", ["\t", "\\t"])
def test_a_tab_can_be_written_as_in_a_shell(shell: Shell, delimiter: str) -> None:
    shell.write("people.csv", "id\temail\n1\ta,b;c\n")
    assert shell.run("sync", "people.csv", "--delimiter", delimiter).status == 0
    assert shell.rows("SELECT email FROM people") == [("a,b;c",)]


@pytest.mark.parametrize(
    "content",
    [None, "id,ID\n1,2\n", "1,ann@example.com\n2,bob@example.com\n", "a,b\n1,2\n"],
)
def test_a_file_that_can_not_be_served_ends_in_1(shell: Shell, content: str | None) -> None:
    if content is not None:
        shell.write("people.csv", content)
    done = shell.run("sync", "people.csv", "--json")
    assert done.status == 1
    assert done.reports[0]["status"] == "failed"
    assert done.err.count("\n") == 1
    assert "ann@example.com" not in done.err + done.out


def test_a_guard_ends_in_3_and_changes_nothing(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n1,ann@example.com\n2,bob@example.com\n")
    assert shell.run("sync", "people.csv", "--mode", "mirror").status == 0
    shell.write("people.csv", "id,email\n")
    done = shell.run("sync", "people.csv", "--mode", "mirror", "--json")
    assert (done.status, done.reports[0]["status"]) == (3, "guarded")
    assert shell.rows("SELECT count(*) FROM people") == [(2,)]
    shell.write("people.csv", "")
    assert shell.run("sync", "people.csv", "--mode", "upsert").status == 3
    shell.write("people.csv", "id,email\n")
    done = shell.run("sync", "people.csv", "--mode", "mirror", "--allow-empty")
    assert done.status == 0
    assert shell.rows("SELECT count(*) FROM people") == [(0,)]


def test_the_json_has_the_keys_that_scripts_rely_on(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n1,ann@example.com\n")
    (report,) = shell.run("sync", "people.csv", "--json").reports
    assert {
        "run",
        "status",
        "strategy",
        "mode",
        "source",
        "target",
        "rows",
        "seconds",
        "message",
    } <= set(report)
    assert set(report["source"]) == {"uri", "version", "bytes"}
    assert report["target"] == {"table": "people", "dialect": "sqlite"}
    assert report["rows"] == {
        "read": 1, "inserted": 1, "updated": 0, "deleted": 0, "unchanged": 0, "duplicate": 0,
        "rejected": 0,
    }  # fmt: skip


def test_a_run_that_fails_names_its_target_all_the_same(shell: Shell) -> None:
    nowhere = "mariadb://127.0.0.1:1/shop"
    (report,) = shell.run("sync", "people.csv", "--to", nowhere, "--json").reports
    assert report["target"] == {"table": "people", "dialect": "mysql"}


def test_a_check_has_no_database_whether_it_fails_or_not(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n1,ann@example.com\n")
    (good,) = shell.run("check", "people.csv", "--json").reports
    (bad,) = shell.run("check", "nobody.csv", "--json").reports
    assert good["target"] == {"table": "people", "dialect": None}
    assert bad["target"] == {"table": "nobody", "dialect": None}
