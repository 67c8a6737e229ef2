"""Feeds of a configuration: picked by name, written in either spelling, one table each."""

import json
from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell

TWO_FEEDS = """
[[feeds]]
source = "people.csv"
name = "people"

[[feeds]]
source = "towns.csv"
"""


@pytest.fixture
def two_feeds(shell: Shell) -> Shell:
    shell.write("csvferry.toml", TWO_FEEDS)
    shell.write("people.csv", "id,email\n1,ann@example.com\n")
    shell.write("towns.csv", "id,town\n1,Ghent\n")
    return shell


def test_a_feed_is_picked_by_its_name_or_its_table(two_feeds: Shell) -> None:
    assert two_feeds.run("sync", "--feed", "towns").status == 0
    assert two_feeds.rows("SELECT town FROM towns") == [("Ghent",)]
    assert not two_feeds.rows("SELECT 1 FROM sqlite_master WHERE name = 'people'")


def test_a_feed_that_is_not_there_is_named_with_those_that_are(two_feeds: Shell) -> None:
    done = two_feeds.run("sync", "--feed", "people", "--feed", "cities")
    assert done.status == 2
    assert "cities" in done.err
    assert "people, towns" in done.err


@pytest.mark.parametrize(
    "words", [("--table", "all"), ("--key", "id"), ("--type", "id=TEXT"), ("--unique", "id")]
)
def test_an_option_of_one_table_is_refused_for_several_feeds(
    two_feeds: Shell, words: tuple[str, str]
) -> None:
    done = two_feeds.run("sync", *words)
    assert done.status == 2
    assert words[0] in done.err
    assert not (two_feeds.folder / "csvferry.db").exists()
    assert two_feeds.run("sync", *words, "--feed", "people").status == 0


@pytest.mark.parametrize("option", ["no-header = true", "no_header = true", "header = false"])
def test_a_configuration_takes_each_spelling_of_an_option(shell: Shell, option: str) -> None:
    shell.write("people.csv", "1,ann@example.com\n")
    shell.write("csvferry.toml", f'[[feeds]]\nsource = "people.csv"\nmax-rejects = 0\n{option}\n')
    assert shell.run("check", "--json").reports[0]["rows"]["read"] == 1


def test_an_option_that_is_given_in_two_spellings_is_refused(shell: Shell) -> None:
    shell.write("csvferry.toml", '[[feeds]]\nsource = "a.csv"\nmax_rejects = 1\nmax-rejects = 2\n')
    done = shell.run("sync")
    assert done.status == 2
    assert "max_rejects is given twice" in done.err


def test_the_schema_of_the_configuration_has_every_field_of_a_feed() -> None:
    page = Path(csvferry.__file__).parents[2] / "docs" / "csvferry.schema.json"
    schema = json.loads(page.read_text())
    assert set(csvferry.Feed.model_fields) <= set(schema["$defs"]["Feed"]["properties"])


def test_the_ledger_is_shown_by_table_by_feed_and_since_a_time(two_feeds: Shell) -> None:
    two_feeds.run("sync")
    shown = two_feeds.run("history", "--table", "towns", "--json").reports
    assert [run["target"]["table"] for run in shown] == ["towns"]
    shown = two_feeds.run("history", "--feed", "people", "--since", "1h", "--json").reports
    assert [run["target"]["table"] for run in shown] == ["people"]
    assert not two_feeds.run("history", "--since", "2999-01-01", "--json").reports
    assert two_feeds.run("history", "--since", "yesterday").status == 2


def test_rejects_are_shown_by_table_and_by_feed(two_feeds: Shell) -> None:
    for name in ("people", "towns"):
        two_feeds.write(f"{name}.csv", f"id,{name}\n1,a\n2,b\n2,c,{name}\n")
    two_feeds.run("sync", "--max-rejects", "50%")
    for words in (("--table", "people"), ("--feed", "people")):
        shown = two_feeds.run("rejects", *words)
        assert "people.csv into people" in shown.out
        assert "2,c,people" in shown.out
        assert "towns" not in shown.out
