"""Keys beside the state are sealed: who lacks the seal reads, changes and moves none of them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

import csvferry
from csvferry.snapshot.crypto import decrypt_file, digest, encrypt_file
from csvferry.snapshot.manifest import Remembered
from targets import Target

MEGABYTE, TAG, SALT = 1 << 20, 16, 16


def _sealed(folder: Path, plain: bytes) -> Path:
    (folder / "plain").write_bytes(plain)
    encrypt_file(folder / "plain", folder / "sealed", "seal", "name")
    return folder / "sealed"


@pytest.mark.parametrize("size", [0, 1, MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 2 * MEGABYTE])
def test_the_owner_of_the_seal_reads_what_was_sealed(size: int, tmp_path: Path) -> None:
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    decrypt_file(_sealed(tmp_path, plain), tmp_path / "opened", "seal", "name")
    assert (tmp_path / "opened").read_bytes() == plain


def test_the_same_file_is_never_sealed_alike(tmp_path: Path) -> None:
    first = _sealed(tmp_path, b"1234567").read_bytes()
    assert _sealed(tmp_path, b"1234567").read_bytes() != first


def _chunks(sealed: bytes) -> list[bytes]:
    size = MEGABYTE + TAG
    return [sealed[at : at + size] for at in range(SALT, len(sealed), size)]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit turned": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "another beginning": lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:],
    "the last chunk left out": lambda sealed: sealed[:SALT] + b"".join(_chunks(sealed)[:-1]),
    "the first chunk left out": lambda sealed: sealed[:SALT] + b"".join(_chunks(sealed)[1:]),
    "two chunks exchanged": lambda sealed: (
        sealed[:SALT] + b"".join([*reversed(_chunks(sealed)[:2]), *_chunks(sealed)[2:]])
    ),
    "a chunk twice": lambda sealed: sealed + _chunks(sealed)[-1],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_not_opened(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    sealed = _sealed(tmp_path, b"x" * (2 * MEGABYTE + 5))
    sealed.write_bytes(change(sealed.read_bytes()))
    with pytest.raises(ValueError, match="not encrypted"):
        decrypt_file(sealed, tmp_path / "opened", "seal", "name")


@pytest.mark.parametrize(("seal", "name"), [("another", "name"), ("seal", "another")])
def test_another_seal_or_name_opens_nothing(seal: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not encrypted"):
        decrypt_file(_sealed(tmp_path, b"12"), tmp_path / "opened", seal, name)


def _seal_as_until_0_2(plain: bytes, seal: str, name: str) -> bytes:
    """XORed with SHAKE-256 of seal, name and the number of the megabyte, here one alone."""
    stream = hashlib.shake_256(f"{seal}|{name}|0".encode()).digest(len(plain))
    return bytes(a ^ b for a, b in zip(plain, stream, strict=True))


@pytest.mark.parametrize("mode", ["upsert", "mirror"])
def test_what_an_older_csvferry_sealed_is_read_anew_from_the_table(
    mode: str, tmp_path: Path
) -> None:
    target = Target("sqlite", f"sqlite:///{tmp_path}/target.db")
    file = tmp_path / "people.csv"

    def sync(rows: str) -> csvferry.Report:
        file.write_text(f"id,name\n{rows}")
        return csvferry.sync(file, to=target.url, mode=mode, max_deletes="100%")

    sync("1,Ann\n2,Bob\n3,Cid\n")
    ((seal,),) = target.rows("SELECT seal FROM csvferry_runs")
    (path,) = (tmp_path / "state" / "csvferry").glob("*.json")
    memory = Remembered.unpack(path.read_bytes())
    parts = {part: next(path.parent.rglob(name)) for part, name in memory.parts.items()}
    decrypt_file(parts["keys"], tmp_path / "plain", str(seal), parts["keys"].name)
    plain = (tmp_path / "plain").read_bytes()
    parts["keys"].write_bytes(_seal_as_until_0_2(plain, str(seal), parts["keys"].name))
    memory.digests["keys"] = digest(parts["keys"], str(seal))
    memory.digests["blocks"] = digest(parts["blocks"], f"{seal}{memory.bound}")
    path.write_bytes(memory.pack())

    report = sync("1,Ann\n3,Cyd\n4,Dora\n")
    assert (report.status, report.strategy) == ("applied", "staged")
    kept = [(2, "Bob")] if mode == "upsert" else []
    assert target.rows("SELECT id, name FROM people ORDER BY id") == sorted(
        [(1, "Ann"), *kept, (3, "Cyd"), (4, "Dora")]
    )
    assert sync("1,Anna\n3,Cyd\n4,Dora\n").strategy == "delta"
