"""The whole of `tests/cases` on servers that are set as others set theirs.

`test_settings_alone.py` has them one by one.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from groups_of_settings import SETTINGS
from rig_of_settings import SetTarget, Setting, check_there, database, in_utc, started

import servers
from test_cases import EACH, check_case

# What these expect is told in UTC.
_IN_UTC = {
    "a_change_of_the_time_zone_compares_anew",
    "a_moment_with_an_offset_is_taken_exactly",
    "a_timestamp_is_in_the_named_time_zone",
}


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda setting: setting.name)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Setting, servers.Server]]:
    setting: Setting = request.param
    check_there(setting.kind)
    with started(setting, tmp_path_factory.mktemp("settings")) as running:
        yield setting, running


@pytest.fixture
def target(server: tuple[Setting, servers.Server]) -> Iterator[SetTarget]:
    with database(*server) as target:
        yield target


@EACH
def test_a_case_ends_as_ever(name: str, target: SetTarget, tmp_path: Path) -> None:
    with in_utc(target) if name in _IN_UTC else nullcontext():
        check_case(name, target, tmp_path)
