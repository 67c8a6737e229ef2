"""A pipe can be read only once, so it is no file."""

import os
from pathlib import Path

import pytest

from csvferry.errors import SourceError
from csvferry.sources.source import LocalFile


def test_a_named_pipe_is_refused_with_what_to_do(tmp_path: Path) -> None:
    pipe = tmp_path / "people.csv"
    os.mkfifo(pipe)
    with pytest.raises(SourceError, match=r"is a pipe or a device, not a file \(pipe it into"):
        LocalFile(pipe).identify()
