"""When each feed last succeeded, kept beside the fingerprints, so that its age can be measured."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from csvferry.printable import get_logger
from csvferry.snapshot.store import Store

log = get_logger(__name__)

NAME = "successes.json"
_MOMENTS = TypeAdapter(
    dict[
        Annotated[str, StringConstraints(max_length=256)],
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
    ]
)


@dataclass(frozen=True)
class Successes:
    """Feeds' labels and the moment of their last success, in seconds since 1970."""

    store: Store
    now: Callable[[], float] = time.time

    def note(self, outcomes: dict[str, bool]) -> dict[str, float]:
        """Keep who succeeded just now; seconds since the last success of each feed.

        A feed that never did counts from when it was first heard of.
        """
        now = self.now()
        known = self._read()
        for feed, succeeded in outcomes.items():
            known[feed] = now if succeeded else known.get(feed, now)
        self._write(known)
        return {feed: round(now - known[feed], 1) for feed in outcomes}

    def _read(self) -> dict[str, float]:
        try:
            return _MOMENTS.validate_json(self.store.read(NAME) or b"{}")
        except Exception as error:  # noqa: BLE001  # whatever a store raises: it is only a measure
            log.warning("past successes can't be read: %s", type(error).__name__)
            return {}

    def _write(self, known: dict[str, float]) -> None:
        try:
            self.store.write(NAME, json.dumps(known).encode())
        except Exception as error:  # noqa: BLE001  # whatever a store raises: it is only a measure
            log.warning("successes can't be kept: %s", type(error).__name__)
