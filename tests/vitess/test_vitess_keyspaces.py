"""A keyspace that can't keep what a run promises is refused before anything is made in it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.commands.doctor import examine
from csvferry.config.feed import make_feed
from csvferry.databases.vitess.keyspace import check_keyspace
from csvferry.errors import TargetError
from vitess.keyspaces import Keyspace

SHARDED = os.environ.get("CSVFERRY_TEST_VITESS_SHARDED", "")
needs_sharded = pytest.mark.skipif(not SHARDED, reason="CSVFERRY_TEST_VITESS_SHARDED is not set")


def _answering(*keyspaces: tuple[str, str, str], shards: tuple[str, ...]) -> Callable[[str], Any]:
    answers = {
        "SHOW VSCHEMA KEYSPACES": [(*keyspace, "") for keyspace in keyspaces],
        "SHOW VITESS_SHARDS": [(shard,) for shard in shards],
    }
    return answers.__getitem__


@pytest.mark.parametrize(
    ("database", "shard"), [("shop", "shop:0"), ("shop@primary", "shop:0@primary")]
)
def test_a_keyspace_of_one_shard_is_taken(database: str, shard: str) -> None:
    shards = ("shop/0", "shop_too/-80", "shop_too/80-")
    keyspaces = ("shop", "false", "unmanaged")
    assert check_keyspace(_answering(keyspaces, shards=shards), database) == shard


@pytest.mark.parametrize(
    ("keyspace", "shards", "says"),
    [
        (("shop", "true", "unmanaged"), ("shop/-80", "shop/80-"), "shop is sharded"),
        (("shop", "true", "unmanaged"), ("shop/0",), "shop is sharded"),
        (("shop", "false", "unmanaged"), ("shop/-80", "shop/80-"), "shop is sharded"),
        (("shop", "false", "managed"), ("shop/0",), "manages the foreign keys"),
        (("other", "false", "unmanaged"), ("other/0",), "no keyspace shop"),
        (("shop", "false", "unmanaged"), ("other/0",), "no keyspace shop"),
    ],
)
def test_others_are_refused(
    keyspace: tuple[str, str, str], shards: tuple[str, ...], says: str
) -> None:
    for database in ("shop", "shop@primary"):
        with pytest.raises(TargetError, match=says):
            check_keyspace(_answering(keyspace, shards=shards), database)


@pytest.mark.parametrize("database", ["shop:0", "shop:-80@primary", "shop/-80"])
def test_a_shard_alone_is_refused(database: str) -> None:
    with pytest.raises(TargetError, match="names a shard of the keyspace shop"):
        check_keyspace(_answering(shards=()), database)


@needs_sharded
@pytest.mark.parametrize("shard", ["", ":-80"])
def test_nothing_is_made_on_a_shard(shard: str, tmp_path: Path) -> None:
    before = Keyspace("mysql", SHARDED).tables()
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    for run in (csvferry.sync, csvferry.plan):
        with pytest.raises(TargetError, match=r"shard.*nothing was made or changed"):
            run(file, to=SHARDED + shard, allow_untested_server=True)
    assert Keyspace("mysql", SHARDED).tables() == before


@needs_sharded
def test_the_doctor_tells_it(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    found = list(examine(make_feed(source=str(file), to=SHARDED)))
    assert any(finding.ok is False and "is sharded" in finding.told for finding in found)
