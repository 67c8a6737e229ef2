"""What only the owner of a feed's seal can make or read: digests of files, and sealed files.

The seal is 128 random bits that lie in the ledger alone. A sealed file is AES-256-GCM in chunks of
a megabyte, as in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015): the nonce
counts the chunks and marks the last, so that none can be moved, left out or cut off. Each file has
a key of its own, from the seal, the file's name and 16 random bytes at its head.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_CHUNK, _TAG, _SALT = 1 << 20, 16, 16  # bytes


def digest(path: Path, seal: str) -> str:
    """A file's digest that nobody else can make (RFC 2104 over the file's SHA-256)."""
    with path.open("rb") as file:
        inner = hashlib.file_digest(file, "sha256").digest()
    return hmac.digest(seal.encode(), inner, "sha256").hex()


def encrypt_file(source: Path, target: Path, seal: str, name: str) -> None:
    """Write the file so that only the seal's owner can read it, under this name."""
    salt = secrets.token_bytes(_SALT)
    cipher = _cipher(seal, name, salt)
    with source.open("rb") as file, target.open("wb") as out:
        out.write(salt)
        number, chunk = 0, file.read(_CHUNK)
        while True:
            following = file.read(_CHUNK)
            out.write(cipher.encrypt(_nonce(number, last=not following), chunk, None))
            if not following:
                return
            number, chunk = number + 1, following


def decrypt_file(source: Path, target: Path, seal: str, name: str) -> None:
    """Write what was sealed under this name. Raises ValueError where it was not so sealed."""
    from cryptography.exceptions import InvalidTag

    with source.open("rb") as file, target.open("wb") as out:
        cipher = _cipher(seal, name, file.read(_SALT))
        number, chunk = 0, file.read(_CHUNK + _TAG)
        while True:
            following = file.read(_CHUNK + _TAG)
            try:
                out.write(cipher.decrypt(_nonce(number, last=not following), chunk, None))
            except InvalidTag:
                raise ValueError("the file is not encrypted with this key") from None
            if not following:
                return
            number, chunk = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _cipher(seal: str, name: str, salt: bytes) -> "AESGCM":
    # Imported here: 50 ms, which a run without sealed keys does not spend.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(seal.encode(), b"keys\0" + salt + name.encode(), "sha256"))
