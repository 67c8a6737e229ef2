"""Every block of commands in the README and on a page of the site runs, in a folder of its page.

A block with a title is a file. Blocks of `bash` run in turn; each line of a `text` block behind one
stands in what it printed (`…` is anything). `pip` is a stand-in: what it installs is here, and
scripts/check_package installs it from the wheel. Blocks of `make` alone are for a checkout, and are
run by CI itself or need an account of AWS.
"""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from targets import fresh_database

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SERVER = "mysql://app@127.0.0.1:3306/shop"
BUCKET = "s3://example-bucket/"
PEOPLE = "id,email\n1,ada@example.com\n2,grace@example.com\n"
FEED = '[[feeds]]\nsource = "people.csv"\nto = "sqlite:///shop.db"\n'
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of a page; `follows`: nothing stands between it and the one before."""

    language: str
    title: str | None
    text: str
    follows: bool


def _pages() -> list[Path]:
    return [
        ROOT / "README.md",
        *sorted(p for p in DOCS.rglob("*.md") if "decisions" not in p.parts),
    ]


def _blocks(text: str) -> Iterator[Block]:
    end = 0
    for found in _BLOCK.finditer(text):
        between = text[end : found.start()]
        yield Block(found[1], found[2], found[3], follows=not between.strip())
        end = found.end()


def _commands(page: Path) -> list[Block]:
    blocks = [block for block in _blocks(page.read_text()) if block.language == "bash"]
    return [b for b in blocks if not all(line.startswith("make ") for line in b.text.splitlines())]


WITH_COMMANDS = [page for page in _pages() if _commands(page)]


def test_the_site_has_commands_to_run() -> None:
    assert len(WITH_COMMANDS) > 12


def test_each_command_of_csvferry_stands_in_a_block_that_runs() -> None:
    indented = re.compile(r"^(?: {4}|\t)(?:\$ )?csvferry (?!sync --config csvferry.toml)", re.M)
    assert not [page.name for page in _pages() if indented.search(page.read_text())]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_run(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text()
    folder = tmp_path / "page"
    (folder / "programs").mkdir(parents=True)
    with ExitStack() as stack:
        places = {"/etc/csvferry/": f"{folder}/", "/var/lib/node_exporter/": f"{folder}/"}
        environment = _environment(folder, tmp_path)
        if SERVER in text:
            server = request.getfixturevalue("mariadb_url")
            places[SERVER] = stack.enter_context(fresh_database(server))
        if any(BUCKET in (block.title or "") for block in _blocks(text)):
            environment |= _bucket(stack)
        (folder / "people.csv").write_text(PEOPLE)
        if "/etc/csvferry/" in text:
            (folder / "csvferry.toml").write_text(FEED)
        printed = ""
        for block in _blocks(text):
            if block.title:
                _lay(folder, block, environment)
            elif block in _commands(page):
                printed = _run(_placed(block.text, places), folder, environment)
            elif block.language == "text" and block.follows and printed:
                _check_shown(block.text, printed)


def _environment(folder: Path, tmp_path: Path) -> dict[str, str]:
    stand_in = folder / "programs" / "pip"
    stand_in.write_text("#!/bin/sh\n")
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    state = str(tmp_path / "state")
    return {**os.environ, "PATH": path, "XDG_STATE_HOME": state, "COLUMNS": "100"}


def _bucket(stack: ExitStack) -> dict[str, str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    stack.callback(moto.stop)
    found = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://{}:{}".format(*moto.get_host_and_port()),
    }
    place = {"LocationConstraint": found["AWS_REGION"]}
    _s3(found).create_bucket(Bucket="example-bucket", CreateBucketConfiguration=place)
    return found


def _s3(environment: dict[str, str]):  # noqa: ANN202  # boto3 has no types
    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )


def _lay(folder: Path, block: Block, environment: dict[str, str]) -> None:
    title = block.title or ""
    if title.startswith(BUCKET):
        key = title.removeprefix(BUCKET)
        _s3(environment).put_object(Bucket="example-bucket", Key=key, Body=block.text.encode())
        return
    path = folder / title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)


def _placed(text: str, places: dict[str, str]) -> str:
    for written, here in places.items():
        text = text.replace(written, here)
    return text


def _run(text: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}"
    return done.stdout


def _check_shown(shown: str, printed: str) -> None:
    lines = printed.splitlines()
    for line in filter(str.strip, shown.splitlines()):
        pattern = ".*".join(map(re.escape, line.split("…")))
        assert any(re.fullmatch(pattern, one) for one in lines), f"{line}\nis not in\n{printed}"


def test_every_page_is_in_the_navigation() -> None:
    text = re.sub(r"!!python\S*", "", (ROOT / "mkdocs.yml").read_text())
    listed = set(re.findall(r"[\w/-]+\.md", yaml.dump(yaml.safe_load(text)["nav"])))
    found = {p.relative_to(DOCS).as_posix() for p in _pages() if p.is_relative_to(DOCS)}
    assert listed == found
