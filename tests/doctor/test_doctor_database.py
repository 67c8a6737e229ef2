"""Each thing about the database is broken in turn; the doctor names it and its cure."""

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from doctor_rig import found, make_certificates, wrong_ones

import csvferry.api as ferry
from csvferry.commands.grants import Grant, needs, render
from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from servers import free_port, start_mariadb
from targets import Target

Making = Callable[..., str]


def only_wrong(findings: object, name: str) -> str:
    """The one line that is wrong."""
    wrong = wrong_ones(findings)  # type: ignore[arg-type]
    assert set(wrong) == {name}
    return wrong[name]


def test_no_such_host(people: Path) -> None:
    findings = found(people, "mysql://ferry@no-such-host.invalid/shop")
    assert "endpoint" in only_wrong(findings, "host name")
    assert "port" not in findings


def test_a_closed_port(people: Path) -> None:
    findings = found(people, f"mysql://ferry@127.0.0.1:{free_port()}/shop")
    assert "is the server up" in only_wrong(findings, "port")
    assert "sign-in" not in findings


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x03\0\0\0\xff\x10\x04"]
)
def test_what_answers_is_no_mysql_server(people: Path, greeting: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_greet, args=(listener, greeting), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        url = f"mysql://ferry@127.0.0.1:{port}/shop?ssl-mode=VERIFY_CA"
        assert "TLS" in only_wrong(found(people, url), "TLS")


def _greet(listener: socket.socket, greeting: bytes) -> None:
    for _ in range(2):  # the port's check, then the handshake
        with closing(listener.accept()[0]) as wire:
            wire.sendall(greeting)


def test_a_wrong_password(server_target: Target, user_with: Making, people: Path) -> None:
    parts = urlsplit(user_with(needs(["people"])))
    wrong = secrets.token_hex(8)
    url = f"mysql://{parts.username}:{wrong}@127.0.0.1:{parts.port}{parts.path}"
    line = only_wrong(found(people, url), "sign-in")
    assert "refused" in line
    assert wrong not in line


def test_no_such_database(server_target: Target, people: Path) -> None:
    line = only_wrong(found(people, server_target.url + "_no"), "sign-in")
    assert "create the database first" in line


def test_an_address_that_is_none(people: Path) -> None:
    assert "names no user" in only_wrong(found(people, "mysql://h"), "address of the database")
    assert "no database" in only_wrong(found(people, "mysql://u@h"), "address of the database")


# TLS


def over_tls(url: str, **options: object) -> str:
    words = "&".join(f"{n.replace('_', '-')}={quote(str(v))}" for n, v in options.items())
    return f"{url}?{words}"


def test_the_right_authority(awkward_url: str, certificates: Path, people: Path) -> None:
    findings = found(people, over_tls(awkward_url, ssl_ca=certificates / "ca.pem"))
    assert findings["TLS"].ok
    assert "certificate until" in findings["TLS"].told


def test_a_wrong_authority(awkward_url: str, people: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    findings = found(people, over_tls(awkward_url, ssl_ca=tmp_path / "ca.pem"))
    assert "ssl-ca" in only_wrong(findings, "TLS")
    assert "sign-in" not in findings


def test_a_file_of_authorities_that_is_none(awkward_url: str, people: Path) -> None:
    findings = found(people, over_tls(awkward_url, ssl_ca=people))
    assert "no certificates" in only_wrong(findings, "TLS")


def test_a_certificate_of_another_name(awkward_url: str, certificates: Path, people: Path) -> None:
    url = awkward_url.replace("127.0.0.1", "localhost")
    findings = found(people, over_tls(url, ssl_ca=certificates / "ca.pem"))
    assert "by the name" in only_wrong(findings, "TLS")


def test_an_unchecked_certificate_is_noted(awkward_url: str, people: Path) -> None:
    findings = found(people, over_tls(awkward_url, ssl_mode="REQUIRED"))
    assert findings["TLS"].ok is None
    assert "VERIFY_IDENTITY" in str(findings["TLS"].mend)


def test_a_certificate_that_has_ended_and_a_server_without_one(
    mariadb_url: str, people: Path, tmp_path: Path
) -> None:
    options = make_certificates(tmp_path, days=-1)
    with start_mariadb(tmp_path, *options) as server:
        url = over_tls(server + "mysql", ssl_ca=tmp_path / "ca.pem")
        assert "clock" in only_wrong(found(people, url), "TLS")
    with start_mariadb_without_tls(tmp_path / "plain") as server:
        url = over_tls(server + "mysql", ssl_ca=tmp_path / "ca.pem")
        assert "offers none" in only_wrong(found(people, url), "TLS")


def start_mariadb_without_tls(folder: Path):  # noqa: ANN201  # a context manager of an address
    folder.mkdir()
    return start_mariadb(folder, "--skip-ssl")


# Settings


def test_local_infile_off_and_a_small_packet(awkward_url: str, people: Path) -> None:
    findings = found(people, awkward_url)
    assert findings["local_infile"].ok is None
    assert "local_infile = 1" in str(findings["local_infile"].mend)
    assert "65,536" in only_wrong(findings, "max_allowed_packet")


def after(url: str, statement: str) -> Callable[[], Database]:
    def connect() -> Database:
        database = open_database(url)
        database.execute(statement)
        return database

    return connect


def test_a_session_that_is_not_strict(server_target: Target, people: Path) -> None:
    connect = after(server_target.url, "SET SESSION sql_mode = ''")
    assert "strict" in only_wrong(found(people, server_target.url, connect), "sql_mode")


def test_a_clock_that_is_off(server_target: Target, people: Path) -> None:
    connect = after(server_target.url, "SET SESSION timestamp = 1700000000")
    assert "NTP" in only_wrong(found(people, server_target.url, connect), "clock")


def test_a_server_that_ends_meanwhile(server_target: Target, people: Path) -> None:
    def connect() -> Database:
        database = open_database(server_target.url)
        number = database.query("SELECT CONNECTION_ID()")[0][0]
        server_target.run(f"KILL {number}")
        return database

    assert "database" in wrong_ones(found(people, server_target.url, connect))


# Ledger


def test_a_ledger_of_a_newer_csvferry(server_target: Target, people: Path) -> None:
    ferry.sync(str(people), to=server_target.url)
    server_target.run("UPDATE csvferry_schema SET version = 99")
    assert "update csvferry" in only_wrong(found(people, server_target.url), "ledger")


def test_a_ledger_with_a_table_missing(server_target: Target, people: Path) -> None:
    ferry.sync(str(people), to=server_target.url)
    server_target.run("DROP TABLE csvferry_rejects")
    assert "csvferry_rejects" in only_wrong(found(people, server_target.url), "ledger")


def test_a_ledger_that_can_not_undo_and_the_statement_that_mends_it(
    server_target: Target, people: Path
) -> None:
    ferry.sync(str(people), to=server_target.url)
    server_target.run("ALTER TABLE csvferry_runs ENGINE=MyISAM")
    line = only_wrong(found(people, server_target.url), "ledger")
    assert "can't undo" in line
    server_target.run(line.rpartition(" -> ")[2])
    assert wrong_ones(found(people, server_target.url)) == {}


def test_a_ledger_in_another_character_set_is_noted(server_target: Target, people: Path) -> None:
    ferry.sync(str(people), to=server_target.url)
    server_target.run("ALTER TABLE csvferry_runs CONVERT TO CHARACTER SET latin1")
    finding = found(people, server_target.url)["ledger"]
    assert finding.ok is None
    assert "ALTER TABLE csvferry_runs" in (finding.mend or "")


ALTERED = {
    "an engine that can't undo": "csvferry_rejects ENGINE=MyISAM",
    "few letters": "csvferry_rejects CONVERT TO CHARACTER SET latin1",
    "no key": "csvferry_rejects DROP COLUMN position",
    "a collation that takes two tables for one": "csvferry_runs MODIFY table_name VARCHAR(64)"
    " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",
}


@pytest.mark.parametrize("altered", ALTERED)
def test_what_is_wrong_with_a_ledger_is_told_and_the_next_run_mends_it(
    server_target: Target, people: Path, altered: str
) -> None:
    ferry.sync(str(people), to=server_target.url)
    server_target.run(f"ALTER TABLE {ALTERED[altered]}")
    finding = found(people, server_target.url)["ledger"]
    assert finding.ok is (False if "ENGINE" in ALTERED[altered] else None)
    table = ALTERED[altered].split()[0]
    assert table in finding.told
    assert f"ALTER TABLE {table}" in (finding.mend or "")
    people.write_text("id,email\n2,b@x\n")
    ferry.sync(str(people), to=server_target.url)
    assert found(people, server_target.url)["ledger"].ok


def test_a_ledger_whose_lock_can_be_guessed_is_noted_with_the_statement(
    server_target: Target, people: Path
) -> None:
    """As csvferry 0.2 left it, where no run was applied."""
    ferry.sync(str(people), to=server_target.url)
    server_target.run("ALTER TABLE csvferry_schema COMMENT = ''")
    assert found(people, server_target.url)["ledger"].ok
    server_target.run("DELETE FROM csvferry_runs")
    finding = found(people, server_target.url)["ledger"]
    assert finding.ok is None
    statement, _, _ = (finding.mend or "").partition(", while")
    server_target.run(statement.replace("<32 random hexadecimal digits>", secrets.token_hex(16)))
    assert found(people, server_target.url)["ledger"].ok


# Grants

PEOPLE = needs(["people"])
EACH = [Grant((one,), grant.table) for grant in PEOPLE for one in grant.privileges]


def told(grant: Grant) -> str:
    return f"{grant.privileges[0]} on {grant.table or 'database'}"


@pytest.mark.parametrize("less", EACH, ids=told)
def test_a_missing_grant_is_named_and_its_statement_mends_it(
    user_with: Making, server_target: Target, people: Path, less: Grant
) -> None:
    url = user_with(PEOPLE, less)
    findings = found(people, url)
    schema = server_target.url.rsplit("/", 1)[1]
    line = only_wrong(findings, f"grant {less.privileges[0]} on {less.table or schema}")
    server_target.run(line.rpartition(" -> ")[2])
    assert wrong_ones(found(people, url)) == {}


def test_the_parent_of_a_foreign_key(
    user_with: Making, server_target: Target, people: Path
) -> None:
    server_target.run(
        "CREATE TABLE towns (id BIGINT PRIMARY KEY)",
        "CREATE TABLE people (id BIGINT PRIMARY KEY, town BIGINT,"
        " FOREIGN KEY (town) REFERENCES towns (id))",
    )
    findings = found(people, user_with(needs(["people"], make=False)))
    only_wrong(findings, "grant SELECT on towns")


def test_a_right_that_comes_by_a_role(
    user_with: Making, server_target: Target, people: Path
) -> None:
    url = user_with([Grant(("CREATE TEMPORARY TABLES",))])
    user, database = urlsplit(url).username, server_target.url.rsplit("/", 1)[1]
    role = f"role_{secrets.token_hex(4)}"
    default = f"ALTER USER '{user}'@'%' DEFAULT ROLE {role}"
    if server_target.kind == "mariadb":
        default = f"SET DEFAULT ROLE {role} FOR '{user}'@'%'"
    server_target.run(
        f"CREATE ROLE {role}",
        *(f"{render(grant, database)} TO {role}" for grant in PEOPLE if grant.table),
        f"GRANT {role} TO '{user}'@'%'",
        default,
    )
    try:
        findings = found(people, url)
        assert wrong_ones(findings) == {}
        assert findings["grant INSERT on people"].ok
        assert findings["grant DROP on people"].ok
    finally:
        server_target.run(f"DROP ROLE {role}")
