"""The wire to MySQL: PyMySQL with a LOAD DATA LOCAL that can give away what is offered and no file.

LOAD DATA LOCAL lets the *server* name the file that the client then sends, so a hostile or
tampered server could ask for any file at any query (MySQL manual, "Security Considerations for
LOAD DATA LOCAL"). Here the client opens no file at all: bytes come from the offer made by the
statement under way, and a request without an offer, or by another name, ends the connection.
"""

import os
import re
import secrets
import select
import ssl
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pymysql import err
from pymysql.connections import Connection, LoadLocalPacketWrapper, MySQLResult
from pymysql.constants import ER
from pymysql.protocol import MysqlPacket

from csvferry.databases.mysql.session.local_peer import answers_as_server
from csvferry.databases.mysql.session.plugins import TlsNeededError, unknown_plugin
from csvferry.databases.mysql.session.proxied_error import own_words, vitess_code
from csvferry.databases.sql_dialect import END, RECORD
from csvferry.errors import (
    AccountError,
    CsvFerryError,
    DatabaseError,
    PassingDatabaseError,
    RefusedRowError,
    SignInError,
)
from csvferry.model.quoting import mysql_name

_PACKET = 1 << 18
# A packet is its length in 3 bytes, a number, and here a text behind its own length: one byte, or
# 2 or 3 behind one that says so.
_HEAD = 4
# A row's head; or, to the end, one that is cut off or what is no row: a byte of it may be like END.
_PACKET_HEAD = re.compile(
    END + b"(?:....(?:[\\x00-\\xfa]|\\xfc..|\\xfd...)"
    b"|((?:.{0,4}|....(?:\\xfc.?|\\xfd.{0,2}|[\\xfb\\xfe\\xff].*))\\Z))",
    re.DOTALL,
)
_LAST = (b"\xfe", b"\xff")  # what a packet begins with that ends the rows: the last one, an error
_LONGEST_HEAD = 1 << 10  # bytes of what is no row: an error's words
_GONE = {
    1040, 1053, 1077, 1079, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 3169, 4031,
}  # fmt: skip
_LOST = {0, 2006, 2013, 2055}  # 0: the wire itself failed
_CLASHES = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.DUP_ENTRY, 1020}
_SIGN_IN = {ER.ACCESS_DENIED_ERROR, 1698, 1862, 3118}
# Errors whose text names objects, grants or sizes, never a value of a row.
_TELLABLE = {
    1005, 1044, 1046, 1049, 1050, 1051, 1059, 1067, 1069, 1071, 1074, 1101, 1102, 1103, 1114,
    1115, 1117, 1118, 1129, 1130, 1142, 1143, 1146, 1148, 1153, 1162, 1170, 1193, 1205, 1213,
    1227, 1231, 1238, 1273, 1290, 1370, 1419, 1426, 1709, 1785, 1786, 1836, 2003, 2026, 2059, 3750,
    3948, 4166,
}  # fmt: skip
_LONGEST = 300  # characters of a server's words that an error repeats
# What a statement may raise: PyMySQL takes an answer for what it should be.
FAILURES = (
    *(err.Error, OSError, struct.error, IndexError, KeyError, TypeError, ValueError),
    AssertionError,
)
_OF_FILES = 1000  # below it are the server's troubles with its own files (MySQL, "Global Error")
# What a row is refused by: states of data and of SIGNAL (MySQL manual, "SIGNAL Statement"), and
# NOT NULL, a text for a type, no value, no partition, CHECK, where the state tells less.
_OF_ROWS = ("22", "45")
_REFUSED = {1048, 1265, 1364, 1366, 1526, 1748, 3819, 4025}
_INDEX = re.compile(r"for key '([^']*)'$")
_NAMES = {code: name for name, code in vars(ER).items() if isinstance(code, int)}
_HINTS = {
    1044: "grant it the rights that `csvferry grants` prints",
    1049: "create the database first, or correct the address",
    1142: "grant it the rights that `csvferry grants` prints",
    1143: "grant it the rights that `csvferry grants` prints",
    1227: "grant it the rights that `csvferry grants` prints",
    2059: "is this the right server, and the user's authentication plugin?",
    1114: "the server's disk or a limit is full",
    1117: "a MySQL table has at most 1017 columns",
    1118: "too many or too wide columns for one row of InnoDB: leave some out",
    1205: "another transaction holds rows of the table",
    1213: "another transaction crossed this one",
    1290: "if it is a replica or a reader of a cluster: connect to the primary",
    1836: "it is a replica or a reader of a cluster: connect to the primary",
    1317: "somebody ended it, or a limit of the server: Vitess gives a statement and a small"
    " transaction 30 s as it comes (docs/servers.md)",
    1451: "rows of another table refer to rows that this would delete or change",
    2003: "is the server up, and is the port open from here? `csvferry doctor` checks it",
}


