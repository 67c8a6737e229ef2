"""The whole of `tests/cases` on a cluster; what comes of a case is asked of the other node."""

from pathlib import Path

import pytest

from galera.cluster import OtherNode
from test_cases import CASES, check_case


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_case_ends_as_ever_on_each_node(name: str, target: OtherNode, tmp_path: Path) -> None:
    check_case(name, target, tmp_path)
