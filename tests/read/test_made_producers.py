"""`scripts/make_producers.py` writes what lies in `tests/producers`, where its program is here."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from test_read_producers import HOME, PRODUCERS

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_producers.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_producers", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKERS = _script().MAKERS


def test_each_file_that_it_makes_is_one_of_the_tests() -> None:
    assert set(MAKERS) <= {row["file"] for row in PRODUCERS}


@pytest.mark.parametrize("name", [n for n, (by, _) in MAKERS.items() if by in ("", "duckdb")])
def test_a_file_made_anew_is_the_same(name: str, tmp_path: Path) -> None:
    _, make = MAKERS[name]
    make(tmp_path / name)
    assert (tmp_path / name).read_bytes() == (HOME / "files" / name).read_bytes()
