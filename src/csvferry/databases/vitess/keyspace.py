"""Whether a keyspace of Vitess can take a run, and where its rows and its ledger are."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from csvferry.databases.answers.rows import KeyspaceRow, Word, rows_of, values_of
from csvferry.errors import TargetError
from csvferry.model.names import VERSION
from csvferry.model.quoting import mysql_text

Query = Callable[[str], list[tuple[Any, ...]]]

_MANAGED = "managed"  # foreign keys that the gate keeps, not MySQL
_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Keyspace:
    """A database of Vitess, each place as USE takes it; `ledger`: the one beside a sharded one."""

    name: str
    shards: tuple[str, ...]
    ledger: "Keyspace | None" = None

    @property
    def bare(self) -> str:
        """Its name alone."""
        return self.name.partition("@")[0]

    @property
    def parts(self) -> Sequence[str]:
        """All that a transaction is made of, in the order in which they join it.

        Of a two-phase commit the first holds the decision, with its own rows: an entry of the
        ledger is there if and only if the rows of all shards are, or will be.
        """
        return (*(self.ledger.shards if self.ledger else ()), *self.shards)

    def places(self, statement: str) -> Sequence[str]:
        """Where a statement is sent, in turn.

        What writes goes to each shard of a sharded keyspace, past the gate: rows of one key lie on
        one shard, in staging tables too, and MySQL writes them by joins, which the gate limits.
        """
        return self.shards if self.ledger and statement.startswith(_WRITES) else (self.name,)


def check_keyspace(query: Query, database: str, ledger: str = "") -> Keyspace:
    """Look before anything is made.

    Raises TargetError for a keyspace where a run is not safe.

    `database`: as an address has it, also with a shard (`shop:-80`) or a kind of tablet
    (`shop@primary`). `ledger`: the keyspace of the ledger beside a sharded one, where it is named.
    """
    place, at, kind = database.partition("@")
    name, *named = re.split("[:/]", place)
    if named:  # what is sent there goes past the gate, which knows no keyspaces then
        raise TargetError(
            f"the address names a shard of the keyspace {name}; nothing was made or changed",
            "name the keyspace alone",
        )
    rows = rows_of(KeyspaceRow, query("SHOW VSCHEMA KEYSPACES"))
    shards = _shards(query)
    keyspace = next((row for row in rows if row.name == name), None)
    if keyspace is None or not shards.get(name):
        raise TargetError(f"Vitess serves no keyspace {name}", "SHOW VITESS_SHARDS lists them")
    if keyspace.foreign_keys == _MANAGED:
        raise TargetError(
            f"Vitess itself manages the foreign keys of the keyspace {name}, and csvferry is not"
            " tested with that; nothing was made or changed",
            'name another keyspace, or set "foreignKeyMode": "unmanaged" in its vschema',
        )
    placed = {
        one: Keyspace(f"{one}{at}{kind}", tuple(f"{one}:{shard}{at}{kind}" for shard in found))
        for one, found in shards.items()
    }
    if keyspace.sharded != "true" and len(shards[name]) == 1:
        return placed[name]
    whole = [
        row.name for row in rows if row.sharded != "true" and len(shards.get(row.name, ())) == 1
    ]
    return replace(placed[name], ledger=placed[_ledger(query, name, whole, ledger)])


def untried(server: object) -> TargetError:
    """Where a commit over shards was not tried."""
    return TargetError(
        f"the keyspace is sharded, and commits over shards were not tried on {server}; nothing was"
        " made or changed",
        "name an unsharded keyspace",
    )


def _ledger(query: Query, name: str, whole: Sequence[str], named: str) -> str:
    """The unsharded keyspace that has the ledger of a sharded one, or is to have it."""
    if named in whole:
        return named
    if named:
        raise TargetError(
            f"{named} is no unsharded keyspace that Vitess serves; nothing was made or changed",
            f"unsharded are: {', '.join(whole) or 'none'}",
        )
    if len(whole) > 1:
        listed = (
            f"SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME = '{VERSION}'"
        )
        has = {one: bool(query(f"{listed} AND TABLE_SCHEMA = {mysql_text(one)}")) for one in whole}
        whole = [one for one in whole if has[one]]
    if len(whole) != 1:
        raise TargetError(
            f"the keyspace {name} is sharded, and it can't be told which unsharded keyspace is to"
            " have csvferry's ledger; nothing was made or changed",
            "name one in the address: ?ledger=KEYSPACE",
        )
    return whole[0]


def _shards(query: Query) -> dict[str, list[str]]:
    """The shards of each keyspace."""
    found: dict[str, list[str]] = {}
    for word in values_of(Word, query("SHOW VITESS_SHARDS")):
        keyspace, _, shard = word.partition("/")
        found.setdefault(keyspace, []).append(shard)
    return found
