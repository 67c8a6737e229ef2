"""Which question is answered where."""

from collections.abc import Callable, Sequence
from typing import Any

from csvferry.aws.database_access import Connector
from csvferry.aws.events.request import DoctorOrder, HistoryOrder, RejectsOrder, VerifyOrder
from csvferry.aws.settings import Settings
from csvferry.config.feed import Feed


def answer(
    order: DoctorOrder | HistoryOrder | RejectsOrder | VerifyOrder,
    settings: Settings,
    feeds: Sequence[Feed],
    time_left: Callable[[], float],
) -> dict[str, Any]:
    """The answer's JSON, without any value of a row. Raises CsvFerryError."""
    connector = Connector(settings, time_left)
    if isinstance(order, DoctorOrder):
        from csvferry.aws.doctor import diagnose

        return {"findings": diagnose(settings, feeds, time_left)}
    if isinstance(order, HistoryOrder):
        from csvferry.aws.queries.past_runs import history

        return history(settings, connector, feeds, order.limit)
    if isinstance(order, RejectsOrder):
        from csvferry.aws.queries.rejected_rows import rejects

        return rejects(settings, connector, feeds, order.run, export=order.export)
    from csvferry.aws.queries.comparison import verify

    return verify(settings, connector, feeds, time_left)
