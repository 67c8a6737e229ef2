"""The guards: what stops a run before it destroys something. They decide; they read nothing."""

from csvferry.config.feed import Feed
from csvferry.errors import GuardError
from csvferry.model.report import Rows


def guard_rejects(feed: Feed, rows: Rows) -> None:
    """Raises GuardError where more rows would be rejected than the feed allows."""
    limit = feed.max_rejects
    if limit.exceeded(rows.rejected, rows.read):
        raise GuardError(
            f"{rows.rejected} of {rows.read} rows would be rejected; the limit is {limit}",
            "`csvferry check` shows them; allow more with --max-rejects",
        )


def guard_deletes(feed: Feed, rows: Rows, total: int) -> None:
    """Raises GuardError where mirror would delete more of `total` rows than the feed allows.

    Who lets an empty file empty the table need not name a limit as well.
    """
    if feed.allow_empty and not rows.read and feed.max_deletes is None:
        return
    limit = feed.deletes_limit
    if limit.exceeded(rows.deleted, total):
        raise GuardError(
            f"{rows.deleted} of {total} rows would be deleted; the limit is {limit}",
            "is the file whole? Allow more with --max-deletes",
        )


def guard_empty(feed: Feed, rows: Rows, *, empty: bool) -> None:
    """Raises GuardError where a file with no rows would empty a mirrored table."""
    if not rows.read and not empty and not feed.allow_empty:
        raise GuardError(
            "the file has no rows, and mirror would empty the table",
            "if that is meant, say --allow-empty",
        )
