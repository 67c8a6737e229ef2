"""DuckDB 2 draws a progress bar on standard output, where the report goes, terminal or not."""

from pathlib import Path

import csvferry
from csvferry.scratch.workspace import open_workspace

HOME = Path(csvferry.__file__).parent


def test_no_connection_of_a_run_draws_one() -> None:
    with open_workspace() as workspace, workspace.con.cursor() as beside:
        for con in (workspace.con, beside):
            found = con.execute("SELECT current_setting('enable_progress_bar')").fetchone()
            assert found == (False,)


def test_each_module_that_connects_turns_it_off() -> None:
    connecting = [p for p in HOME.rglob("*.py") if "duckdb.connect(" in p.read_text()]
    assert connecting
    off = "SET enable_progress_bar = false"
    assert [path.name for path in connecting if off not in path.read_text()] == []
