"""The fields of a feed that stop a run before it destroys."""

from typing import Annotated

from pydantic import BaseModel

from csvferry.config.limits import Limit, LimitField
from csvferry.config.option import WITH_DATABASE, Option

DEFAULT_LIMIT = "10%"


class GuardFields(BaseModel):
    """Limits of what a run may reject, change and delete."""

    max_rejects: Annotated[
        LimitField,
        Option(
            "Stop when more rows than this are rejected (check: only where it is given).", "N|P%"
        ),
    ] = Limit.parse(DEFAULT_LIMIT)
    max_deletes: Annotated[
        LimitField | None,
        Option(
            "Stop when mirror would delete more than this of the table.",
            "N|P%",
            default=DEFAULT_LIMIT,
            commands=WITH_DATABASE,
        ),
    ] = None
    max_changes: Annotated[
        LimitField | None,
        Option(
            "Stop when more of the table's rows than this would be changed or deleted.",
            "N|P%",
            default="no limit",
            commands=WITH_DATABASE,
        ),
    ] = None
    min_rows: Annotated[
        LimitField | None,
        Option(
            "Stop when the file has fewer rows than this, or than this share of the last applied"
            " version's.",
            "N|P%",
            default="no limit",
            commands=WITH_DATABASE,
        ),
    ] = None
    allow_empty: Annotated[
        bool,
        Option("Let a file with no rows empty a mirrored table.", commands=WITH_DATABASE),
    ] = False

    @property
    def deletes_limit(self) -> Limit:
        """How many rows mirror may delete."""
        return self.max_deletes or Limit.parse(DEFAULT_LIMIT)