Spelled = Callable[[Iterator[bytes]], Iterator[bytes]]
"""What is sent for the bytes of a file."""


@dataclass
class _Offer:
    """The bytes that the statement under way offers, by a name: some of an open file.

    `spelled`: what is sent for them.
    """

    name: str
    descriptor: int
    start: int
    end: int
    spelled: Spelled | None
    taken: bool = False

    def chunks(self) -> Iterator[bytes]:
        """What is sent, in parts that fit a packet."""
        for part in self.spelled(self._bytes()) if self.spelled else self._bytes():
            for at in range(0, len(part), _PACKET):
                yield part[at : at + _PACKET]

    def _bytes(self) -> Iterator[bytes]:
        """The bytes, or those that are there."""
        at = self.start
        while chunk := os.pread(self.descriptor, min(_PACKET, self.end - at), at):
            at += len(chunk)
            yield chunk


class LoadRefusedError(DatabaseError):
    """The server asked for something that was not offered to it."""


class Wire(Connection):
    """A PyMySQL connection that serves LOAD DATA LOCAL from an offered descriptor alone."""

    _offer: _Offer | None = None
    sent: Callable[[int], None] = staticmethod(lambda _: None)
    token = False  # whether the password is an IAM token
    certified = False  # whether TLS proves the server
    loopback = False
    # Whether the server still works on the statement under way, asked after each such silence;
    # until the sign-in is done nobody can be asked.
    at_work: Callable[[], bool] = staticmethod(lambda: False)
    silence = 60.0  # seconds
    _auth_plugin_name: str
    place = ""  # the database, or part of one, that statements mean

    def _get_server_information(self) -> None:
        """A greeting that names `sha256_password` would have PyMySQL send the password at once."""
        super()._get_server_information()
        if self._auth_plugin_name == "sha256_password":
            self._auth_plugin_name = "caching_sha2_password"

    def _process_auth(self, plugin_name: bytes, auth_packet: Any, handler: Any = None) -> Any:
        """Only by a plugin of `sign_in`: PyMySQL has others, which send the password."""
        if handler is None:
            raise unknown_plugin(plugin_name.decode("ascii", "replace"))
        return handler.authenticate(auth_packet)

    def enter(self, place: str) -> None:
        """Have the next statements mean this database, or this part of one."""
        if place != self.place:
            self.query(f"USE {mysql_name(place)}")
            self.place = place

    def exchange(self, data: bytes) -> Any:
        """Send a packet of the sign-in; gives the answer."""
        self.write_packet(data)
        return self.answer()

    def answer(self) -> Any:
        """The next packet. Raises pymysql.Error where that is an error."""
        packet = self._read_packet()
        packet.check_error()
        return packet

    def hand_over(self, *, token: bool = False) -> Any:
        """Send the password itself, over TLS, to a server that is proven to be the right one.

        `token`: only where it is a token. Raises DatabaseError, TlsNeededError.
        """
        if token and not self.token:
            raise DatabaseError(
                "the server asked for the password in clear text",
                "give the user another way to sign in: csvferry sends no password so",
            )
        if not isinstance(self._sock, ssl.SSLSocket):
            raise TlsNeededError(
                "the server wants TLS for this user's sign-in", "add ?ssl-mode=VERIFY_IDENTITY"
            )
        if not (self.certified or (self.loopback and answers_as_server(self._sock))):
            raise DatabaseError(
                "the server asks for the password itself, and nothing proves who it is",
                "add ?ssl-mode=VERIFY_CA&ssl-ca=FILE with its ca.pem (docs/security.md)",
            )
        return self.exchange(self.password + b"\0")

    def await_answer(self) -> None:
        """Wait for the first byte of an answer: a merge may take hours, a mute server for ever.

        Raises OperationalError where the server no longer works on it.
        """
        while not self._readable():
            # What was answered while it was asked is there now.
            if not self.at_work() and not self._readable():
                self._force_close()
                raise err.OperationalError(2013, "the server has gone mute")

    def _readable(self) -> bool:
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(self.silence * 1000))

    @contextmanager
    def offering(
        self, descriptor: int, start: int, end: int, spelled: Spelled | None = None
    ) -> Iterator[str]:
        """Offer a file's bytes during the block; gives the name to put into the statement."""
        self._offer = _Offer(f"csvferry-{secrets.token_hex(8)}", descriptor, start, end, spelled)
        try:
            yield self._offer.name
        finally:
            self._offer = None

    def take_offer(self, name: str) -> _Offer:
        """What is offered, once. Raises LoadRefusedError for any other request."""
        offer = self._offer
        if offer is None or offer.taken or offer.name != name:
            raise LoadRefusedError(
                "the server asked for a file that was not offered to it; nothing was sent",
                "this is not how an honest MySQL server behaves: check what answers there",
            )
        offer.taken = True
        return offer

    def texts(self, sql: str) -> Iterator[bytes]:
        """Run a query of one `row_text` a row; what has arrived of them, with RECORD for each end.

        PyMySQL takes ten times as long for a row. A row that needs several packets ends it. Who
        leaves it early has to close the connection (MySQL's "Text Resultset").
        """
        self.query(sql, unbuffered=True)
        if self._result is None:
            return
        self._result.unbuffered_active = False  # PyMySQL is not to read its end
        last = yield from row_texts(self._arrived)
        _Packet(last, self.encoding).check_error()

    def _arrived(self) -> bytes:
        """The next bytes, as many as are there."""
        try:
            data: bytes = self._rfile.read1(_PACKET)
        except OSError:
            data = b""
        if not data:
            self._force_close()
            raise err.OperationalError(2013, "the connection was lost during a query")
        return data

    def _read_packet(self, packet_type: Any = None) -> Any:
        return super()._read_packet(packet_type or _Packet)

    def _read_query_result(self, unbuffered: bool = False) -> int:
        self._result = None
        result = _Result(self)
        self.await_answer()
        if unbuffered:
            result.init_unbuffered_query()
        else:
            result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return int(result.affected_rows or 0)

    @property
    def warnings(self) -> int:
        """How many warnings and notes the last statement raised."""
        return int(self._result.warning_count) if self._result else 0


