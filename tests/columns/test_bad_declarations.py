"""Bad declarations are invalid arguments, and end in exit status 2 before a row is read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import csvferry
from csvferry.cli.app import app
from csvferry.config.feed import make_feed
from csvferry.errors import Exit, UsageError
from csvferry.load.context import Run
from csvferry.run.runner import attempt
from csvferry.sources.source import find

BAD: list[tuple[dict[str, Any], str]] = [
    ({"date": {"born": "%d/%m"}}, "no whole date"),
    ({"date": {"born": "%H:%S"}}, "leaves a part"),
    ({"date": {"born": "%c"}}, "%c"),
    ({"date": {"born": "%Y-%m-%d %Y"}}, "twice"),
    ({"date": {"born": "no code"}}, "neither a date nor a time"),
    ({"date": {"born": "%I:%M"}}, "%p"),
    ({"date": {"born": "%d/%m/%Y %"}}, "single %"),
    ({"date": "born"}, "COL=VALUE"),
    ({"columns": {"born": {"timestamp": "%d/%m/%Y"}}}, "no date, or no time"),
    ({"columns": {"email": {"hash": "sha256"}}}, "go together"),
    ({"columns": {"email": {"hash": "sha256", "key": "secret"}}}, "env:NAME"),
    ({"columns": {"email": {"hash": "md5", "key": "env:K"}}}, "sha256"),
    ({"columns": {"email": {"form": "x"}}}, "no such option"),
    ({"columns": {"born": {"date": "%d/%m/%Y", "decimal": ","}}}, "can't both"),
    ({"columns": {"born": {"date": "%d/%m/%Y"}}, "date": {"born": "%d.%m.%Y"}}, "twice"),
    ({"columns": {"a": {"to": "c"}, "b": {"to": "C"}}}, "two columns"),
    ({"rename": ["a=c", "b=c"]}, "two columns"),
    ({"rename": ["a=c"], "ignore": ["a"]}, "left out, and can't become c"),
    ({"columns": {"a": {"to": "c"}}, "ignore": ["a"]}, "left out, and can't become c"),
    ({"true": ["x"], "false": ["x"]}, "true and false"),
    ({"decimal": ",", "thousands": ","}, "one sign"),
    ({"decimal": "12"}, "one sign"),
    ({"timezone": "Europe/Atlantis"}, "no time zone"),
    ({"keep_rejects": "soon"}, "30d"),
    ({"columns": "born"}, "COL = "),
    ({"columns": ["a = { to = 'x' }", "a = { to = 'y' }"]}, "named twice"),
    ({"dialect": "lotus"}, "no such dialect"),
    ({"encoding": "klingon"}, "no such encoding"),
    ({"delimiter": "ab"}, "can't be the delimiter"),
    ({"delimiter": "|", "quote": "|"}, "same character"),
    ({"dialect": "excel", "quote": ","}, "same character"),
    ({"escape": "mysql", "delimiter": "\\"}, "the escape"),
    ({"comment": ""}, "one character or more"),
    ({"null": ["a\nb"]}, "a token that means NULL"),
    ({"null": ["a;b"], "delimiter": ";"}, "a token that means NULL"),
    ({"null": ["'x"], "quote": "'"}, "a token that means NULL"),
    ({"null": ["N,A"], "dialect": "excel"}, "a token that means NULL"),
    ({"columns": {"a": {"null": ["x,y"]}}, "delimiter": ","}, "a token that means NULL"),
    ({"types": {"born": "GEOMETRY"}}, "no type that csvferry serves"),
]
BELIED: list[tuple[dict[str, Any], str]] = [
    ({"rename": {"nothing": "x"}}, "no column nothing"),
    ({"ignore": ["7"]}, "no column 7"),
    ({"date": {"nothing": "%Y-%m-%d"}}, "no column nothing"),
    ({"rename": {"email": "id"}}, "become id"),
    ({"columns": {"email": {"constant": "x"}}}, "has that column"),
    ({"columns": {"more": {"constant": "x", "to": "id"}}}, "become id"),
    ({"null": ["x,y"]}, "a token that means NULL"),
    ({"columns": {"email": {"null": ["x,y"]}}}, "a token that means NULL"),
    ({"columns": {"email": {"null": ['"'], "null_quoted": True}}}, "a token that means NULL"),
    ({"key": ["nothing"]}, "no column nothing"),
    ({"unique": ["nothing"]}, "no column nothing"),
    ({"types": {"nothing": "INT"}}, "no column nothing"),
]
# Of each kind, as words of the command line too.
IN_EVERY_WAY: list[tuple[dict[str, Any], list[str]]] = [
    ({"dialect": "lotus"}, ["--dialect", "lotus"]),
    ({"encoding": "klingon"}, ["--encoding", "klingon"]),
    ({"date": {"born": "%d/%m"}}, ["--date", "born=%d/%m"]),
    ({"rename": {"a": "c", "b": "C"}}, ["--rename", "a=c", "--rename", "b=C"]),
    ({"decimal": ",", "thousands": ","}, ["--decimal", ",", "--thousands", ","]),
    ({"null": ["a,b"], "delimiter": ","}, ["--null", "a,b", "--delimiter", ","]),
    ({"types": {"a": "GEOMETRY"}}, ["--type", "a=GEOMETRY"]),
    ({"columns": {"a": {"hash": "sha256"}}}, ["--columns", "a = { hash = 'sha256' }"]),
    (
        {"columns": {"a": {"hash": "sha256", "key": "env:NO_SUCH_KEY"}}},
        ["--columns", "a = { hash = 'sha256', key = 'env:NO_SUCH_KEY' }"],
    ),
]
UNREACHABLE = "https://127.0.0.1:9/people.csv"  # to fetch it would end in 1


@pytest.mark.parametrize("command", ["sync", "plan", "check", "verify"])
@pytest.mark.parametrize(("options", "words"), IN_EVERY_WAY)
def test_the_command_line_refuses_it_before_a_fetch(
    options: dict[str, Any], words: list[str], command: str, tmp_path: Path
) -> None:
    to = [] if command == "check" else ["--to", f"sqlite:///{tmp_path}/t.db"]
    done = CliRunner().invoke(app, [command, UNREACHABLE, *to, *words])
    assert done.exit_code == Exit.USAGE, done.output
    config = tmp_path / "feeds.toml"
    config.write_text(f"[[feeds]]\nsource = {_toml(UNREACHABLE)}\n{_lines(options)}")
    done = CliRunner().invoke(app, [command, "--config", str(config), *to])
    assert done.exit_code == Exit.USAGE, done.output


@pytest.mark.parametrize(("options", "words"), IN_EVERY_WAY)
@pytest.mark.parametrize("call", [csvferry.sync, csvferry.plan, csvferry.check])
def test_python_refuses_it_before_a_fetch(
    options: dict[str, Any], words: list[str], call: Callable[..., object], tmp_path: Path
) -> None:
    assert words
    with pytest.raises(UsageError):
        call(UNREACHABLE, to=f"sqlite:///{tmp_path}/t.db", **options)


def _lines(options: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_toml(value)}\n" for name, value in options.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


@pytest.mark.parametrize(("options", "told"), BAD)
def test_a_declaration_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        make_feed(source="people.csv", **options)
    assert refused.value.exit is Exit.USAGE


@pytest.mark.parametrize(("options", "told"), BELIED)
def test_a_declaration_that_the_file_belies_is_refused(
    options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,email\n1,a\n")
    feed = make_feed(source=str(path), to=f"sqlite:///{tmp_path}/t.db", **options)
    (found,) = find(feed.source)
    report, error = attempt(Run(feed, found))
    assert isinstance(error, UsageError)
    assert told in (report.message or "")
    assert report.rows.read == 0
