"""What a statement made MySQL warn of, which a gate of Vitess tells nobody.

A session that names its shard asks MySQL itself (Vitess, "Shard targeting"). It is told of the
statement before where both went over one connection: beside temporary tables, or in a transaction
in which it has asked before. Who asks for the first time gets a connection that is set up anew.
"""

from collections.abc import Callable, Sequence
from typing import Any

from csvferry.databases.answers.rows import Count, WarningRow, rows_of, value_of

Query = Callable[[str], list[tuple[Any, ...]]]


def warnings_behind(query: Query) -> tuple[Sequence[WarningRow], int]:
    """The warnings of the last statement, and how many there were: a server shows some of them.

    `query`: of one shard.
    """
    shown = rows_of(WarningRow, query("SHOW WARNINGS"))  # the gate's next SELECT forgets them
    return shown, value_of(Count, query("SELECT @@warning_count"))
