"""The guards: what stops a run before it destroys something. They decide; they read nothing.

Each returns the error that stops the run, or None.
"""

from csvferry.config.feed import Feed
from csvferry.config.limits import Limit
from csvferry.errors import GuardError
from csvferry.model.report import Rows

ALL = 100  # percent


def rejects_guard(feed: Feed, rows: Rows) -> GuardError | None:
    """More rows would be rejected than the feed allows."""
    limit = feed.max_rejects
    if not limit.exceeded(rows.rejected, rows.read):
        return None
    return GuardError(
        f"{rows.rejected} of {rows.read} rows would be rejected; the limit is {limit}",
        "`csvferry rejects` shows those of a sync that was stopped; allow more with --max-rejects",
    )


def deletes_guard(feed: Feed, rows: Rows, total: int) -> GuardError | None:
    """Mirror would delete more of `total` rows than the feed allows.

    Who lets an empty file empty the table need not name a limit as well.
    """
    if feed.allow_empty and not rows.read and feed.max_deletes is None:
        return None
    limit = feed.deletes_limit
    if not limit.exceeded(rows.deleted, total):
        return None
    return GuardError(
        f"{rows.deleted} of {total} rows would be {feed.gone}; the limit is {limit}",
        "is the file whole? Allow more with --max-deletes",
    )


def followers_guard(
    feed: Feed, deleted: int, table: str, rows: int | None, total: int
) -> GuardError | None:
    """Of `total` rows of another table more would go by CASCADE than the feed allows.

    `deleted`: rows that go before them. `rows` is None where they can't be counted.
    """
    would = f"rows of {table} would go too, by CASCADE"
    return _following(feed.deletes_limit, "--max-deletes", deleted, would, rows, total)


def changed_followers_guard(
    feed: Feed, changed: int, table: str, rows: int | None, total: int
) -> GuardError | None:
    """Of `total` rows of another table more would change or go than the feed allows.

    `changed`: rows that change or go before them. `rows` is None where they can't be counted.
    """
    if feed.max_changes is None:
        return None
    would = f"rows of {table} would be changed or deleted too"
    return _following(feed.max_changes, "--max-changes", changed, would, rows, total)


def _following(
    limit: Limit, option: str, before: int, would: str, rows: int | None, total: int
) -> GuardError | None:
    if rows is None:
        if limit.percent == ALL:
            return None
        mend = f"may this user SELECT them? Allow all with {option} 100%"
        return GuardError(f"{would}, and can't be counted", mend)
    counted = rows if limit.rows is None else before + rows
    if not limit.exceeded(counted, total):
        return None
    told = f"{rows} of {total} {would}; the limit is {limit}"
    return GuardError(told, f"may they? Allow more with {option}")


def changes_guard(feed: Feed, rows: Rows, total: int) -> GuardError | None:
    """More of `total` rows of the table would be changed or deleted than the feed allows."""
    limit, changed = feed.max_changes, rows.updated + rows.deleted
    if limit is None or not limit.exceeded(changed, total):
        return None
    return GuardError(
        f"{changed} of {total} rows would be changed or {feed.gone}; the limit is {limit}",
        "is it the right file? Allow more with --max-changes",
    )


def empty_guard(feed: Feed, rows: Rows, *, empty: bool) -> GuardError | None:
    """A file with no rows would empty a mirrored table."""
    if rows.read or empty or feed.allow_empty:
        return None
    return GuardError(
        "the file has no rows, and mirror would empty the table",
        "if that is meant, say --allow-empty",
    )


def size_guard(feed: Feed, rows: Rows, before: int | None) -> GuardError | None:
    """The file has fewer rows than the feed wants; `before`: rows of the last applied version."""
    limit = feed.min_rows
    if limit is None:
        return None
    least = limit.rows if limit.rows is not None else limit.of(before or 0)
    if rows.read >= least:
        return None
    share = f", {limit} of the last version's {before}" if limit.rows is None else ""
    return GuardError(
        f"the file has {rows.read} row{'s' * (rows.read != 1)}; the least is {least}{share}",
        "is the file whole? Allow fewer with --min-rows",
    )
