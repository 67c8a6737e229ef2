"""Writes files of `tests/producers` anew with the programs on PyPI that are installed here.

    uv run --with pandas --with polars --with pyarrow python scripts/make_producers.py FOLDER

Each is compared with the one in the tests, so that a new release shows what it changed.
"""

import csv
import importlib
import json
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / "tests" / "producers"
VALUES = json.loads((HOME / "reference.json").read_text(encoding="utf-8")).values()
ROWS = [(value["id"], value["txt"], value["tail"]) for value in VALUES]
NAMES = ["id", "txt", "tail"]


def python_csv(path: Path, **options: object) -> None:
    """Python's csv module; None is an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, **options)  # type: ignore[arg-type]
        writer.writerow(NAMES)
        writer.writerows(ROWS)


def pandas_csv(path: Path, **options: object) -> None:
    """pandas, `DataFrame.to_csv`."""
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame(ROWS, columns=NAMES)
    frame.to_csv(path, **{"index": False, **options})


def polars_csv(path: Path, **options: object) -> None:
    """Polars, `DataFrame.write_csv`."""
    polars = importlib.import_module("polars")
    polars.DataFrame(ROWS, schema=NAMES, orient="row").write_csv(path, **options)


def pyarrow_csv(path: Path) -> None:
    """pyarrow, `csv.write_csv`."""
    arrow, writer = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.csv")
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    writer.write_csv(arrow.table(columns), path)


def duckdb_csv(path: Path, options: str = "") -> None:
    """DuckDB, `COPY … TO`."""
    con = importlib.import_module("duckdb").connect()
    con.execute("CREATE TABLE t (id INTEGER, txt VARCHAR, tail VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    con.execute(f"COPY (FROM t ORDER BY id) TO '{path}' (FORMAT csv, HEADER{options})")


Maker = Callable[[Path], None]
MAKERS: dict[str, tuple[str, Maker]] = {
    "pycsv_default.text.csv": ("", python_csv),
    "pycsv_lf.text.csv": ("", lambda path: python_csv(path, lineterminator="\n")),
    "pycsv_unix.text.csv": ("", lambda path: python_csv(path, dialect="unix")),
    "pycsv_none_esc.text.csv": (
        "",
        lambda path: python_csv(path, quoting=csv.QUOTE_NONE, escapechar="\\"),
    ),
    "pandas_default.text.csv": ("pandas", pandas_csv),
    "pandas_index.text.csv": ("pandas", lambda path: pandas_csv(path, index=True)),
    "pandas_utf8sig.text.csv": (
        "pandas",
        lambda path: pandas_csv(path, encoding="utf-8-sig", sep=";"),
    ),
    "pandas_narep.text.csv": ("pandas", lambda path: pandas_csv(path, na_rep="\\N")),
    "pandas_nonnumeric.text.csv": (
        "pandas",
        lambda path: pandas_csv(path, quoting=csv.QUOTE_NONNUMERIC),
    ),
    "polars_default.text.csv": ("polars", polars_csv),
    "polars_nullvalue.text.csv": ("polars", lambda path: polars_csv(path, null_value="NULL")),
    "pyarrow_default.text.csv": ("pyarrow", pyarrow_csv),
    "duckdb_default.text.csv": ("duckdb", duckdb_csv),
    "duckdb_escape_bs.text.csv": ("duckdb", lambda path: duckdb_csv(path, ", ESCAPE '\\'")),
    "duckdb_tab.text.csv": ("duckdb", lambda path: duckdb_csv(path, ", DELIMITER '\t'")),
}


def told(name: str, package: str, make: Maker, folder: Path) -> str:
    """Write one file; what to say of it."""
    try:
        number = version(package) if package else sys.version.split()[0]
    except PackageNotFoundError:
        return f"{name}: {package} is not installed"
    make(folder / name)
    same = (folder / name).read_bytes() == (HOME / "files" / name).read_bytes()
    return f"{name}: {package or 'Python'} {number}: {'the same' if same else 'another'}"


def main() -> None:
    """Write all files to the folder that the first argument names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (package, make) in MAKERS.items():
        print(told(name, package, make, folder))


if __name__ == "__main__":
    main()
