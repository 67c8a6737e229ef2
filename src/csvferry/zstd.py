"""Zstandard data, unpacked as it is read. Data that ends within a frame raises EOFError, as gzip's
does: the library's own reader takes it for whole."""

from typing import BinaryIO

import zstandard

_CHUNK = 1 << 14  # packed bytes at a time: what they unpack to is held in memory


class Unpacker:
    """The content of a file's frames, one after another."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._within = False
        self._rest = b""

    def read(self, _size: int = -1) -> bytes:
        """The next bytes, as many as come; none at the end. Raises EOFError, ZstdError."""
        while chunk := self._rest or self._packed.read(_CHUNK):
            plain = self._frame.decompress(chunk)
            self._rest, self._within = self._frame.unused_data, not self._frame.eof
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            if plain:
                return plain
        if self._within:
            raise EOFError
        return b""
