"""`--metrics-file`: what node_exporter's textfile collector reads; no value of a row is in it.

The format is Prometheus' own ("Exposition formats", text). Each metric is of a feed's last runs.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csvferry.errors import UsageError
from csvferry.model.report import Report, Rows
from csvferry.scratch.private_files import PLANTED, is_planted, replace_file

SUCCESS = "csvferry_last_success_timestamp_seconds"
_HELP = {
    "csvferry_last_run_timestamp_seconds": "When the feed was last run.",
    SUCCESS: "When the feed was last run without a failure or a guard's stop.",
    "csvferry_last_run_success": "Whether the last run of each file of the feed ended well.",
    "csvferry_last_run_duration_seconds": "How long the feed's last runs took.",
    "csvferry_last_run_bytes": "Size of the files of the feed's last runs.",
    "csvferry_last_run_rows": "Rows of the feed's last runs by outcome.",
    "csvferry_last_run_files": "Files of the feed's last runs by status.",
}
_LABELLED = ("csvferry_last_run_rows", "csvferry_last_run_files")
_BEFORE = re.compile(SUCCESS + r'\{feed="((?:[^"\\]|\\.)*)"\} ([0-9.]+)')
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n"}


@dataclass
class FeedMetrics:
    """What the runs of one feed add up to; `well` is False once one of them failed."""

    well: bool = True
    seconds: float = 0.0
    bytes: int = 0
    rows: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(Rows.__dataclass_fields__, 0)
    )
    files: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def fail(self) -> None:
        """No run began."""
        self.well = False
        self.files["failed"] += 1

    def add(self, report: Report, *, well: bool) -> None:
        """One run more."""
        self.well &= well
        self.seconds += report.seconds
        self.bytes += report.source["bytes"]
        self.files[report.status] += 1
        for name in self.rows:
            self.rows[name] += getattr(report.rows, name)


def write_metrics(path: Path, feeds: Mapping[str, FeedMetrics]) -> None:
    """Replace the file as a whole, readable for all; times of earlier successes stay in it.

    Raises UsageError where it can't be written.
    """
    try:
        if is_planted(path):
            raise PermissionError(0, PLANTED)
        lines = exposition(feeds, _successes(path), time.time())
        text = "".join(f"{line}\n" for line in lines)
        replace_file(path, lambda fresh: fresh.write_text(text, encoding="utf-8"), mode=0o644)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def exposition(
    feeds: Mapping[str, FeedMetrics], before: Mapping[str, float], now: float
) -> Iterator[str]:
    """The file's lines; `before`: when a feed, by its label as it is written, last succeeded."""
    for metric, text in _HELP.items():
        yield f"# HELP {metric} {text}"
        yield f"# TYPE {metric} gauge"
        for feed, found in feeds.items():
            name = _escaped(feed)
            success = now if found.well else before.get(name)
            for labels, value in _samples(metric, found, success, now):
                yield f'{metric}{{feed="{name}"{labels}}} {value}'


def _samples(
    metric: str, found: FeedMetrics, success: float | None, now: float
) -> Iterator[tuple[str, object]]:
    if metric == SUCCESS:
        yield from [] if success is None else [("", f"{success:.0f}")]
    elif metric == "csvferry_last_run_rows":
        yield from ((f',outcome="{name}"', count) for name, count in found.rows.items())
    elif metric == "csvferry_last_run_files":
        yield from ((f',status="{name}"', count) for name, count in found.files.items())
    else:
        values = (f"{now:.0f}", int(found.well), round(found.seconds, 3), found.bytes)
        names = [name for name in _HELP if name not in (SUCCESS, *_LABELLED)]
        yield "", dict(zip(names, values, strict=True))[metric]


def _escaped(label: str) -> str:
    return re.sub(r'[\\"\n]', lambda found: _ESCAPES[found[0]], label)


def _successes(path: Path) -> dict[str, float]:
    """When feeds last succeeded, by the file as it is."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    return {name: float(seconds) for name, seconds in _BEFORE.findall(text)}
