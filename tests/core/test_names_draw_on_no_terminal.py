"""Names of files, columns and tables with line ends, escapes and bidirectional controls."""

import ast
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import csvferry
from csvferry.cli.app import app
from csvferry.commands.doctor.finding import Finding
from csvferry.errors import CsvFerryError
from csvferry.printable import get_logger, json_line, printable

HOME = Path(csvferry.__file__).parent
ODD = "a\x1b[31m\u202eb\x9b\u2028c"


@given(st.text())
def test_what_is_printable_is_one_line_that_shows_itself(text: str) -> None:
    assert printable(text).isprintable()
    assert text.isprintable() == (printable(text) == text)


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_a_line_of_json_shows_itself_and_means_the_same(value: object) -> None:
    assert json_line(value).isprintable()
    assert json.loads(json_line(value)) == value


def test_errors_findings_and_records_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    error, finding = CsvFerryError(ODD, ODD), Finding(ODD, False, ODD, ODD)
    assert str(error).isprintable()
    assert all(str(part).isprintable() for part in finding.to_dict().values())
    with caplog.at_level(logging.INFO):
        get_logger("csvferry.test").info("the name %s", ODD)
    assert caplog.records[0].getMessage() == f"the name {printable(ODD)}"


def test_no_module_has_a_logger_of_another_kind() -> None:
    """`get_logger` makes its records printable; the function's own is given `json_line`."""
    found = {
        path.relative_to(HOME).as_posix()
        for path in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "getLogger"
    }
    assert found == {"printable.py", "aws/telemetry.py"}


@pytest.mark.parametrize(
    ("command", "options"),
    [("sync", ["--json"]), ("sync", []), ("plan", []), ("plan", ["--json"]), ("check", [])],
)
def test_commands_on_a_file_of_odd_names(
    command: str, options: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / f"{ODD}\n.csv"
    file.write_text(f"id,{ODD}\n1,{ODD}\n2,{ODD},more\n1,x\n", newline="")
    to = [] if command == "check" else ["--to", f"sqlite:///{tmp_path}/a.db"]
    with caplog.at_level(logging.DEBUG):
        words = [command, str(file), *to, *options, "--table", "people", "--max-rejects", "9"]
        outputs = [CliRunner().invoke(app, words)]
        if command == "sync":
            for again in (["history"], ["history", "--json"], ["rejects"], ["rejects", "--json"]):
                outputs.append(CliRunner().invoke(app, [*again, *to]))
    for done in outputs:
        assert done.exit_code == 0, done.output
        lines = done.output.replace("\t", " ").split("\n")  # fields are parted by tabs
        assert [line for line in lines if not line.isprintable()] == []
    assert all(record.getMessage().isprintable() for record in caplog.records)
