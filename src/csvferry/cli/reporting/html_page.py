"""The ledger as one HTML page: nothing is loaded from elsewhere, and no value of a row is in it."""

import base64
import hashlib
from pathlib import Path

from csvferry.commands.ledger_report import OUTCOMES, LedgerReport
from csvferry.errors import UsageError
from csvferry.printable import shown
from csvferry.scratch.private_files import PLANTED, is_planted, replace_file

_FOLDER = Path(__file__).parent


def write_page(path: Path, report: LedgerReport) -> None:
    """Put the page in a file's place. Raises UsageError where it can't be written."""
    text = page(report)
    try:
        if is_planted(path):
            raise PermissionError(0, PLANTED)
        replace_file(path, lambda fresh: fresh.write_text(text, encoding="utf-8"), mode=0o644)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def page(report: LedgerReport) -> str:
    """The page. Raises UsageError where the template engine is not installed.

    Its policy names the one script by its digest, and lets it reach nothing (Content Security
    Policy Level 3, "script-src").
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise UsageError(
            "a page needs Jinja, which is not installed", "pip install 'csvferry[report]'"
        ) from None
    engine = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
    )
    engine.filters["shown"] = shown
    script = (_FOLDER / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = engine.get_template("report.html.jinja")
    return template.render(report=report, outcomes=OUTCOMES, script=script, digest=digest)
