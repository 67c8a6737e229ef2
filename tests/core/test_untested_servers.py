"""A server that csvferry is not tested on is told at connect, before anything is made."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell
from csvferry.commands.doctor import examine
from csvferry.config.feed import make_feed
from csvferry.databases.mysql.session.flavor import ROWS, check_known, recognize
from servers import absent, has, start_mariadb
from targets import Target, fresh_database

PAGE = Path(__file__).parents[2] / "docs" / "servers.md"
VITESS = (
    "Version: {} (Git revision 6bb3ca0 branch 'HEAD') built on Tue Nov 24 10:00:00 UTC 2026"
    " by root@host using go1.26.8 linux/amd64"
)
KNOWN = [
    ("10.11.19-MariaDB-0+deb12u1", "Debian 12", "MariaDB 10.11"),
    ("11.8.3-MariaDB-0+deb13u1 from Debian", "-- Please help", "MariaDB 11.8"),
    ("5.5.5-10.6.18-MariaDB-cll-lve", "MariaDB Server", "MariaDB 10.6 and later"),
    ("11.4.5-MariaDB-ubu2404-log", "mariadb.org binary distribution", "MariaDB 10.6 and later"),
    ("9.7.4-2", "(Debian)", "MySQL 9.7"),
    ("8.0.42", "Source distribution", "MySQL 8.0 and later"),
    ("8.4.5-azure", "MySQL Community Server - GPL", "MySQL 8.0 and later"),
    ("8.0.36-28", "Percona Server (GPL), Release 28", "Percona Server 8.0 and later"),
    ("8.0.36-28.1", "Percona XtraDB Cluster (GPL)", "Percona XtraDB Cluster 8.0 and later"),
    ("8.0.30", VITESS.format("24.0.4-SNAPSHOT (Jenkins build 7)"), "Vitess 24"),
    ("9.7.0-Vitess", "Version: 24.0.4 (Git revision  branch '') built on  by @", "Vitess 24"),
]
UNKNOWN = [
    ("8.0.11-TiDB-v8.5.0", "TiDB Server (Apache License 2.0)", "TiDB 8.5"),
    ("8.0.40-Vitess", VITESS.format("23.0.1"), "Vitess 23.0.1"),
    ("8.0.40-Vitess", VITESS.format("25.0.0"), "Vitess 25.0.0"),
    ("8.4.6-Vitess", "another comment", "Vitess 8.4"),
    ("8.0.34-PlanetScale", "", "Vitess (PlanetScale) 8.0"),
    ("8.0.34-PlanetScale", VITESS.format("24.0.4"), "Vitess (PlanetScale) 8.0"),
    ("5.7.25-OceanBase-v4.3.0", "OceanBase 4.3", "OceanBase 4.3"),
    ("8.0.33", "Dolt", "Dolt 8.0"),
    ("5.7.44-log", "MySQL Community Server (GPL)", "MySQL 5.7"),
    ("10.3.39-MariaDB", "Debian 10", "MariaDB 10.3"),
    ("5.1.0", "", "MySQL 5.1"),
    ("what", "", "MySQL"),
]


@pytest.mark.parametrize(("handshake", "comment", "row"), KNOWN)
def test_a_server_has_its_row(handshake: str, comment: str, row: str) -> None:
    flavor = recognize(handshake, comment)
    check_known(flavor)
    assert flavor.row
    assert flavor.row.name == row


@pytest.mark.parametrize(("handshake", "comment", "name"), UNKNOWN)
def test_a_server_without_a_row_is_named(handshake: str, comment: str, name: str) -> None:
    with pytest.raises(csvferry.CsvFerryError, match=f"not tested on {re.escape(name)};"):
        check_known(recognize(handshake, comment))


def _page() -> list[tuple[str, str, str]]:
    """Name, how it is known, and what was run, of each row."""
    found = r"^\| ([^|]+?) \| (run|documents) \| (.+?) \|$"
    return re.findall(found, PAGE.read_text(), re.MULTILINE)


def test_the_page_has_each_row_and_no_other() -> None:
    rows = [(name, how == "run") for name, how, _ in _page()]
    assert rows == [(row.name, row.run) for row in ROWS]


def test_what_was_run_was_run_by_a_command_that_is_there() -> None:
    files = [PAGE.parents[1] / "Makefile", *(PAGE.parents[1] / "make").glob("*.mk")]
    text = "\n".join(file.read_text() for file in files)
    targets = {
        name for names in re.findall(r"^([\w ]+):", text, re.MULTILINE) for name in names.split()
    }
    for name, how, told in _page():
        commands = re.findall(r"`make (\w+)", told)
        assert bool(commands) == (how == "run"), name
        assert set(commands) <= targets, name


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A database of a server that says that it is an old one."""
    if not has("mariadbd"):
        absent("MariaDB: no mariadbd on the path")
    folder = tmp_path_factory.mktemp("elsewhere")
    with (
        start_mariadb(folder, "--version=10.3.39-MariaDB") as server,
        fresh_database(server) as url,
    ):
        yield Target("mariadb", url)


def test_nothing_is_made_on_another_server(elsewhere: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    with pytest.raises(csvferry.CsvFerryError, match=r"MariaDB 10\.3; nothing was made"):
        csvferry.sync(file, to=elsewhere.url)
    assert elsewhere.tables() == set()


TIDB = "8.0.11-TiDB-v8.5.0"


@pytest.fixture(scope="module")
def tidb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A database of a server whose handshake is TiDB's."""
    if not has("mariadbd"):
        absent("MariaDB: no mariadbd on the path")
    folder = tmp_path_factory.mktemp("tidb")
    with start_mariadb(folder, f"--version={TIDB}") as server, fresh_database(server) as url:
        yield Target("mysql", url)


@pytest.mark.parametrize("command", ["sync", "plan", "verify"])
def test_the_command_line_says_it_in_one_sentence(command: str, tidb: Target, shell: Shell) -> None:
    file = shell.write("people.csv", "id\n1\n")
    done = shell.run(command, str(file), "--to", tidb.url, "--table", "people")
    assert done.status == 1
    assert "csvferry is not tested on TiDB 8.5; nothing was made or changed" in done.err
    assert "--allow-untested-server" in done.err
    assert "1105" not in done.err
    assert tidb.tables() == set()


def test_the_option_goes_on(elsewhere: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    report = csvferry.sync(file, to=elsewhere.url, allow_untested_server=True)
    assert report.rows.inserted == 1
    assert report.guarantees
    assert set(report.guarantees.values()) == {"unproven: csvferry is not tested on MariaDB 10.3"}


def test_the_doctor_tells_it(elsewhere: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    feed = make_feed(source=str(file), to=elsewhere.url)
    (finding,) = (found for found in examine(feed) if found.name == "server")
    assert finding.ok is False
    assert "MariaDB 10.3" in finding.told


def test_the_doctor_tells_the_row(server_target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    feed = make_feed(source=str(file), to=server_target.url)
    (finding,) = (found for found in examine(feed) if found.name == "server")
    assert finding.ok is True
    assert "of docs/servers.md" in finding.told
