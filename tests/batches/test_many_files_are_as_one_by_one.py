"""Many small files of one feed give what they give one after the other, each counted by itself."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import csvferry
from csvferry.errors import CsvFerryError
from targets import Target

SEEDS = range(3)
HEADER = "id,name,amount"


def _rows(chance: random.Random, first: int, oddity: str) -> Iterator[str]:
    for key in range(first, first + chance.randint(1, 6)):
        yield f"{key},{chance.choice(['ana', 'böris', '', 'oneil'])} {key},{chance.randint(0, 99)}"
    match oddity:
        case "rejected":
            yield f"{first + 100},x,not a number"
        case "repeated":
            yield f"{first},again,7"
        case "earlier":
            yield f"{chance.randint(1, first)},other,{chance.randint(100, 199)}"
        case "quoted":
            yield f'{first + 200},"a, ""b""",3'
        case "two lines":
            yield f'{first + 300},"a\nb",3'
        case "blank":
            yield ""
            yield f"{first + 400},behind,4"
        case "short":
            yield f"{first + 500}"
        case "backslash":
            yield f"{first + 600},C:\\temp,1"


ODDITIES = (
    "rejected", "repeated", "earlier", "quoted", "two lines", "blank", "short", "backslash",
    "semicolons", "returns", "open end", "mark", "other column", "nothing", "no rows",
)  # fmt: skip


def _text(chance: random.Random, number: int, odd: bool) -> bytes:
    oddity = chance.choice(ODDITIES) if odd else ""
    text = "\n".join([HEADER, *_rows(chance, 10 * number + 1, oddity)]) + "\n"
    match oddity:
        case "semicolons":
            text = text.replace(",", ";")
        case "returns":
            text = text.replace("\n", "\r\n")
        case "open end":
            text = text[:-1]
        case "mark":
            text = "\ufeff" + text
        case "other column":
            text = text.replace("amount", "colour")
        case "nothing":
            text = ""
        case "no rows":
            text = HEADER + "\n"
    return text.encode()


def _make(folder: Path, seed: int) -> list[Path]:
    chance = random.Random(seed)
    share = chance.choice([0, 0.1, 0.3])
    folder.mkdir()
    files = []
    for number in range(1, 9):
        path = folder / f"part-{number:02}.csv"
        path.write_bytes(_text(chance, number, number > 1 and chance.random() < share))
        files.append(path)
    return files


def _alone(files: list[Path], options: dict[str, object]) -> list[tuple[str, object]]:
    """Status and rows of each file by itself."""
    found: list[tuple[str, object]] = []
    for path in files:
        try:
            report = csvferry.sync(path, **options)
            found.append((report.status, (report.rows, report.message, report.reading)))
        except CsvFerryError as error:
            found.append((type(error).__name__, None))
    return found


def _together(folder: Path, options: dict[str, object]) -> list[tuple[str, object]]:
    """The same of the folder, as the command line and the function run it."""
    from csvferry.config.feed import make_feed
    from csvferry.run.batches.sequence import follow, over_one_connection
    from csvferry.sources.source import LocalFile

    feed = make_feed(source=f"{folder}/", **options)
    files = [LocalFile(path) for path in sorted(folder.iterdir())]
    with over_one_connection(feed) as make:
        return [
            (type(error).__name__, None)
            if error
            else (report.status, (report.rows, report.message, report.reading))
            for report, error in follow(files, make)
        ]


@pytest.mark.one_server
@pytest.mark.parametrize("mode", ["insert", "upsert"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_folder_gives_what_its_files_give(
    target: Target, tmp_path: Path, seed: int, mode: str
) -> None:
    files = _make(tmp_path / "files", seed)
    for table in ("alone", "together"):
        target.run(
            f"CREATE TABLE {table} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40),"
            " amount INTEGER)"
        )
    options = {"to": target.url, "mode": mode, "max_rejects": "60%"}
    alone = _alone(files, {**options, "table": "alone"})
    together = _together(tmp_path / "files", {**options, "table": "together"})
    assert together == alone
    rows = "SELECT id, name, amount FROM {} ORDER BY id"
    assert target.rows(rows.format("together")) == target.rows(rows.format("alone"))
    applied = sum(status == "applied" for status, _ in alone)
    ledger = "SELECT COUNT(*), COUNT(DISTINCT source) FROM csvferry_runs WHERE table_name = '{}'"
    assert target.rows(ledger.format("together")) == [(applied, applied)]
    assert {
        status
        for status, _ in _together(tmp_path / "files", {**options, "table": "together"})
        if status != "unchanged"
    } <= {status for status, _ in alone if status != "applied"}


def test_quotes_of_one_file_are_not_explained_by_those_of_another(tmp_path: Path) -> None:
    folder, target = tmp_path / "files", f"sqlite:///{tmp_path}/people.db"
    folder.mkdir()
    (tmp_path / "first.csv").write_text("id\tname\n9\tx\n")
    (folder / "1.csv").write_text('id\tname\n1\t6" pipe\n2\t"word"\n')
    (folder / "2.csv").write_text('id\tname\n3\t"a\tb"\n4\tx\n')
    options: dict[str, object] = {"to": target, "table": "people", "mode": "upsert"}
    csvferry.sync(tmp_path / "first.csv", **options)
    found = [status for status, _ in _together(folder, options)]
    assert found == ["DoubtfulDialectError", "applied"]
