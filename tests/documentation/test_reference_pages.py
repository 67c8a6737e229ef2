"""What the reference says is complete: keys of a report, variables, exit status, options."""

import re
from pathlib import Path

import csvferry
from csvferry.config.feed import Feed
from csvferry.config.json_schema import configuration_schema
from targets import Target

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SOURCE = Path(csvferry.__file__).parent
_VARIABLE = re.compile(r'(?:environ\.get\(|environ\[|getenv\()"([A-Z_]+)"')


def test_each_key_of_a_report_is_described(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    report = csvferry.sync(file, to=Target("sqlite", f"sqlite:///{tmp_path}/t.db").url).to_dict()
    page = (REFERENCE / "json.md").read_text()
    assert not [key for key in report if f"| `{key}` |" not in page]
    assert not [key for key in report["rows"] if f"`{key}`" not in page]


def test_each_variable_that_is_read_is_described() -> None:
    files = [path for path in SOURCE.rglob("*.py") if "aws" not in path.parts]
    read = {name for path in files for name in _VARIABLE.findall(path.read_text())}
    assert {"CSVFERRY_PASSWORD", "XDG_STATE_HOME"} <= read
    page = (REFERENCE / "environment.md").read_text()
    sources = (REFERENCE.parent / "sources.md").read_text()
    assert not [name for name in read if f"`{name}`" not in page + sources]


def test_each_key_of_the_configuration_is_described() -> None:
    page = (REFERENCE / "configuration.md").read_text()
    fields = set(Feed.model_fields) & set(configuration_schema()["$defs"]["Feed"]["properties"])
    assert not [name for name in fields if f"### `{name}`" not in page]
