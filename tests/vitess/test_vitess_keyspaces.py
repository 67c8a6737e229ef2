"""Which keyspaces a run is taken in, where its ledger is, and what is refused before anything."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.commands.doctor import examine
from csvferry.config.feed import make_feed
from csvferry.databases.vitess.keyspace import Keyspace, check_keyspace
from csvferry.errors import TargetError
from vitess.keyspaces import Keyspace as Keyspaces

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
    found = check_keyspace(_answering(keyspaces, shards=shards), database)
    assert found == Keyspace(database, (shard,))
    assert found.places("INSERT INTO people VALUES (1)") == (database,)


SHOP = ("shop", "true", "unmanaged")
BOOKS, OTHER = ("books", "false", "unmanaged"), ("other", "false", "unmanaged")


@pytest.mark.parametrize(
    ("keyspaces", "named"),
    [((SHOP, BOOKS), ""), ((SHOP, BOOKS), "books"), ((SHOP, BOOKS, OTHER), "books")],
)
def test_a_sharded_one_has_its_ledger_in_one_that_is_not(
    keyspaces: tuple[tuple[str, str, str], ...], named: str
) -> None:
    shards = ("books/0", "other/0", "shop/-80", "shop/80-")
    found = check_keyspace(_answering(*keyspaces, shards=shards), "shop", named)
    assert found.ledger == Keyspace("books", ("books:0",))
    assert found.shards == ("shop:-80", "shop:80-")
    assert found.parts == ("books:0", "shop:-80", "shop:80-")  # it decides that joins first
    assert found.places("INSERT INTO people SELECT 1") == found.shards
    assert found.places("SELECT 1") == found.places("SAVEPOINT one") == ("shop",)


@pytest.mark.parametrize(
    ("keyspace", "shards", "says"),
    [
        (SHOP, ("shop/-80", "shop/80-"), "can't be told which unsharded keyspace"),
        (SHOP, ("shop/0",), "can't be told which unsharded keyspace"),
        (("shop", "false", "unmanaged"), ("shop/-80", "shop/80-"), "can't be told which"),
        (("shop", "false", "managed"), ("shop/0",), "manages the foreign keys"),
        (("shop", "true", "managed"), ("shop/-80", "shop/80-"), "manages the foreign keys"),
        (OTHER, ("other/0",), "no keyspace shop"),
        (("shop", "false", "unmanaged"), ("other/0",), "no keyspace shop"),
    ],
)
def test_others_are_refused(
    keyspace: tuple[str, str, str], shards: tuple[str, ...], says: str
) -> None:
    for database in ("shop", "shop@primary"):
        with pytest.raises(TargetError, match=says):
            check_keyspace(_answering(keyspace, shards=shards), database)


def test_a_keyspace_of_the_ledger_that_is_sharded_is_refused() -> None:
    shards = ("books/0", "shop/-80", "shop/80-")
    for named in ("shop", "nowhere"):
        with pytest.raises(TargetError, match=f"{named} is no unsharded keyspace"):
            check_keyspace(_answering(SHOP, BOOKS, shards=shards), "shop", named)


@pytest.mark.parametrize("database", ["shop:0", "shop:-80@primary", "shop/-80"])
def test_a_shard_alone_is_refused(database: str) -> None:
    with pytest.raises(TargetError, match="names a shard of the keyspace shop"):
        check_keyspace(_answering(shards=()), database)


@needs_sharded
def test_nothing_is_made_on_a_shard_that_is_named_alone(tmp_path: Path) -> None:
    before = Keyspaces("mysql", SHARDED).tables()
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    for run in (csvferry.sync, csvferry.plan):
        with pytest.raises(TargetError, match=r"shard.*nothing was made or changed"):
            run(file, to=SHARDED + ":-80", allow_untested_server=True)
    assert Keyspaces("mysql", SHARDED).tables() == before


@needs_sharded
def test_the_doctor_knows_a_sharded_keyspace(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    found = list(examine(make_feed(source=str(file), to=SHARDED)))
    assert [finding for finding in found if finding.name == "ledger" and finding.ok]
