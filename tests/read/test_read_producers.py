"""Files that real programs wrote, `tests/producers`: 41 values each, and what is read of them.

By default each value is the reference's, or the run stops and names options; never another value,
never a lost row. With the options of `producers.tsv` all values arrive but those that the program
lost (`lost`), those that look alike in its file (`not_told_apart`: empty text and NULL), and those
whose line end it wrote unquoted (`rejected`). `readable`: "no" where nobody can tell the values.
"""

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from read_outcome import Outcome, Read

from csvferry.errors import DoubtfulDialectError

HOME = Path(__file__).parents[1] / "producers"
VALUES = {
    value["id"]: (name, value["txt"], value["tail"])
    for name, value in json.loads((HOME / "reference.json").read_text()).items()
}
with (HOME / "producers.tsv").open(encoding="utf-8", newline="") as table:
    PRODUCERS = [row for row in csv.DictReader(table, delimiter="\t") if row["readable"] == "yes"]
EVERY = pytest.mark.parametrize("producer", PRODUCERS, ids=[row["file"] for row in PRODUCERS])


def options(words: str) -> dict[str, Any]:
    """The command line's options as those of reading."""
    found: dict[str, Any] = {}
    given = iter(shlex.split(words) if words != "-" else ())
    for word in given:
        name = word.removeprefix("--").replace("-", "_")
        if name in ("header", "no_header"):
            found["header"] = name == "header"
        elif name == "null":
            found["null"] = (*found.get("null", ()), next(given))
        else:
            found[name] = next(given).replace("\\t", "\t")
    return found


def wrong(outcome: Outcome, without: set[str], alike: set[str]) -> list[str]:
    """The names of values that were read as others or not at all."""
    rows = {int(float(row[-3])): row[-2:] for row in outcome.fields}
    return [
        name
        for number, (name, text, tail) in VALUES.items()
        if name not in without
        and rows.get(number) != (text, tail)
        and not (name in alike and rows.get(number) in (("", tail), (None, tail)))
    ]


def named(producer: dict[str, str], *columns: str) -> set[str]:
    return {name for column in columns for name in producer[column].split() if name != "-"}


@EVERY
@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 7}])
def test_the_defaults_read_every_value_or_stop(
    read: Read, producer: dict[str, str], way: dict[str, Any]
) -> None:
    data = (HOME / "files" / producer["file"]).read_bytes()
    begins = data.lower().startswith((b"id", b'"id"', b"\xef\xbb\xbf", b",id"))
    try:
        outcome = read(data, **way, header=begins)
    except DoubtfulDialectError as stop:
        told = str(stop)
    else:
        told = ""
    if told:
        assert "line" in told
        assert "--" in told
        return
    assert wrong(outcome, named(producer, "lost"), {"empty", "null"}) == []
    assert outcome.rejects == []


@EVERY
@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 7}, {"sliced": True}])
def test_the_options_of_its_program_read_every_value(
    read: Read, producer: dict[str, str], way: dict[str, Any]
) -> None:
    data = (HOME / "files" / producer["file"]).read_bytes()
    outcome = read(data, **way, **options(producer["options"]))
    without = named(producer, "lost", "rejected")
    assert wrong(outcome, without, named(producer, "not_told_apart")) == []
    assert len(outcome.rejects) <= 2 * len(without)  # a line end that nobody quoted cuts in two


def test_each_file_that_is_shared_is_one_of_the_tests() -> None:
    for file in (HOME.parents[1].parent / "shared" / "producers" / "files").glob("*"):
        assert file.read_bytes() == (HOME / "files" / file.name).read_bytes()
