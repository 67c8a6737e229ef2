"""A file that is no CSV at all is named for what it looks like."""

import gzip
import io
import sqlite3
import zipfile
from pathlib import Path

import pytest
from read_outcome import Read

from csvferry.errors import FileError


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (zipped(), "zip archive or an Excel workbook"),
        (b"PAR1\x15\x04\x15\x10PAR1", "Parquet"),
        (gzip.compress(b"id,name\n", mtime=0), "gzip"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "Zstandard"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "XML"),
        (b"<!DOCTYPE html>\n<html></html>", "web page"),
        (b'{"id": 1, "name": "a"}\n', "JSON"),
        (b'[{"id": 1}]', "JSON"),
    ],
)
def test_named(read: Read, data: bytes, what: str) -> None:
    with pytest.raises(FileError, match=what):
        read(data)


def test_a_database(read: Read, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE t (a)")
    with pytest.raises(FileError, match="SQLite"):
        read((tmp_path / "x.db").read_bytes())


@pytest.mark.parametrize("header", [b"Organisation,Object\n", b"parts,x\n", b"{id},[name]\n"])
def test_names_that_only_begin_alike(read: Read, header: bytes) -> None:
    assert read(header + b"1,2\n").parsed.rows == 1
