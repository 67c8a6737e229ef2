"""The decision table: every combination of facts has one strategy, and none that is unsafe."""

import re
from itertools import product
from pathlib import Path

import pytest

import csvferry
from csvferry.load.strategy import (
    PARALLEL_ROWS,
    RULES,
    Applied,
    Facts,
    Strategy,
    Table,
    Uniques,
    choose_strategy,
)

BOTH = (False, True)
EVERY = [
    Facts(*facts)
    for facts in product(
        Applied,
        BOTH,
        BOTH,
        Table,
        BOTH,
        BOTH,
        Uniques,
        BOTH,
        (0, PARALLEL_ROWS),
        BOTH,
        BOTH,
        BOTH,
        BOTH,
        BOTH,
    )
]
DIRECT = (Strategy.SWAP, Strategy.TRANSACTION)


def test_every_rule_decides_some_combination_of_facts() -> None:
    assert {choose_strategy(facts) for facts in EVERY} == set(RULES)


def test_a_version_that_was_applied_is_skipped_only_where_its_rows_are_left() -> None:
    for facts in EVERY:
        skipped = choose_strategy(facts).strategy is Strategy.SKIP
        current = facts.applied is Applied.YES and facts.left
        assert skipped == (facts.trusted and (current or facts.applied is Applied.SUPERSEDED))


def test_only_an_empty_table_is_loaded_directly() -> None:
    for facts in EVERY:
        if choose_strategy(facts).strategy in DIRECT:
            assert facts.table is not Table.FILLED
            assert not facts.lacks_required
            assert not facts.refused
            assert not facts.rewrites
            assert not facts.stages_all
            assert facts.uniques is not Uniques.STAGING


def test_a_table_is_swapped_only_where_all_that_a_swap_needs_is_there() -> None:
    for facts in EVERY:
        if choose_strategy(facts).strategy is Strategy.SWAP:
            assert facts.swap
            assert facts.roomy
            assert facts.rows >= PARALLEL_ROWS
            assert not facts.dry


def test_only_the_difference_is_compared_where_the_last_version_is_known() -> None:
    for facts in EVERY:
        if choose_strategy(facts).strategy is Strategy.DELTA:
            assert facts.table is Table.FILLED
            assert facts.snapshot


@pytest.mark.parametrize("learned", ["refused", "swap"])
def test_a_setback_leads_to_another_strategy(learned: str) -> None:
    for facts in EVERY:
        value = learned == "refused"
        after = Facts(**{**vars(facts), learned: value})
        if choose_strategy(facts).strategy is Strategy.SWAP:
            assert choose_strategy(after).strategy is not Strategy.SWAP


def test_the_table_in_the_architecture_page_is_the_rules_in_their_order() -> None:
    page = Path(csvferry.__file__).parents[2] / "docs" / "architecture.md"
    shown = re.findall(r"^\| \d+ \| (.+) \| `(\w+)` \|$", page.read_text(), re.MULTILINE)
    assert shown == [(rule.why, rule.strategy.value) for rule in RULES]