def row_texts(arrived: Callable[[], bytes]) -> Generator[bytes, None, bytes]:
    """The texts of the rows whose packets arrive, RECORD for the END of each, however they are cut.

    Gives what the packet says that ends them, or b"" where something else than rows has come.
    """
    rest, some = END, False  # as if a row were before the first
    while len(rest) <= _LONGEST_HEAD:
        text, rest = _without_heads(rest + arrived())
        yield text if some else text[1:]
        some = some or bool(text)
        if _ends(rest):
            yield RECORD if some else b""
            return rest[1 + _HEAD :]
    return b""


def _without_heads(data: bytes) -> tuple[bytes, bytes]:
    """RECORD and the text of each row, of which END is before the packet; and what is not yet told.

    That begins with END, and is short unless something else than rows has come.
    """
    parts = _PACKET_HEAD.split(data)  # texts, and between them what the heads' group has
    if len(parts) == 1 or parts[-2] is None:
        return RECORD.join(parts[::2]), b""
    return RECORD.join(parts[:-2:2]), END + parts[-2]


def _ends(rest: bytes) -> bool:
    """Whether a packet that ends the rows stands behind END: the last one, or an error."""
    size = int.from_bytes(rest[1:4], "little")
    return rest[1 + _HEAD : 2 + _HEAD] in _LAST and len(rest) > _HEAD + size


