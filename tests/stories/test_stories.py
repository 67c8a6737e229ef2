"""Random stories end as an oracle has it that asks the server row by row; `make stories`: more."""

from pathlib import Path

import pytest

from stories.story import differences, tell
from targets import Target

SEED, STORIES = "ci", 12


@pytest.mark.one_server
@pytest.mark.parametrize("number", range(STORIES))
def test_a_story_ends_as_the_server_has_it_row_by_row(
    target: Target, tmp_path: Path, number: int
) -> None:
    story = tell(f"{SEED} {number}")
    assert differences(story, target, tmp_path / "story") == [], story
