"""Writes files of `tests/producers` anew with the programs on PyPI that are installed here.

    uv run --with chdb,csvkit,duckdb,pandas,petl,polars,pyarrow,pyspark,sqlite-utils \\
        scripts/make_producers.py FOLDER

PySpark needs Java. `hive_producer` beside this file writes those of Hive. Each file is compared
with the one in the tests, so that a new release shows what it changed.
"""

import csv
import importlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / "tests" / "producers"
VALUES = json.loads((HOME / "reference.json").read_text(encoding="utf-8")).values()
ROWS = [(value["id"], value["txt"], value["tail"]) for value in VALUES]
NAMES = ["id", "txt", "tail"]
UNTRIMMED = {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}


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


def petl_csv(path: Path) -> None:
    """petl, `tocsv`."""
    importlib.import_module("petl").tocsv([NAMES, *ROWS], str(path))


def pyarrow_quoted(path: Path) -> None:
    """pyarrow, each value but NULL in quotes."""
    arrow, writer = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.csv")
    columns = dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))
    options = writer.WriteOptions(quoting_style="all_valid")
    writer.write_csv(arrow.table(columns), path, options)


def csvkit_csv(path: Path, tool: str, *words: str) -> None:
    """csvkit's `tool`, of what Python's csv module writes."""
    given = path.with_name("t.csv")
    python_csv(given)
    _called(path, tool, *words, str(given))


def csvkit_filter(path: Path) -> None:
    """csvkit's `in2csv` as a filter, which reads line ends otherwise than of a file."""
    given = path.with_name("t.csv")
    python_csv(given)
    _called(path, "in2csv", "-f", "csv", given=given.read_bytes())


def sqlite_utils_csv(path: Path, form: str) -> None:
    """sqlite-utils, `rows`."""
    database = path.with_name("t.db")
    database.unlink(missing_ok=True)
    with sqlite3.connect(database) as con:
        con.execute("CREATE TABLE t (id INTEGER, txt TEXT, tail TEXT)")
        con.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    con.close()
    _called(path, "sqlite-utils", "rows", str(database), "t", form)


def clickhouse(path: Path, form: str, settings: str = "") -> None:
    """ClickHouse within chDB."""
    given = path.with_name("t.jsonl")
    lines = (json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS)
    given.write_text("\n".join(lines), encoding="utf-8")
    columns = "id UInt32, txt Nullable(String), tail String"
    rows = f"SELECT * FROM file('{given}', JSONEachRow, '{columns}') ORDER BY id"
    found = importlib.import_module("chdb").query(f"{rows} {settings}", form)
    path.write_bytes(found.bytes())


def spark_csv(path: Path, **options: object) -> None:
    """Spark, `DataFrame.write.csv`, of one part."""
    builder = importlib.import_module("pyspark.sql").SparkSession.builder
    spark = builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    frame = spark.createDataFrame(ROWS, "id INT, txt STRING, tail STRING").coalesce(1)
    folder = path.with_suffix(".parts")
    frame.write.mode("overwrite").csv(str(folder), **options)
    (part,) = folder.glob("part-*")
    path.write_bytes(part.read_bytes())


def _called(path: Path, tool: str, *words: str, given: bytes = b"") -> None:
    """What a program beside this Python prints."""
    command = [str(Path(sys.executable).parent / tool), *words]
    done = subprocess.run(command, check=True, input=given, capture_output=True)
    path.write_bytes(done.stdout)


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
    "pandas_escapechar.text.csv": (
        "pandas",
        lambda path: pandas_csv(path, escapechar="\\", doublequote=False),
    ),
    "pandas_quoteall_naN.text.csv": (
        "pandas",
        lambda path: pandas_csv(path, quoting=csv.QUOTE_ALL, na_rep="\\N"),
    ),
    "pandas_nonnumeric.text.csv": (
        "pandas",
        lambda path: pandas_csv(path, quoting=csv.QUOTE_NONNUMERIC),
    ),
    "polars_default.text.csv": ("polars", polars_csv),
    "polars_nullvalue.text.csv": ("polars", lambda path: polars_csv(path, null_value="NULL")),
    "polars_quotealways_null.text.csv": (
        "polars",
        lambda path: polars_csv(path, quote_style="always", null_value="\\N"),
    ),
    "pyarrow_default.text.csv": ("pyarrow", pyarrow_csv),
    "pyarrow_allvalid.text.csv": ("pyarrow", pyarrow_quoted),
    "duckdb_default.text.csv": ("duckdb", duckdb_csv),
    "duckdb_escape_bs.text.csv": ("duckdb", lambda path: duckdb_csv(path, ", ESCAPE '\\'")),
    "duckdb_tab.text.csv": ("duckdb", lambda path: duckdb_csv(path, ", DELIMITER '\t'")),
    "petl_default.text.csv": ("petl", petl_csv),
    "csvkit_csvcut.text.csv": ("csvkit", lambda path: csvkit_csv(path, "csvcut")),
    "csvkit_in2csv.text.csv": ("csvkit", csvkit_filter),
    "csvkit_csvsql.text.csv": (
        "csvkit",
        lambda path: csvkit_csv(path, "csvsql", "--query", "SELECT * FROM t"),
    ),
    "sqliteutils_csv.text.csv": ("sqlite-utils", lambda path: sqlite_utils_csv(path, "--csv")),
    "sqliteutils_tsv.text.tsv": ("sqlite-utils", lambda path: sqlite_utils_csv(path, "--tsv")),
    "spark_default.text.csv": ("pyspark", spark_csv),
    "spark_header.text.csv": ("pyspark", lambda path: spark_csv(path, header=True)),
    "spark_escdq.text.csv": (
        "pyspark",
        lambda path: spark_csv(
            path, quoteAll=True, escape='"', nullValue="\\N", header=True, **UNTRIMMED
        ),
    ),
    "spark_escdq2.text.csv": ("pyspark", lambda path: spark_csv(path, header=True, escape='"')),
    "spark_nullN.text.csv": (
        "pyspark",
        lambda path: spark_csv(
            path, escape='"', nullValue="\\N", emptyValue="", header=True, **UNTRIMMED
        ),
    ),
    "spark_quoteall.text.csv": (
        "pyspark",
        lambda path: spark_csv(path, header=True, quoteAll=True),
    ),
    "clickhouse_tsv.text.tsv": ("chdb", lambda path: clickhouse(path, "TSVWithNames")),
    "clickhouse_names.text.csv": ("chdb", lambda path: clickhouse(path, "CSVWithNames")),
    "clickhouse_plain.text.csv": ("chdb", lambda path: clickhouse(path, "CSV")),
    "clickhouse_nullempty_crlf.text.csv": (
        "chdb",
        lambda path: clickhouse(
            path,
            "CSVWithNames",
            "SETTINGS format_csv_null_representation = '', output_format_csv_crlf_end_of_line = 1",
        ),
    ),
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
