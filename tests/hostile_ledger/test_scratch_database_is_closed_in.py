"""DuckDB reaches the run's own folder, the file and the feed's fingerprints: nothing else."""

from pathlib import Path

import duckdb
import pytest

from csvferry.scratch.workspace import CHANGED_LATER, Workspace, open_workspace


def _refused(workspace: Workspace, statement: str) -> bool:
    try:
        workspace.con.execute(statement)
    except duckdb.Error:
        return True
    return False


def test_no_statement_reaches_another_file(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("1,2\n")
    with open_workspace() as workspace:
        (workspace.folder / "link.csv").symlink_to(outside / "secret.csv")
        tries = (
            f"FROM read_csv('{outside}/secret.csv')",
            f"FROM read_text('{outside}/secret.csv')",
            f"FROM read_csv('{workspace.folder}/link.csv')",
            f"FROM read_csv('{workspace.folder}/../{outside.name}/secret.csv')",
            f"FROM glob('{outside}/*')",
            f"COPY (SELECT 1) TO '{outside}/taken'",
            f"ATTACH '{outside}/taken.db'",
            f"EXPORT DATABASE '{outside}/taken'",
            "INSTALL httpfs",
            f"LOAD '{workspace.folder}/taken'",
            "CREATE PERSISTENT SECRET (TYPE s3)",
        )
        assert [statement for statement in tries if not _refused(workspace, statement)] == []
    assert [path.name for path in outside.iterdir()] == ["secret.csv"]


def test_what_is_permitted_is_reached_and_its_neighbours_are_not(tmp_path: Path) -> None:
    odd, state = tmp_path / "a*b'[1].csv", tmp_path / "state"
    state.mkdir()
    for path in (odd, tmp_path / "axb'1.csv", state / "part.csv"):
        path.write_text("1,2\n")
    with open_workspace() as workspace:
        workspace.permit(file=odd, folder=state)
        quoted = str(odd).replace("'", "''").replace("[", "[[]").replace("*", "[*]")
        assert workspace.con.execute(f"FROM read_csv('{quoted}')").fetchall() == [(1, 2)]
        assert workspace.con.execute(f"FROM read_csv('{state}/part.csv')").fetchall() == [(1, 2)]
        assert _refused(workspace, f"FROM read_csv('{tmp_path}/axb''1.csv')")


def test_no_statement_changes_what_is_permitted() -> None:
    names_of_schemas = {"schema", "search_path"}
    other_names = {"max_memory", "worker_threads"}  # of settings that a run changes
    with open_workspace() as workspace:
        settings = workspace.con.execute("SELECT name, value FROM duckdb_settings()").fetchall()
        changed = {
            name for name, value in settings if not _refused(workspace, f"SET {name} = '{value}'")
        }
        assert changed <= {*CHANGED_LATER, *names_of_schemas, *other_names}
        assert not _refused(workspace, "SET memory_limit = '100MB'")


@pytest.mark.parametrize("name", ["autoinstall_known_extensions", "autoload_known_extensions"])
def test_extensions_do_not_come_by_themselves(name: str) -> None:
    with open_workspace() as workspace:
        assert workspace.con.execute(f"SELECT current_setting('{name}')").fetchone() == (False,)
