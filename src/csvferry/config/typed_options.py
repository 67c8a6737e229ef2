"""Made by `make docs` from a feed's fields: the options of the Python functions."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from csvferry.config.columns.rules import Extra
from csvferry.model.mapping import Mode


class FeedOptions(TypedDict, total=False):
    """What `sync`, `plan`, `check` and `sync_all` take beside the source; None means: not given."""

    columns: Mapping[str, Mapping[str, object]] | None
    rename: Mapping[str, str] | None
    ignore: str | Sequence[str] | None
    extra_columns: Extra | Literal["stop", "ignore", "add"] | None
    date: Mapping[str, str] | None
    decimal: str | None
    thousands: str | None
    true: str | Sequence[str] | None
    false: str | Sequence[str] | None
    snapshot: bool | None
    keep_raw: bool | None
    no_keep_raw: bool | None
    keep_rejects: int | str | None
    dialect: str | None
    delimiter: str | None
    quote: str | None
    escape: Literal["none", "quoted", "mysql", "postgres", "rfc"] | None
    null: str | Sequence[str] | None
    null_quoted: bool | None
    header: bool | None
    no_header: bool | None
    line_end: Literal["lf", "crlf", "cr", "any"] | None
    encoding: str | None
    skip_lines: int | None
    skip_footer: int | None
    comment: str | None
    run_column: str | None
    on_delete: str | None
    max_rejects: int | str | None
    max_deletes: int | str | None
    max_changes: int | str | None
    min_rows: int | str | None
    allow_empty: bool | None
    name: str | None
    runner: Literal["function", "task"] | None
    on_success: Sequence[str] | None
    on_failure: Sequence[str] | None
    to: str | None
    table: str | None
    key: str | Sequence[str] | None
    unique: str | Sequence[str | Sequence[str]] | None
    mode: Mode | Literal["insert", "upsert", "mirror"] | None
    settles: str | None
    types: Mapping[str, str] | None
    type: Mapping[str, str] | None
    timezone: str | None
    full: bool | None
    allow_untested_server: bool | None
    copy_unsafe_links: bool | None
    state: str | None
    memory: int | str | None
