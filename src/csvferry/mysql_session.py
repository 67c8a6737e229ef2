"""Signing in to MySQL: over TLS or on the loopback address."""

from dataclasses import replace
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from csvferry.errors import DatabaseError
from csvferry.mysql_client import Wire, told
from csvferry.mysql_target import MysqlTarget, SslMode

_HANDSHAKE = 45  # seconds; a paused Aurora takes the connection and answers when it is awake


def connect(target: MysqlTarget) -> Wire:
    """Sign in; TLS as the target has it. Raises DatabaseError or SignInError, without a secret."""
    context = target.tls()
    try:
        return _open_wire(target, context)
    except RuntimeError:
        # PyMySQL can't do caching_sha2_password in plain text; on loopback TLS needs no proof.
        if context is not None or not target.loopback or target.ssl_mode is SslMode.DISABLED:
            raise DatabaseError(
                "the server wants TLS for this user's sign-in", "add ?ssl-mode=REQUIRED"
            ) from None
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
    )
    wire.cleartext = target.cleartext
    try:
        wire.connect()
    except (pymysql.Error, OSError) as error:
        raise told(error) from None
    wire._read_timeout = None  # a merge may take its time
    return wire
