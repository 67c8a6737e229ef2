"""The measurements, one JSON object a line, so that a run can stop anywhere and go on later."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Record = dict[str, Any]
OK = "ok"


def read(path: Path) -> list[Record]:
    """All records; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def append(path: Path, record: Record) -> None:
    """Add one record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as out:
        out.write(json.dumps(record, sort_keys=True) + "\n")


def forget(path: Path, keep: Iterable[Record]) -> None:
    """Write the file anew with these records only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r, sort_keys=True) + "\n" for r in keep))


class Group:
    """The runs of one peer under the same circumstances."""

    def __init__(self, runs: list[Record]) -> None:
        runs = [r for r in runs if r["status"] != "missing"] or runs[-1:]
        self.runs = runs
        self.bad = next((r for r in runs if r["status"] != OK), None)
        good = [r for r in runs if r["status"] == OK]
        self.times = [] if self.bad else [float(r["seconds"]) for r in good]
        self.peak = max((int(r["peak"]) for r in good), default=0)
        self.bytes = runs[0].get("bytes", 0)
        self.rows = int(runs[0]["rows"])

    @property
    def median(self) -> float | None:
        """Median seconds, or None where a run was wrong, failed or missing."""
        return statistics.median(self.times) if self.times else None

    @property
    def strategy(self) -> str:
        """How csvferry said that it went about it; empty for the others."""
        return ", ".join(
            sorted({str(s) for r in self.runs if (s := (r.get("detail") or {}).get("strategy"))})
        )

    @property
    def cpu(self) -> float:
        """Median processor seconds of the client."""
        return statistics.median(float(r.get("cpu", 0)) for r in self.runs)


Groups = dict[tuple[str, str, int, str], Group]


def groups(records: Iterable[Record]) -> Groups:
    """By server, scenario, rows and peer."""
    found: dict[tuple[str, str, int, str], list[Record]] = {}
    for r in records:
        if r["kind"] == "run":
            found.setdefault((r["server"], r["scenario"], r["rows"], r["peer"]), []).append(r)
    return {key: Group(runs) for key, runs in found.items()}


def last(records: Iterable[Record], kind: str) -> Record | None:
    """The newest record of a kind."""
    return next((r for r in reversed(list(records)) if r["kind"] == kind), None)
