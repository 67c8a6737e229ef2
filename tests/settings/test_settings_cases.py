"""The whole of `tests/cases` on servers that are set as others set theirs.

Settings that go together share a server; each stands in one group of each kind of server that has
it. `tests/core/test_server_settings.py` has some of them one by one.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from rig_of_settings import SetTarget, Setting, database, in_utc, started

import servers
from test_cases import EACH, check_case

_MODES = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH"
_OTHERWISE = (
    "default_storage_engine = MyISAM",
    f"sql_mode = '{_MODES}'",
    "time_zone = '+05:30'",
    "autocommit = 0",
    "completion_type = CHAIN",
    "sql_safe_updates = 1",
    "sql_select_limit = 1",
    "low_priority_updates = 1",
    "innodb_strict_mode = 0",
    "innodb_default_row_format = compact",
    "max_error_count = 0",
    "sql_notes = 0",
    "local_infile = 0",
    "max_allowed_packet = 2097152",
    "init_connect = 'SET NAMES latin1'",
)
SETTINGS = (
    Setting(
        "mariadb with other defaults",
        "mariadb",
        variables=(*_OTHERWISE, "tx_isolation = 'READ-UNCOMMITTED'"),
        options=("--character-set-server=latin1", "--collation-server=latin1_swedish_ci"),
        charset="latin1",
    ),
    Setting(
        "mysql with other defaults",
        "mysql",
        variables=(*_OTHERWISE, "transaction_isolation = 'READ-UNCOMMITTED'"),
        options=("--character-set-server=latin1", "--collation-server=latin1_swedish_ci"),
        made_with=("--lower-case-table-names=1",),
        charset="latin1",
    ),
    Setting(
        "mariadb as a node of a cluster",
        "mariadb",
        options=("--log-bin", "--binlog-format=ROW", "--server-id=1", "--gtid-strict-mode=1"),
        made_with=("--lower-case-table-names=1",),
        variables=(
            "tx_isolation = 'SERIALIZABLE'",
            "lock_wait_timeout = 2",
            "sql_mode = ''",
            "max_allowed_packet = 263168",
        ),
        off=("SET GLOBAL innodb_force_primary_key = 0",),
        on=("SET GLOBAL innodb_force_primary_key = 1",),
        charset="utf8mb4 COLLATE utf8mb4_unicode_ci",
    ),
    Setting(
        "mysql as it comes, and as a cluster wants it",
        "mysql",
        options=(
            *("--local-infile=0", "--log-bin", "--server-id=1", "--gtid-mode=ON"),
            "--enforce-gtid-consistency=ON",
        ),
        variables=(
            "sql_require_primary_key = 1",
            "sql_generate_invisible_primary_key = 1",
            "require_secure_transport = 1",
            "transaction_isolation = 'READ-COMMITTED'",
            "lock_wait_timeout = 2",
        ),
        url="?ssl-mode=REQUIRED",
    ),
)

# What these expect is told in UTC.
_IN_UTC = {
    "a_change_of_the_time_zone_compares_anew",
    "a_moment_with_an_offset_is_taken_exactly",
    "a_timestamp_is_in_the_named_time_zone",
}


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda setting: setting.name)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Setting, servers.Server]]:
    setting: Setting = request.param
    program = {"mariadb": "mariadbd", "mysql": "mysqld"}[setting.kind]
    if not servers.has(program):
        servers.absent(f"servers set otherwise: no {program} on the path")
    with started(setting, tmp_path_factory.mktemp("settings")) as running:
        yield setting, running


@pytest.fixture
def target(server: tuple[Setting, servers.Server]) -> Iterator[SetTarget]:
    with database(*server) as target:
        yield target


@EACH
def test_a_case_ends_as_ever(name: str, target: SetTarget, tmp_path: Path) -> None:
    with in_utc(target) if name in _IN_UTC else nullcontext():
        check_case(name, target, tmp_path)
