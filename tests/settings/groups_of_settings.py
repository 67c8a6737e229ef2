"""How the servers are set on which all cases run: each group is one server.

Settings that go together share a server; each stands in one group of each kind of server that has
it. `test_settings_alone.py` shows that none is hidden by another of its group.
"""

from rig_of_settings import Setting

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
    "character_set_server = latin1",
    "collation_server = latin1_swedish_ci",
    "init_connect = 'SET @greeted = 1, NAMES latin1'",
)
SETTINGS = (
    Setting(
        "mariadb with other defaults",
        "mariadb",
        variables=(*_OTHERWISE, "tx_isolation = 'READ-UNCOMMITTED'"),
        charset="latin1",
    ),
    Setting(
        "mysql with other defaults",
        "mysql",
        variables=(*_OTHERWISE, "transaction_isolation = 'READ-UNCOMMITTED'"),
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
        options=("--log-bin", "--server-id=1", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"),
        variables=(
            "local_infile = 0",
            "sql_require_primary_key = 1",
            "sql_generate_invisible_primary_key = 1",
            "require_secure_transport = 1",
            "transaction_isolation = 'READ-COMMITTED'",
            "lock_wait_timeout = 2",
        ),
        url="?ssl-mode=REQUIRED",
    ),
)
