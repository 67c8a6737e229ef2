"""What only the owner of a feed's seal can make or read: digests of files, and sealed files.

The seal is 128 random bits that lie in the ledger alone. A sealed file is XORed with a stream of
SHAKE-256 (FIPS 202) of seal, name and position, a megabyte at a time; a name is used once.
"""

import hashlib
import hmac
from pathlib import Path

_CHUNK = 1 << 20


def digest(path: Path, seal: str) -> str:
    """A file's digest that nobody else can make (RFC 2104 over the file's SHA-256)."""
    with path.open("rb") as file:
        inner = hashlib.file_digest(file, "sha256").digest()
    return hmac.digest(seal.encode(), inner, "sha256").hex()


def sealed(source: Path, target: Path, seal: str, name: str) -> None:
    """Write the file so that only the seal's owner can read it; done twice it is as it was."""
    with source.open("rb") as file, target.open("wb") as out:
        number = 0
        while chunk := file.read(_CHUNK):
            stream = hashlib.shake_256(f"{seal}|{name}|{number}".encode()).digest(len(chunk))
            out.write(_xor(chunk, stream))
            number += 1


def _xor(left: bytes, right: bytes) -> bytes:
    mixed = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
    return mixed.to_bytes(len(left), "little")
