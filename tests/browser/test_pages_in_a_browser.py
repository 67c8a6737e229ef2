"""Pages in Chromium at 360, 800 and 1600 pixels, light and dark, and what axe-core says of them.

No page scrolls sideways, asks the network for anything or complains on the console. Names and roles
for screen readers, contrast and keyboard are axe-core's rules.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.shell import Shell
from servers import absent

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "browser"
LOOKS = 6  # of each page: three widths, light and dark
SITE = ("tutorial", "peers", "reference/configuration")
# The theme's own: its search has no name, each block of code has a nav of one name, and a table
# that is wider than a small screen scrolls by touch alone.
THEMES = "aria-dialog-name,landmark-unique,scrollable-region-focusable"


def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found or not shutil.which("node"):
        absent("a browser: there is no chromium or no node on the path")
    if not (TOOLS / "node_modules" / "axe-core").exists():
        absent("axe-core: scripts/install_browser_tools did not install it")
    return str(found)


def _looks(without: str, *pages: str) -> list[dict[str, Any]]:
    browser, script = _browser(), Path(__file__).with_name("look.mjs")
    words = ["node", str(script), str(TOOLS), browser, without, *pages]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) == LOOKS * len(pages)
    return looks


def _faults(looks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        look
        for look in looks
        if look["wide"] > 0 or look["said"] or look["asked"] or look["violations"]
    ]


@pytest.mark.timeout(280)
def test_the_page_of_the_ledger(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n" + "".join(f"{n},Ann\n" for n in range(30)) + "x,y,z\n")
    assert shell.run("sync", "people.csv", "--mode", "mirror").status == 0
    assert shell.run("verify", "people.csv").status == 0
    assert shell.run("report", "--html", "runs.html").status == 0
    assert _faults(_looks("", (shell.folder / "runs.html").as_uri())) == []


@pytest.mark.timeout(280)
def test_pages_of_the_site(tmp_path: Path) -> None:
    _browser()
    if not shutil.which("mkdocs", path=Path(sys.executable).parent):
        absent("MkDocs: scripts/setup installs it")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path]
    subprocess.run(words, cwd=ROOT, check=True)
    with _served(tmp_path) as address:
        looks = _looks(THEMES, *(f"{address}/{name}.html" for name in SITE))
    assert _faults(looks) == []


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a web server of the folder: a browser lets no file read another."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests print nothing."""
