"""No setting is hidden by another of its group, or by csvferry before it could do harm.

Each is in force in a new session of the account that csvferry signs in as, and in csvferry's own
session, unless that sets it. Each alone, on a server that is otherwise as it comes (LOAD DATA on),
changes nothing about a few cases. That these few would show a session that is not set right is
tried too: without csvferry's own word on a setting one of them fails.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pymysql
import pytest
from groups_of_settings import SETTINGS
from rig_of_settings import SetTarget, Setting, alone, check_there, database, in_force, started

import servers
from csvferry.databases.connect import open_database
from csvferry.databases.mysql.session.url import parse_mysql_url
from csvferry.databases.mysql.sql_dialect import MariadbDialect, MysqlDialect
from csvferry.errors import CsvFerryError
from test_cases import check_case

DIALECTS = {"mariadb": MariadbDialect, "mysql": MysqlDialect}
FEW = (
    "a_cascade_is_counted_and_told",
    "a_check_of_a_first_load_rejects_its_rows_alone",
    "auto_increment_takes_zero_and_what_is_given",
    "delta_with_rejects_and_duplicates_that_come_and_go",
    "unique_values_swap_and_shift",
    "values_stay_as_they_are_written",
)
ALONE = {(one.kind, one.name): one for group in SETTINGS for one in alone(group)}
# What a server may have otherwise, by each variable that csvferry's session sets itself.
HARMFUL = {
    "sql_mode": "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
    "foreign_key_checks": "foreign_key_checks = 0",
    "sql_safe_updates": "sql_safe_updates = 1",
    "sql_big_selects": "max_join_size = 1",
    "sql_select_limit": "sql_select_limit = 1",
    "check_constraint_checks": "check_constraint_checks = 0",
    "transaction_read_only": "transaction_read_only = 1",
    "tx_read_only": "tx_read_only = 1",
}
AT_SIGN_IN = {"autocommit"}  # what the driver sets
# Why a case can't show that csvferry sets it.
UNSEEN = {
    "sql_notes": "it hides notes, and what a bent value raises is a warning",
    "completion_type": "a run ends with its COMMIT: what begins behind it writes nothing",
    "unique_checks": "a server may use it, and InnoDB does for bulk loads of its own alone",
    "sql_auto_is_null": "it counts for the row that the session numbered last",
    "max_execution_time": "it counts for statements that take longer",
    "max_statement_time": "it counts for statements that take longer",
    "join_cache_level": "it makes a run faster",
    "transaction_isolation": "it takes another writer: tests/faults/test_other_writers.py",
    "tx_isolation": "it takes another writer: tests/faults/test_other_writers.py",
    **dict.fromkeys(
        ("wait_timeout", "idle_transaction_timeout", "idle_write_transaction_timeout"),
        "it takes a silent step: tests/core/test_a_silent_step_keeps_its_session.py",
    ),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], servers.Server]]:
    """A server of each kind as it comes, started when it is first asked for."""
    with ExitStack() as stack:

        def server(kind: str) -> servers.Server:
            check_there(kind)
            folder = tmp_path_factory.mktemp("plain")
            return stack.enter_context(started(Setting("plain", kind), folder))

        yield cache(server)


Plain = Callable[[str], servers.Server]


@contextmanager
def server_of(setting: Setting, plain: Plain, folder: Path) -> Iterator[servers.Server]:
    """The plain server with the setting in force, or one of its own for what only a start sets."""
    if setting.options or setting.made_with:
        check_there(setting.kind)
        with started(setting, folder) as server:
            yield server
    else:
        with in_force(setting, plain(setting.kind)):
            yield plain(setting.kind)


def failures(setting: Setting, server: servers.Server, folder: Path) -> Iterator[str]:
    """Which of the few cases end otherwise, and how."""
    for name in FEW:
        place = folder / name
        place.mkdir()
        with database(setting, server) as target:
            try:
                check_case(name, target, place)
            except (AssertionError, CsvFerryError, pymysql.Error) as error:
                yield f"{name}: {error}"


def settings_of(group: Setting) -> dict[str, str]:
    """Each variable of a group with its value, as `SELECT @@…` shows it."""
    told = [*group.variables, *(one.removeprefix("SET GLOBAL ") for one in group.on)]
    options = (one.removeprefix("--") for one in (*group.options, *group.made_with))
    told += [f"{one} = 1" if "=" not in one else one for one in options]
    pairs = (one.partition("=")[::2] for one in told)
    return {name.strip().replace("-", "_"): value.strip().strip("'") for name, value in pairs}


def shown(name: str, rows: Sequence[Sequence[Any]]) -> Any:
    """The value of a variable, `SET` alike however it is ordered."""
    ((value,),) = rows
    return set(filter(None, value.split(","))) if name == "sql_mode" else str(value)


def signed_in(target: SetTarget) -> Any:
    """A cursor of csvferry's account, whose session nobody has set."""
    at = parse_mysql_url(target.url)
    tls = {"check_hostname": False, "verify_mode": "none"} if "REQUIRED" in target.url else None
    return pymysql.connect(
        host=at.host, port=at.port, user=at.user, database=at.database, autocommit=None, ssl=tls
    ).cursor()


@pytest.mark.parametrize("group", SETTINGS, ids=lambda group: group.name)
def test_each_setting_is_in_force_where_csvferry_does_not_set_it(
    group: Setting, tmp_path: Path
) -> None:
    check_there(group.kind)
    with (
        started(group, tmp_path) as server,
        database(group, server) as target,
        closing(signed_in(target)) as new,
        closing(open_database(target.url)) as own,
    ):
        sets_itself = own.sql.session_rules.keys() | AT_SIGN_IN
        for name, value in settings_of(group).items():
            wanted = set(filter(None, value.split(","))) if name == "sql_mode" else value
            new.execute(f"SELECT @@{name}")
            assert shown(name, new.fetchall()) == wanted, name
            if name not in sets_itself:
                assert shown(name, own.query(f"SELECT @@{name}")) == wanted, name
        greeted = own.query("SELECT @greeted")
        assert greeted == [(1 if "init_connect" in settings_of(group) else None,)]
        ((charset,),) = own.query("SELECT @@character_set_database")
        assert group.charset.split()[0] == charset


@pytest.mark.parametrize("setting", ALONE.values(), ids=lambda one: f"{one.kind}: {one.name}")
def test_a_few_cases_end_as_ever_under_each_setting_alone(
    setting: Setting, plain: Plain, tmp_path: Path
) -> None:
    with server_of(setting, plain, tmp_path) as server:
        assert list(failures(setting, server, tmp_path)) == []


@pytest.mark.parametrize("kind", DIALECTS)
def test_each_rule_of_the_session_is_seen_or_has_a_reason(kind: str) -> None:
    assert set(DIALECTS[kind].session_rules) <= HARMFUL.keys() | UNSEEN.keys()
    assert not HARMFUL.keys() & UNSEEN.keys()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [(kind, rule) for kind in DIALECTS for rule in HARMFUL if rule in DIALECTS[kind].session_rules],
)
def test_without_csvferrys_own_word_one_of_these_cases_fails(
    kind: str, rule: str, plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = DIALECTS[kind].session_rules
    less = {name: value for name, value in rules.items() if name != rule}
    monkeypatch.setattr(DIALECTS[kind], "session_rules", less)
    setting = Setting(rule, kind, variables=(HARMFUL[rule],))
    with server_of(setting, plain, tmp_path) as server:
        assert next(failures(setting, server, tmp_path), None)
