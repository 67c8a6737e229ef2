"""Functions that `verify` needs in SQL, and that MySQL has built in."""

import hashlib
import sqlite3


def add_functions(connection: sqlite3.Connection) -> None:
    """Make them known to one connection."""

    def sha256(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def checksum(text: str) -> int:
        number = int(sha256(text)[:16], 16)
        return number - 2**64 if number >= 2**63 else number

    connection.create_function("csvferry_sha256", 1, sha256, deterministic=True)
    connection.create_function("csvferry_checksum", 1, checksum, deterministic=True)

    def range_of(number: object, width: int) -> str:
        above = number + 2**64 if isinstance(number, int) else None
        return "" if above is None else str(above - above % width)

    connection.create_function("csvferry_range", 2, range_of, deterministic=True)
    connection.create_aggregate("csvferry_xor", 1, _Xor)


class _Xor:
    """The XOR of whole numbers."""

    def __init__(self) -> None:
        self._value = 0

    def step(self, number: int) -> None:
        self._value ^= number

    def finalize(self) -> int:
        return self._value
