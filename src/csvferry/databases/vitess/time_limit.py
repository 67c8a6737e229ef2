"""A limit of time that a transaction asks for, in place of the cluster's: 30 seconds as it comes.

A tablet ends a transaction at the smaller of two ages: what the session asks for, and what the
cluster has for its kind of work. `dba` has none, so that what was asked for holds. But of a
connection that a session got while it was `dba` no age is looked at (Vitess,
`StatefulConnection.enforceTimeout`): where its gate is killed, its locks would stay for ever.

So the session has a temporary table first, and with it a connection of its own, opened for the
usual work.
"""

from collections.abc import Sequence

from csvferry.model.names import STAGE_PREFIX

_LEAST = 120  # seconds; somebody else's rows are waited for, 50 seconds a statement
_ROWS = 1_000  # a second, on a machine with several times the work that it can do


def own_limit(rows: int) -> Sequence[str]:
    """What is sent before a transaction of `dba` work that looks at so many rows."""
    milliseconds = (_LEAST + rows // _ROWS) * 1000
    return (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGE_PREFIX}limit (n INT PRIMARY KEY)",
        f"SET transaction_timeout = {milliseconds}",
    )
