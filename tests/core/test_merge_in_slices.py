"""A server that writes few rows with a statement gets the merge in several, with one result."""

from pathlib import Path

import pytest

from csvferry.databases.sql_dialect import SqlDialect
from targets import Target
from test_cases import check_case

CASES = (
    "mirror_deletes_children_before_parents",
    "mirror_deletes_rows_that_refer_to_each_other",
    "mirror_keeps_the_key_of_a_rejected_row",
    "rows_that_refer_to_each_other",
    "unique_freed_by_a_mirror_delete",
    "unique_values_swap_and_shift",
)


@pytest.mark.parametrize("name", CASES)
def test_case_in_slices(
    name: str, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlDialect, "most_rows", 2)
    check_case(name, target, tmp_path)
