"""The grants that are printed are enough, and none of them is too much."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from grants_job import Account, do_job

from cli.shell import Shell
from csvferry import api
from csvferry.commands.grants import Grant, needs, next_step, statements
from csvferry.errors import CsvFerryError, UsageError
from targets import Target

TABLE = "CREATE TABLE people (id BIGINT PRIMARY KEY, email VARCHAR(100))"
Making = Callable[..., Account]
PEOPLE = needs(["people"])
EXISTING = needs(["people"], make=False)


def each(grants: Sequence[Grant]) -> list[Grant]:
    """Each privilege by itself."""
    return [replace(grant, privileges=(one,)) for grant in grants for one in grant.privileges]


def told(grant: Grant) -> str:
    return f"{grant.privileges[0]} on {grant.table or 'database'}"


ROWS = ((2, "B@x"), (3, "c@x"))


def test_the_grants_are_enough(account: Making, tmp_path: Path) -> None:
    assert tuple(do_job(account(PEOPLE).url, tmp_path)) == ROWS


def test_the_grants_of_a_whole_database_are_enough(account: Making, tmp_path: Path) -> None:
    assert tuple(do_job(account(needs([])).url, tmp_path)) == ROWS


def test_a_table_that_is_there_needs_no_create_and_no_drop(
    account: Making, server_target: Target, tmp_path: Path
) -> None:
    server_target.run(TABLE)
    assert tuple(do_job(account(EXISTING).url, tmp_path, new=False)) == ROWS


def test_rows_are_marked_without_the_right_to_delete_any(
    account: Making, server_target: Target, tmp_path: Path
) -> None:
    user = account(needs(["people"], marks=True))
    file = tmp_path / "people.csv"
    options = {"to": user.url, "mode": "mirror", "max_deletes": "100%"}
    for numbers in ((1, 2, 3), (1,), (1, 3)):
        file.write_text("id,email\n" + "".join(f"{n},{n}@x\n" for n in numbers))
        api.sync(str(file), **options, on_delete="mark:gone")
    there = "SELECT id FROM people WHERE gone IS NULL ORDER BY id"
    assert tuple(server_target.rows(there)) == ((1,), (3,))
    file.write_text("id,email\n1,1@x\n")
    with pytest.raises(CsvFerryError):
        api.sync(str(file), **options)


@pytest.mark.parametrize("less", each(PEOPLE), ids=told)
def test_no_grant_is_too_much(account: Making, tmp_path: Path, less: Grant) -> None:
    user = account(PEOPLE, less)
    with pytest.raises(CsvFerryError):
        do_job(user.url, tmp_path)


@pytest.mark.parametrize("less", each(needs([])), ids=told)
def test_no_grant_of_a_whole_database_is_too_much(
    account: Making, tmp_path: Path, less: Grant
) -> None:
    user = account(needs([]), less)
    with pytest.raises(CsvFerryError):
        do_job(user.url, tmp_path)


def test_the_parent_of_a_foreign_key_is_read(
    account: Making, server_target: Target, tmp_path: Path
) -> None:
    server_target.run(
        "CREATE TABLE towns (id BIGINT PRIMARY KEY)",
        "INSERT INTO towns VALUES (7)",
        "CREATE TABLE people (id BIGINT PRIMARY KEY, town BIGINT,"
        " FOREIGN KEY (town) REFERENCES towns (id))",
        "INSERT INTO people VALUES (9, NULL)",
    )
    file = tmp_path / "people.csv"
    file.write_text("id,town\n1,7\n2,8\n")
    with pytest.raises(CsvFerryError):
        api.sync(str(file), to=account(EXISTING).url, max_rejects="50%")
    user = account(needs(["people"], make=False, reads=["towns"]))
    rows = api.sync(str(file), to=user.url, max_rejects="50%").rows
    assert (rows.inserted, rows.rejected) == (1, 1)


def test_another_database_is_out_of_reach(
    account: Making, server_target: Target, tmp_path: Path
) -> None:
    """An underscore in a database's name is no wildcard of the grant."""
    name = server_target.url.rsplit("/", 1)[1]
    other = name.replace("_", "x")
    user = account(needs([]))
    server_target.run(f"CREATE DATABASE {other}")
    try:
        with pytest.raises(CsvFerryError):
            do_job(user.url.replace(name, other), tmp_path)
    finally:
        server_target.run(f"DROP DATABASE {other}")


def test_the_statements_make_a_user_that_signs_in_once_it_has_a_password(
    server_target: Target, tmp_path: Path
) -> None:
    address, name = server_target.url.rsplit("/", 1)
    told = statements("it's", name, ["people"], iam=False, host="localhost")
    assert all(statement.endswith(";") for statement in told)
    account = "'it''s'@'localhost'"
    try:
        server_target.run(*told, *told)  # a second time changes nothing
        url = address.replace("root@", "it%27s:w0rd@") + f"/{name}"
        with pytest.raises(CsvFerryError, match="refused"):
            api.sync(_file(tmp_path), to=url)
        server_target.run(next_step("it's", "localhost").replace("<password>", "w0rd"))
        assert api.sync(_file(tmp_path), to=url).rows.inserted == 1
    finally:
        server_target.run(f"DROP USER {account}")


def _file(folder: Path) -> str:
    file = folder / "people.csv"
    file.write_text("id,email\n1,a@x\n")
    return str(file)


def test_a_cluster_wants_the_rights_on_its_locks(shell: Shell) -> None:
    words = ("grants", "--user", "ferry", "--database", "shop", "--table", "people")
    alone, cluster = shell.run(*words), shell.run(*words, "--cluster")
    told = "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `shop`.`csvferry_locks` TO 'ferry'@'%';"
    assert cluster.out.splitlines() == [*alone.out.splitlines(), told]


def test_an_iam_user_is_made_as_aws_says_and_holds_no_password() -> None:
    first, *_ = statements("ferry", "shop", ["people"], iam=True)
    assert first == (
        "CREATE USER IF NOT EXISTS 'ferry'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'"
        " REQUIRE SSL;"
    )


def test_the_statement_of_an_iam_user_is_one_that_servers_can_parse(server_target: Target) -> None:
    """Without the plugin, which only RDS has, all that a server can say is that it is missing."""
    import pymysql

    with pytest.raises(pymysql.Error) as refused:
        server_target.run(statements("ferry", "shop", [], iam=True)[0])
    assert refused.value.args[0] == 1524  # ER_PLUGIN_IS_NOT_LOADED


def test_a_password_user_from_afar_must_use_tls() -> None:
    assert statements("ferry", "shop", [], iam=False)[0].endswith("REQUIRE SSL ACCOUNT LOCK;")


@pytest.mark.parametrize(
    ("user", "database", "tables"),
    [("", "shop", []), ("f" * 33, "shop", []), ("ferry", "", []), ("ferry", "shop", ["a\nb"])],
)
def test_names_that_no_server_takes_are_refused(
    user: str, database: str, tables: list[str]
) -> None:
    with pytest.raises(UsageError):
        statements(user, database, tables, iam=False)
