"""Tables compared with their files: counts as the answer, the keys that drifted as a file."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from csvferry.aws.database_access import Connector
from csvferry.aws.queries.report_folder import keep
from csvferry.aws.runs.deadline import Deadline
from csvferry.aws.settings import Settings
from csvferry.commands.verify import NAMED, verify_object
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError
from csvferry.load.context import Run
from csvferry.model.phases import Controls
from csvferry.model.report import Report, Sample
from csvferry.sources.file_set import find_runs


def verify(
    settings: Settings,
    connector: Connector,
    feeds: Sequence[Feed],
    time_left: Callable[[], float],
) -> dict[str, Any]:
    """A report for each file of each feed; one whose rows drifted names a file with their keys."""
    timeout, answers = time_left(), []
    for feed in feeds:
        try:
            sources = find_runs(feed)
        except CsvFerryError as error:
            answers.append({"feed": feed.label, "status": "failed", "message": str(error)})
            continue
        for source in sources:
            controls = Controls(deadline=Deadline(time_left, timeout))
            run = Run(feed, source, connect=connector.lease, controls=controls, sample=NAMED)
            report, _ = verify_object(run)
            answers.append(report.to_dict() | _drifted(settings, report))
    connector.close()
    return {"verify": answers}


def _drifted(settings: Settings, report: Report) -> dict[str, Any]:
    sample = report.sample
    if not sample or not sample.drifted:
        return {}
    file, _ = keep(settings, f"verify-{report.run}.json", lambda path: _write(path, sample))
    return {"file": file}


def _write(path: Path, sample: Sample) -> int:
    rows = [asdict(row) for row in sample.drifted]
    return path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
