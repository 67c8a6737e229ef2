"""The public names are there, and starting costs nothing that is not needed."""

import subprocess
import sys

import csvferry

HEAVY = ("duckdb", "pymysql", "pydantic", "rich", "typer", "obstore", "boto3", "sqlite3")


def test_every_public_name_can_be_imported() -> None:
    for name in csvferry.__all__:
        assert getattr(csvferry, name) is not None
    assert set(dir(csvferry)) == set(csvferry.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(csvferry, "no_such_name")


def test_telling_the_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['csvferry', '--version'];"
        "from csvferry.__main__ import main; main();"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [f"csvferry {csvferry.__version__}", "[]"]


def test_the_error_tree_is_drawn_as_it_is() -> None:
    import inspect

    from csvferry import errors

    words = [line.lstrip("│├└─ ").split() for line in (errors.__doc__ or "").splitlines()]
    drawn = {line[0]: line[1] for line in words if line and line[0].endswith("Error")}
    kinds = inspect.getmembers(errors, inspect.isclass)
    found = {n: str(int(c.exit)) for n, c in kinds if issubclass(c, errors.CsvFerryError)}
    assert drawn == found