class _Packet(MysqlPacket):
    """A packet whose error keeps its SQLSTATE, which PyMySQL leaves out, and no statement."""

    def raise_for_error(self) -> None:
        data = self.get_all_data()
        try:
            super().raise_for_error()
        except err.MySQLError as error:
            known = data[3:4] == b"#"
            error.sqlstate = data[4:9].decode("ascii", "replace") if known else ""
            error.args = tuple(own_words(a) if isinstance(a, str) else a for a in error.args)
            raise


class _Result(MySQLResult):
    def _read_load_local_packet(self, first_packet: Any) -> None:
        asked = LoadLocalPacketWrapper(first_packet).filename
        name = asked.decode("utf-8", "replace") if isinstance(asked, bytes) else str(asked)
        wire: Any = self.connection
        try:
            offer = wire.take_offer(name)
        except LoadRefusedError:
            wire._force_close()
            raise
        try:
            for chunk in offer.chunks():
                wire.write_packet(chunk)
                wire.sent(len(chunk))
            wire.write_packet(b"")
        except BaseException:
            wire._force_close()  # the server would take the next statement for rows
            raise
        wire.await_answer()
        answer = wire._read_packet()
        if not answer.is_ok_packet():
            raise err.OperationalError(2014, "Commands out of sync")
        self._read_ok_packet(answer)


def translate_error(error: Exception) -> CsvFerryError:
    """PyMySQL's error as csvferry's: its kind from the code, its words without any row value."""
    if isinstance(error, CsvFerryError):
        return error
    if isinstance(getattr(error, "original_exception", None), ssl.SSLCertVerificationError):
        return DatabaseError(
            "the database server's certificate is not one that this run trusts",
            "is the host name right, and the certificate bundle current?",
        )
    if not isinstance(error, err.Error | OSError):
        return DatabaseError(
            "the database server's answer can't be read",
            "is it MySQL or MariaDB that answers there, and nothing in between?",
        )
    lost = isinstance(error, OSError | err.InterfaceError)
    code = error.args[0] if not lost and error.args and isinstance(error.args[0], int) else 0
    text = _NAMES.get(code, "error").replace("_", " ").lower()
    words = str(error.args[1]) if len(error.args) > 1 else ""
    if words and (code in _TELLABLE or 0 < code < _OF_FILES):
        text = words[:_LONGEST]
    elif number := vitess_code(words):
        text = f"{text}, {number} of Vitess"
    message = f"the database server answered {code}: {text}"
    hint = _HINTS.get(code)
    if code in _SIGN_IN:
        return SignInError(
            "the database server refused the user name or password", "check the credentials", code
        )
    if code == ER.DUP_ENTRY:
        index = _INDEX.search(words)
        name = f" (index {index[1][:_LONGEST]})" if index else ""
        return PassingDatabaseError(
            f"another writer put in a row of the same key meanwhile{name}", hint, code
        )
    if code in _LOST:
        hint = "is the server up? then run this again: what was not committed is undone"
        return PassingDatabaseError("the connection to the database server was lost", hint, code)
    if code in _GONE or code in _CLASHES:
        return PassingDatabaseError(message, hint, code)
    if code in _REFUSED or getattr(error, "sqlstate", "").startswith(_OF_ROWS):
        hint = "a trigger, or a constraint that only the server can judge, refuses a row"
        return RefusedRowError(message, hint, code)
    return DatabaseError(message, hint, code)


def check_no_warnings(warnings: int, what: str) -> None:
    """Raises AccountError when the server raised a warning: it bent or skipped something."""
    if warnings:
        raise AccountError(
            f"the server raised {warnings} warnings on {what}; everything was rolled back",
            "please report this with the table's definition",
        )
