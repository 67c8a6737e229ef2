"""Whether a keyspace of Vitess can take a run: whole on one MySQL, its foreign keys MySQL's own."""

import re
from collections.abc import Callable
from typing import Any

from csvferry.databases.answers.rows import KeyspaceRow, Word, rows_of, values_of
from csvferry.errors import TargetError

Query = Callable[[str], list[tuple[Any, ...]]]

_MANAGED = "managed"  # foreign keys that the gate keeps, not MySQL


def check_keyspace(query: Query, database: str) -> str:
    """Look before anything is made; gives the address of the keyspace's shard.

    Raises TargetError for a keyspace where a run is not safe.

    `database`: as an address has it, also with a shard (`shop:-80`) or a kind of tablet
    (`shop@primary`).
    """
    place, at, kind = database.partition("@")
    name, *named = re.split("[:/]", place)
    if named:  # what is sent there goes past the gate, which knows no keyspaces then
        raise TargetError(
            f"the address names a shard of the keyspace {name}; nothing was made or changed",
            "name the keyspace alone, one that is not sharded",
        )
    rows = rows_of(KeyspaceRow, query("SHOW VSCHEMA KEYSPACES"))
    keyspace = next((row for row in rows if row.name == name), None)
    shards = _shards(query, name)
    if keyspace is None or not shards:
        raise TargetError(f"Vitess serves no keyspace {name}", "SHOW VITESS_SHARDS lists them")
    if keyspace.sharded == "true" or len(shards) > 1:
        raise TargetError(
            f"the keyspace {name} is sharded: a run that is cut off could stay half done, on some"
            " of its shards alone; nothing was made or changed",
            "name an unsharded keyspace; docs/servers.md says what a sharded one lacks",
        )
    if keyspace.foreign_keys == _MANAGED:
        raise TargetError(
            f"Vitess itself manages the foreign keys of the keyspace {name}, and csvferry is not"
            " tested with that; nothing was made or changed",
            'name another keyspace, or set "foreignKeyMode": "unmanaged" in its vschema',
        )
    return f"{name}:{shards[0]}{at}{kind}"


def _shards(query: Query, name: str) -> list[str]:
    found = (word.partition("/") for word in values_of(Word, query("SHOW VITESS_SHARDS")))
    return [shard for keyspace, _, shard in found if keyspace == name]
