"""Bad declarations are invalid arguments, and end in exit status 2 before a row is read."""

from pathlib import Path
from typing import Any

import pytest

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
    ({"true": ["x"], "false": ["x"]}, "true and false"),
    ({"decimal": ",", "thousands": ","}, "one sign"),
    ({"decimal": "12"}, "one sign"),
    ({"timezone": "Europe/Atlantis"}, "no time zone"),
    ({"keep_rejects": "soon"}, "30d"),
]
NOT_THERE: list[tuple[dict[str, Any], str]] = [
    ({"rename": {"nothing": "x"}}, "no column nothing"),
    ({"ignore": ["7"]}, "no column 7"),
    ({"date": {"nothing": "%Y-%m-%d"}}, "no column nothing"),
    ({"rename": {"email": "id"}}, "become id"),
    ({"columns": {"email": {"constant": "x"}}}, "has that column"),
    ({"columns": {"more": {"constant": "x", "to": "id"}}}, "become id"),
]


@pytest.mark.parametrize(("options", "told"), BAD)
def test_a_declaration_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        make_feed(source="people.csv", **options)
    assert refused.value.exit is Exit.USAGE


@pytest.mark.parametrize(("options", "told"), NOT_THERE)
def test_a_declared_column_that_is_not_there_is_named(
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
