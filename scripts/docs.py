"""Writes docs/cli.md from the commands' own --help: docs.py; docs.py --check only compares."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
COMMANDS = ("sync", "plan", "check", "history", "rejects", "verify", "doctor", "grants")
HEAD = """# The command line

Made by `make docs` from the commands' own help. What scripts rely on: the exit status (0 done or
nothing to do, 1 failed with nothing changed, 2 the call's words are off, 3 stopped by a guard with
nothing changed) and the keys of `--json`.
"""


def page() -> str:
    """The whole page."""
    sections = [HEAD, _section("csvferry", [])]
    sections += [_section(f"csvferry {name}", [name]) for name in COMMANDS]
    return "\n".join(sections)


def _section(title: str, words: list[str]) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERMINAL_WIDTH": "100"}
    shown = subprocess.run(
        [sys.executable, "-m", "csvferry", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    text = "\n".join(line.rstrip() for line in shown.strip().splitlines())
    return f"## {title}\n\n```text\n{text}\n```\n"


def main() -> int:
    """Write the page, or say that it is not current."""
    made = page()
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != made:
            print("docs/cli.md is not current: run `make docs`", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
