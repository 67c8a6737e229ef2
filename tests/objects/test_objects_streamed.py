"""What does not fit into scratch space is streamed: every row and every reject as if it did."""

import gzip
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from large_file import LargeFile, large
from web_server import Web

import csvferry
from aws.stormy import cutting, meanwhile
from csvferry.sources.cloud import objects as remote
from csvferry.sources.cloud.address import parse_address
from csvferry.sources.cloud.ranges import download
from csvferry.sources.cloud.stores import open_store
from faults.driver import Order, report, run
from objects.conftest import Bucket
from small_disk import small_disk
from targets import Target

pytestmark = pytest.mark.long

DISK = 36  # megabytes; the file has 40
MEMORY = 600_000_000


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[Path]:
    """Scratch space in which the file does not fit."""
    with small_disk(tmp_path / "tight", DISK) as folder:
        yield folder
        assert list(folder.iterdir()) == []


def make_table(target: Target) -> None:
    target.run(
        "CREATE TABLE large (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL,"
        " note VARCHAR(300) NOT NULL)"
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Target:
    target = Target("sqlite", f"sqlite:///{tmp_path}/streamed.db")
    make_table(target)
    return target


def sync(source: str, target: Target, tight: Path, memory: int = MEMORY) -> dict[str, Any]:
    """The report of a run whose scratch space is `tight`; it inherits the bucket's variables."""
    options = {
        "source": source,
        "to": target.url,
        "table": "large",
        "memory": memory,
        "mode": "upsert",
    }
    environment = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    order = Order(options, tight.parent, environment={**environment, "TMPDIR": str(tight)})
    run(order)
    return report(order)


def check(found: dict[str, Any], target: Target, file: LargeFile) -> None:
    assert found["status"] == "applied", found["message"]
    assert found["rows"]["inserted"] == file.ids
    assert found["rows"]["rejected"] == len(file.rejects)
    assert target.rows("SELECT COUNT(*), SUM(amount) FROM large") == [(file.ids, file.sum)]
    rows = target.rows("SELECT line, byte_offset, code, raw FROM csvferry_rejects ORDER BY line")
    assert [(*place, bytes(raw)) for *place, raw in rows] == file.rejects


PACKERS = {
    "plain": lambda data: data,
    "gz that fits": lambda data: gzip.compress(data, 1),
    "gz that does not": lambda data: gzip.compress(data, 0),
    "zst that fits": lambda data: zstandard.ZstdCompressor().compress(data),
}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_an_object(
    bucket: Bucket, target: Target, tight: Path, pack: Callable[[bytes], bytes]
) -> None:
    data, file = large()
    make_table(target)
    check(sync(bucket.put("in/large.csv", pack(data)), target, tight), target, file)


def test_an_object_of_another_encoding(bucket: Bucket, sqlite: Target, tight: Path) -> None:
    data, file = large("utf-16-le", rows=75_000)
    check(sync(bucket.put("in/large.csv", data), sqlite, tight), sqlite, file)


def test_a_packed_file_on_this_machine(sqlite: Target, tight: Path, tmp_path: Path) -> None:
    data, file = large()
    packed = tmp_path / "large.csv.gz"
    packed.write_bytes(gzip.compress(data, 1))
    check(sync(str(packed), sqlite, tight), sqlite, file)


def test_a_file_of_another_encoding_on_this_machine(
    sqlite: Target, tight: Path, tmp_path: Path
) -> None:
    data, file = large("utf-16-le", rows=75_000)
    (tmp_path / "large.csv").write_bytes(data)
    check(sync(str(tmp_path / "large.csv"), sqlite, tight), sqlite, file)


@pytest.mark.parametrize("headers", [{"ETag": '"v1"'}, {}], ids=["ETag", "no version"])
def test_a_file_of_a_web_server(
    web: Web, sqlite: Target, tight: Path, headers: dict[str, str]
) -> None:
    web.body, file = large()
    web.headers = headers
    check(sync(web.url(), sqlite, tight), sqlite, file)


def test_bodies_that_break_off_are_resumed(bucket: Bucket, sqlite: Target, tight: Path) -> None:
    data, file = large()
    source = bucket.put("in/large.csv", data)
    for after in (0, 1, 1_000_000, 3_333_333):
        bucket.storm.strike("GET", cutting(after, reset=after % 2 == 1))
    check(sync(source, sqlite, tight), sqlite, file)
    assert not bucket.storm.troubles


def test_a_body_of_a_web_server_that_breaks_off_is_read_on(
    web: Web, sqlite: Target, tight: Path
) -> None:
    web.body, file = large()
    web.headers = {"ETag": '"v1"'}
    web.cuts = [30_000_000, 10_000_000]
    check(sync(web.url(), sqlite, tight), sqlite, file)


def test_an_object_replaced_while_it_is_read_is_read_anew(
    bucket: Bucket, sqlite: Target, tight: Path
) -> None:
    source = bucket.put("in/large.csv", large()[0])
    data, file = large(more=5)
    calm = [("GET", meanwhile(lambda: None))] * 6
    bucket.storm.troubles += [*calm, ("GET", meanwhile(lambda: bucket.put("in/large.csv", data)))]
    check(sync(source, sqlite, tight), sqlite, file)
    assert not bucket.storm.troubles


def test_an_object_removed_while_it_is_read_changes_nothing(
    bucket: Bucket, sqlite: Target, tight: Path
) -> None:
    source = bucket.put("in/large.csv", large()[0])
    (version,) = bucket.s3.list_object_versions(Bucket=bucket.name)["Versions"]

    def remove() -> None:
        bucket.s3.delete_object(
            Bucket=bucket.name, Key="in/large.csv", VersionId=version["VersionId"]
        )

    calm = [("GET", meanwhile(lambda: None))] * 6
    bucket.storm.troubles += [*calm, ("GET", meanwhile(remove))]
    found = sync(source, sqlite, tight)
    assert found["status"] == "failed"
    assert "there is no object" in found["message"]
    assert sqlite.rows("SELECT COUNT(*) FROM large") == [(0,)]


def test_a_disk_that_fills_while_it_is_copied_to(
    bucket: Bucket, sqlite: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else took the room that there was."""
    data, file = large()
    source = bucket.put("in/large.csv", data)
    monkeypatch.setattr(remote, "room", lambda _: 1 << 40)
    with small_disk(tmp_path / "filling", 24) as folder:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        report = csvferry.sync(source, to=sqlite.url, table="large", memory=MEMORY)
    assert (report.rows.inserted, report.rows.rejected) == (file.ids, len(file.rejects))


@pytest.mark.parametrize("size", [3_300_000, 4_000_000, 5_500_000])
def test_a_disk_that_takes_only_a_part_of_a_piece_is_full(
    bucket: Bucket, tmp_path: Path, size: int
) -> None:
    """What is not written must not pass for bytes of the object."""
    address = parse_address(bucket.put("in/large.csv", b"x" * size))
    with (
        small_disk(tmp_path / "filling", 3) as folder,
        pytest.raises(OSError, match="No space left"),
    ):
        download(open_store(address), address.key, folder / "o", size, {}, lambda *_: None)


def test_the_file_is_asked_for_at_most_three_times(
    bucket: Bucket, sqlite: Target, tight: Path
) -> None:
    """For its beginning, its rows, and the raw rows of what was rejected later."""
    data, _ = large()
    sync(bucket.put("in/large.csv", data), sqlite, tight)
    ranges = len(data) / (4 << 20) + 1
    assert bucket.gets() < 2 * ranges + 5


@pytest.mark.parametrize("packed", [False, True])
def test_where_even_the_rows_do_not_fit_it_says_so(
    bucket: Bucket, sqlite: Target, tight: Path, packed: bool
) -> None:
    chance = random.Random(1)
    data = b"id,amount,note\n" + b"".join(
        b"%d,1,%s\n" % (number, chance.randbytes(130).hex().encode()) for number in range(600_000)
    )
    source = bucket.put("in/large.csv", gzip.compress(data, 1) if packed else data)
    found = sync(source, sqlite, tight, memory=210_000_000)
    assert (found["status"], found["error"]) == ("failed", "SpaceError"), found["message"]
    assert "TMPDIR" in found["message"]
    assert sqlite.rows("SELECT COUNT(*) FROM large") == [(0,)]


def test_a_second_version_changes_only_what_differs(
    bucket: Bucket, sqlite: Target, tight: Path
) -> None:
    data, file = large()
    source = bucket.put("in/large.csv", data)
    check(sync(source, sqlite, tight), sqlite, file)
    bucket.put("in/large.csv", data.replace(b"\n5,5,n", b"\n5,6,n"))
    found = sync(source, sqlite, tight)
    assert (found["strategy"], found["rows"]["updated"]) == ("delta", 1), found
    assert sqlite.rows("SELECT SUM(amount) FROM large") == [(file.sum + 1,)]


def test_a_second_version_may_be_another_file(bucket: Bucket, sqlite: Target, tight: Path) -> None:
    check(sync(bucket.put("in/large.csv", large()[0]), sqlite, tight), sqlite, large()[1])
    data, file = large(more=3)
    found = sync(bucket.put("in/large.csv", data), sqlite, tight)
    assert found["status"] == "applied", found["message"]
    assert sqlite.rows("SELECT SUM(amount) FROM large") == [(file.sum,)]
