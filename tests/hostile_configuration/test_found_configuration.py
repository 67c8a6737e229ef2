"""A csvferry.toml that lies in the current folder may be somebody else's."""

import os
from pathlib import Path

import pytest

from cli.shell import Shell

FEED = '[[feeds]]\nsource = "people.csv"\n'
PASSWORD = "correct horse"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.write("people.csv", "id,email\n1,a\n")
    return shell


def _configure(shell: Shell, **options: str) -> None:
    lines = [f'{name} = "{value}"\n' for name, value in options.items()]
    shell.write("csvferry.toml", "[[feeds]]\n" + "".join(lines))


@pytest.mark.parametrize("option", ["source", "to", "state"])
def test_a_variable_of_the_environment_gets_into_no_address(shell: Shell, option: str) -> None:
    options = {"source": "people.csv", "to": "sqlite:///t.db"}
    _configure(shell, **{**options, option: "https://example.com/${AWS_SECRET_ACCESS_KEY}"})
    done = shell.run("sync", AWS_SECRET_ACCESS_KEY=PASSWORD)
    assert done.status == 2
    assert "${AWS_SECRET_ACCESS_KEY} is not given to configurations (call it CSVFERRY_" in done.err
    assert PASSWORD not in done.err


@pytest.mark.parametrize(
    "endless", ["x = " + "[" * 5_000, "x = " + "1" * 5_000, "x = " + "{a=" * 5_000], ids=range(3)
)
def test_a_value_without_end_is_no_toml(shell: Shell, endless: str) -> None:
    shell.write("csvferry.toml", endless)
    done = shell.run("sync")
    assert (done.status, "is not valid TOML" in done.err) == (2, True)
    told = shell.run("check", "people.csv", "--columns", endless)
    assert (told.status, "write COL = { … }" in told.err) == (2, True)


@pytest.mark.parametrize("name", ["CSVFERRY_PASSWORD", "MYSQL_PWD"])
def test_a_password_gets_into_no_address_though_it_is_listed(shell: Shell, name: str) -> None:
    _configure(shell, source="https://example.com/${%s}" % name)  # noqa: UP031  # braces
    done = shell.run("sync", **{name: PASSWORD, "CSVFERRY_PASS_ENV": name})
    assert (done.status, "is a password" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("written", "environment"),
    [
        ("sqlite:///${CSVFERRY_FILE}.db", {"CSVFERRY_FILE": "t"}),
        ("sqlite:///${FILE}.db", {"FILE": "t", "CSVFERRY_PASS_ENV": "OTHER, FILE"}),
        ("sqlite:///${CSVFERRY_FILE:-t}.db", {}),
        ("sqlite:///${CSVFERRY_FILE:-t}.db", {"CSVFERRY_FILE": ""}),
        ("sqlite:///t${CSVFERRY_FILE:-}.db", {}),
    ],
)
def test_what_the_user_gives_to_configurations_is_taken(
    shell: Shell, written: str, environment: dict[str, str]
) -> None:
    _configure(shell, source="people.csv", to=written)
    assert shell.run("sync", **environment).status == 0
    assert shell.rows("SELECT * FROM people", "t.db") == [(1, "a")]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("sqlite:///${CSVFERRY_FILE}", "CSVFERRY_FILE is not set"),
        ("sqlite:///${CSVFERRY_FILE", "${ begins no variable"),
        ("sqlite:///${}", "${ begins no variable"),
        ("sqlite:///${CSVFERRY_A:-${CSVFERRY_B}}", "${ begins no variable"),
        ("sqlite:///${CSVFERRY FILE}", "${ begins no variable"),
    ],
)
def test_a_variable_that_is_none_is_told(shell: Shell, written: str, told: str) -> None:
    _configure(shell, source="people.csv", to=written)
    done = shell.run("sync")
    assert (done.status, told in done.err) == (2, True)
    assert sorted(path.name for path in shell.folder.iterdir()) == ["csvferry.toml", "people.csv"]


def test_a_dollar_alone_is_a_letter(shell: Shell) -> None:
    shell.write("$HOME.csv", "id,email\n1,a\n")
    _configure(shell, source="$HOME.csv", table="people")
    assert shell.run("sync").status == 0


def test_the_command_lines_own_address_needs_no_variable(shell: Shell) -> None:
    _configure(shell, source="people.csv", to="sqlite:///${CSVFERRY_FILE}")
    assert shell.run("sync", "--to", "sqlite:///t.db").status == 0


UNPROVEN = ("ssl-mode=REQUIRED", "ssl-mode=DISABLED", "ssl-mode=VERIFY_CA")


@pytest.mark.parametrize("command", ["sync", "plan", "verify", "doctor", "history", "rejects"])
@pytest.mark.parametrize("options", UNPROVEN)
def test_the_password_is_not_given_to_a_server_that_only_a_found_file_names(
    shell: Shell, command: str, options: str
) -> None:
    """192.0.2.1 is no machine's (RFC 5737): what tried to connect would end with 1, and late."""
    _configure(shell, source="people.csv", to=f"mysql://app@192.0.2.1/shop?{options}")
    done = shell.run(command, CSVFERRY_PASSWORD=PASSWORD)
    assert (done.status, "proves no server" in done.err) == (2, True)


@pytest.mark.parametrize(
    "words", [("--config", "csvferry.toml"), ("--to", "mysql://app@127.0.0.1:1/shop")]
)
def test_the_user_may_name_the_file_or_the_server(shell: Shell, words: tuple[str, str]) -> None:
    _configure(shell, source="people.csv", to="mysql://app@localhost.:1/shop?ssl-mode=REQUIRED")
    done = shell.run("sync", *words, CSVFERRY_PASSWORD=PASSWORD)
    assert (done.status, "proves no server" in done.err) == (1, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_another_users_file_is_taken_when_it_is_named(shell: Shell) -> None:
    path = shell.write("csvferry.toml", FEED)
    os.chown(path, 65534, 65534)
    done = shell.run("sync")
    assert (done.status, "belongs to another user" in done.err) == (2, True)
    assert shell.run("sync", "--config", "csvferry.toml").status == 0


@pytest.mark.timeout(60)
def test_a_pipe_that_is_called_like_a_configuration_is_not_waited_for(shell: Shell) -> None:
    os.mkfifo(shell.folder / "csvferry.toml")
    for command in ("sync", "history"):
        done = shell.run(command)
        assert (done.status, "is a pipe" in done.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "people.csv", "--table", "--json"),
        ("sync", "people.csv", "--to", "--mode", "upsert"),
        ("history", "--config", "--json"),
        ("rejects", "--export", "--json"),
    ],
)
def test_an_option_is_no_value_of_another(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run(*words)
    assert (done.status, "has no value" in done.err) == (2, True)


def test_hyphens_that_are_meant_are_taken(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n1,--\n2,--none\n")
    words = ("sync", "people.csv", "--null", "--", "--null=--none")
    assert shell.run(*words).status == 0
    assert shell.rows("SELECT email FROM people") == [(None,), (None,)]


def test_a_folder_called_like_a_home_is_a_folder(shell: Shell) -> None:
    shell.write("~root/people.csv", "id,email\n1,a\n")
    shell.write("~people.csv", "id,email\n2,b\n")
    assert shell.run("sync", "./~root/people.csv").status == 0
    assert shell.run("sync", "~people.csv", "--table", "people").status == 0
    assert shell.rows("SELECT id FROM people") == [(1,), (2,)]
    _configure(shell, source="~root/people.csv", to="sqlite:///t.db")
    assert shell.run("sync").status == 0
