"""Signing in to MySQL, over TLS or on the loopback address; what holds for the session."""

import socket
import struct
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from csvferry.databases.answers.rows import Word, values_of
from csvferry.databases.mysql.session.plugins import PLUGINS, TlsNeededError
from csvferry.databases.mysql.session.url import MysqlTarget, SslMode
from csvferry.databases.mysql.session.wire import Wire, translate_error
from csvferry.errors import DatabaseError

_HANDSHAKE = 45  # seconds; a paused Aurora takes the connection and answers when it is awake
_COMMAND = "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = %s"
_FIRST_OF_SERVER, _FIRST_OF_CLIENT = 1000, 2000  # errors (MySQL, "Error Message Sources")
_BETWEEN_ROWS = 3600.0  # seconds from one packet of a result to the next
_UNTAKEN = 600.0  # seconds until the server takes what is sent
# A machine that is gone answers nothing, and a statement is waited for: after 3 minutes it is lost.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 6}

_SQL_MODE = (
    "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"
)
_COMMITTED = "IF(@@{0} = 'READ-UNCOMMITTED', 'READ-COMMITTED', @@{0})"
# What a server may have otherwise for all its sessions, and a run must not. Warnings are what tells
# that a value was bent; a transaction ends with its COMMIT, and no other's open rows are read.
RULES = {
    "sql_mode": f"'{_SQL_MODE}'",
    "foreign_key_checks": "1",
    "unique_checks": "1",
    "sql_safe_updates": "0",
    "sql_big_selects": "1",
    "sql_select_limit": str(2**64 - 1),
    "sql_auto_is_null": "0",
    "sql_notes": "1",
    "completion_type": "0",
}
# A long file is read for minutes without a statement; a server may close a session after one.
_SILENCE = {"wait_timeout": str(8 * 3600)}  # seconds, the default of MySQL and MariaDB
MYSQL_RULES = {
    **_SILENCE,
    "max_execution_time": "0",
    "transaction_read_only": "0",
    "transaction_isolation": _COMMITTED.format("transaction_isolation"),
}
MARIADB_RULES = {
    **_SILENCE,
    "idle_transaction_timeout": "0",
    "idle_write_transaction_timeout": "0",
    "check_constraint_checks": "1",
    "join_cache_level": "2",
    "max_statement_time": "0",
    "tx_read_only": "0",
    "tx_isolation": _COMMITTED.format("tx_isolation"),
}
# MariaDB, "Block-Based Join Algorithms": from level 3 on it joins by hash also where an index
# serves, and reads the table once for each join buffer.
HASH_JOINS = {
    "join_cache_level": "4",
    "join_buffer_size": str(32 << 20),
    "join_buffer_space_limit": str(128 << 20),
}


def set_session(values: Mapping[str, str]) -> str:
    """SQL that sets variables for this session."""
    return "SET SESSION " + ", ".join(f"{name} = {value}" for name, value in values.items())


def connect(target: MysqlTarget) -> Wire:
    """Sign in; TLS as the target has it. Raises DatabaseError or SignInError, without a secret."""
    context = target.tls()
    try:
        return _open_wire(target, context)
    except TlsNeededError:
        # Loopback, where plain text is the rule: the kernel may tell who answers (`hand_over`).
        if context is not None or not target.loopback or target.ssl_mode is SslMode.DISABLED:
            raise
    unproven = replace(target, ssl_mode=SslMode.REQUIRED)
    return _open_wire(target, unproven.tls())


def _open_wire(target: MysqlTarget, context: Any) -> Wire:
    wire = Wire(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password(),
        database=target.database,
        charset="utf8mb4",
        autocommit=True,
        local_infile=target.local_infile,
        connect_timeout=10,
        read_timeout=_HANDSHAKE,
        defer_connect=True,
        client_flag=CLIENT.MULTI_RESULTS,
        ssl=context,
        ssl_disabled=context is None,
        auth_plugin_map=PLUGINS,
    )
    wire.place = target.database
    wire.token = target.cleartext
    wire.certified = target.proves_server
    wire.loopback = target.loopback
    try:
        wire.connect()
    except (pymysql.Error, OSError) as error:
        raise translate_error(error) from None
    except (struct.error, IndexError, ValueError, AssertionError):  # PyMySQL trusts a greeting
        raise DatabaseError(
            "what answers there speaks no MySQL", "is it the database's port?"
        ) from None
    wire._read_timeout = _BETWEEN_ROWS  # `Wire.await_answer` waits for what takes longer
    wire._write_timeout = _UNTAKEN
    _keep_alive(wire)
    return wire


def _keep_alive(wire: Wire) -> None:
    for name, value in _KEEP_ALIVE.items():
        if option := getattr(socket, name, None):  # some systems lack some
            wire._sock.setsockopt(socket.IPPROTO_TCP, option, value)


def is_at_work(target: MysqlTarget, connection: int | None) -> bool:
    """Whether a server still works on another connection's statement; True where it can't be told.

    A server that answers no sign-in is not, nor one that has answered already. `connection`: None
    where the server does not show which are at work.
    """
    try:
        with closing(connect(target)) as wire, wire.cursor() as cursor:
            if connection is None:
                return True
            cursor.execute(_COMMAND, (connection,))
            found = values_of(Word, cursor.fetchall())
    except (pymysql.Error, OSError):
        return False
    except DatabaseError as error:
        return error.code is not None and _FIRST_OF_SERVER <= error.code < _FIRST_OF_CLIENT
    return found != ["Sleep"]
