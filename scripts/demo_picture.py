"""Writes docs/demo.svg: the README's picture, from commands that are run for it."""

import io
import os
import pty
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "demo.svg"
FIRST = (
    "id,email\n1,ada@example.com\n2,grace@example.com\n3,edsger@example.com\n3,twice@example.com\n"
)
SECOND = (
    "id,email\n1,ada@example.com\n2,grace@example.org\n4,barbara@example.com\nx,bad@example.com\n"
)
STEPS = (
    (FIRST, "sync people.csv --mode upsert"),
    (None, "sync people.csv --mode upsert"),
    (SECOND, "plan people.csv --mode upsert --max-rejects 1"),
)


def run(command: str, folder: Path) -> str:
    """What a command prints on a terminal of 92 columns."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "92", "XDG_STATE_HOME": str(folder), "TERM": "xterm"}
    words = ["csvferry", *command.split()]
    with subprocess.Popen(
        words, cwd=folder, stdout=theirs, stderr=subprocess.DEVNULL, env=environment
    ):
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    return shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # a terminal whose other end is closed
        return b""


def main() -> None:
    """Run the steps and draw them."""
    console = Console(record=True, width=92, file=io.StringIO())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for content, command in STEPS:
            if content:
                (folder / "people.csv").write_text(content)
            console.print(f"[bold]$ csvferry {command}[/]", highlight=False)
            console.print(Text.from_ansi(run(command, folder)))
    PICTURE.write_text(console.export_svg(title="csvferry"), encoding="utf-8")


if __name__ == "__main__":
    main()
