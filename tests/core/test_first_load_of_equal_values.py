"""Of the rows of a first load that may be equal by the server's rules it judges these alone."""

import random
from pathlib import Path

import pytest

import csvferry
from targets import Target

TABLE = (
    "CREATE TABLE people (id VARCHAR(20) PRIMARY KEY, badge INT UNIQUE, email VARCHAR(99) UNIQUE)"
)
OTHERS = [f"o{n},{1000 + n},{n}@example.com" for n in range(200)]
Outcome = tuple[str | None, set[str], dict[int, str]]


def _load(target: Target, folder: Path, rows: list[str], mode: str) -> Outcome:
    """The strategy, the ids there are but those of the others, and the messages of duplicates."""
    file = folder / "people.csv"
    file.write_text("\n".join(["id,badge,email", *rows, ""]))
    done = csvferry.sync(str(file), to=target.url, mode=mode)
    assert done.rows.inserted == target.rows("SELECT COUNT(*) FROM people")[0][0]
    told = "SELECT line, message FROM csvferry_rejects WHERE code LIKE 'duplicate%'"
    refused = dict(target.rows(told))
    assert done.rows.duplicate == len(refused)
    found = target.rows("SELECT id FROM people WHERE id NOT LIKE 'o%'")
    return done.strategy, {name for (name,) in found}, refused


@pytest.fixture
def people(server_target: Target) -> Target:
    server_target.run(TABLE)
    return server_target


@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
def test_of_values_equal_but_for_case_one_wins_and_the_rest_is_loaded_at_once(
    people: Target, tmp_path: Path, mode: str
) -> None:
    rows = ["a,1,ann@example.com", "b,2,bob@example.com", "c,3,Ann@Example.com", *OTHERS]
    strategy, ids, refused = _load(people, tmp_path, rows, mode)
    assert strategy == "direct"
    loser, winner, left = (4, 2, {"a", "b"}) if mode == "insert" else (2, 4, {"b", "c"})
    assert ids == left
    assert refused == {loser: f"the value is unique and is that of line {winner}, which won"}


def test_of_keys_equal_but_for_case_one_wins(people: Target, tmp_path: Path) -> None:
    rows = ["Ann,1,a@example.com", "ann,2,b@example.com", "ben,3,B@example.com", *OTHERS]
    strategy, ids, refused = _load(people, tmp_path, rows, "upsert")
    assert strategy == "direct"
    assert ids == {"ben"}
    assert refused == {
        2: "the last row of this key lost to line 4, which won",
        3: "the value is unique and is that of line 4, which won",
    }


@pytest.mark.parametrize("mode", ["insert", "upsert"])
@pytest.mark.parametrize("seed", range(3))
def test_it_ends_as_if_all_rows_had_been_judged(
    people: Target, tmp_path: Path, mode: str, seed: int
) -> None:
    chance = random.Random(seed)
    names, mails = ["a", "A", "b", "c", "d", "D", "e"], ["x", "X", "y", "z", "Z ", "w", ""]
    rows = [
        f"{chance.choice(names)},{chance.randrange(8)},{chance.choice(mails)}" for _ in range(12)
    ]
    alone = _load(people, tmp_path, rows, mode)
    people.run("DROP TABLE people, csvferry_runs, csvferry_rejects, csvferry_schema", TABLE)
    among = _load(people, tmp_path, [*rows, *OTHERS], mode)
    assert (alone[0], among[0]) == ("staged", "direct")
    assert alone[1:] == among[1:]


@pytest.mark.parametrize(
    ("email", "left"), [("ann\u00e9", {"a", "c"}), ("\u00c5nn", {"a", "d"})], ids=["accent", "ring"]
)
def test_a_value_that_may_be_equal_to_any_has_all_rows_judged(
    people: Target, tmp_path: Path, email: str, left: set[str]
) -> None:
    rows = ["a,1,ann", "b,2,Ann", f"c,3,{email}", "d,4,anne", *OTHERS]
    strategy, ids, refused = _load(people, tmp_path, rows, "insert")
    assert strategy == "staged"
    assert ids == left
    assert len(refused) == 2


def test_when_many_may_be_equal_all_rows_are_judged(people: Target, tmp_path: Path) -> None:
    rows = [f"r{n},{n},{n // 2}@EXAMPLE.org" for n in range(200)] + OTHERS
    strategy, ids, refused = _load(people, tmp_path, rows, "insert")
    assert strategy == "staged"
    assert ids == {f"r{n}" for n in range(0, 200, 2)}
    assert len(refused) == 100


def test_a_row_that_a_check_refuses_has_not_won(server_target: Target, tmp_path: Path) -> None:
    server_target.run(TABLE[:-1] + ", CHECK (badge <> 7))")
    rows = ["a,7,ann@example.com", "b,2,Ann@example.com", *OTHERS]
    strategy, ids, refused = _load(server_target, tmp_path, rows, "insert")
    assert strategy == "staged"
    assert ids == {"b"}
    assert refused == {}
