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

    drawn = errors.__doc__ or ""
    for name, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, errors.CsvFerryError):
            assert name in drawn
            line = next(line for line in drawn.splitlines() if f"{name} " in line)
            assert str(int(found.exit)) in line.split(name)[1].split()[0]
