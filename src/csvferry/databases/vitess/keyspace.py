"""Whether a keyspace of Vitess can take a run: whole on one MySQL, its foreign keys MySQL's own."""

import re
from collections.abc import Callable
from typing import Any

from csvferry.databases.answers.rows import KeyspaceRow, Word, rows_of, values_of
from csvferry.errors import TargetError

Query = Callable[[str], list[tuple[Any, ...]]]

_MANAGED = "managed"  # foreign keys that the gate keeps, not MySQL


def check_keyspace(query: Query, database: str) -> None:
    """Look before anything is made. Raises TargetError for a keyspace where a run is not safe.

    `database`: as an address has it, also with a shard (`shop:-80`) or a kind of tablet
    (`shop@primary`).
    """
    name, *shard = re.split("[:/]", database.partition("@")[0])
    if shard:  # what is sent there goes past the gate, which knows no keyspaces then
        raise TargetError(
            f"the address names a shard of the keyspace {name}; nothing was made or changed",
            "name the keyspace alone, one that is not sharded",
        )
    rows = rows_of(KeyspaceRow, query("SHOW VSCHEMA KEYSPACES"))
    keyspace = next((row for row in rows if row.name == name), None)
    if keyspace is None:
        raise TargetError(f"Vitess has no keyspace {name}", "SHOW KEYSPACES lists them")
    if keyspace.sharded == "true" or _shards(query, name) > 1:
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


def _shards(query: Query, name: str) -> int:
    shards = values_of(Word, query("SHOW VITESS_SHARDS"))
    return sum(shard.partition("/")[0] == name for shard in shards)
