"""Nothing that a run prints or logs holds a value of a row, whatever goes wrong; how it ends."""

import json
from pathlib import Path

from cli.shell import Done, Shell
from targets import Target

VALUES = ("Zaphod", "zaphod@example.com", "4711004711", "\x1b[31mred")


def _csvferry(target: Target, folder: Path, *words: str) -> Done:
    return Shell(folder).run(*words, "--to", target.url, LOG_LEVEL="DEBUG")


def _write(folder: Path, *rows: str) -> None:
    (folder / "people.csv").write_text("id,name,mail\n" + "".join(f"{row}\n" for row in rows))


def test_failing_runs_tell_no_value(target: Target, tmp_path: Path) -> None:
    target.run(
        "CREATE TABLE towns (name VARCHAR(30) PRIMARY KEY)",
        "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(12), mail VARCHAR(30) UNIQUE,"
        " CHECK (name <> 'Zaphod'), FOREIGN KEY (name) REFERENCES towns (name))",
        "INSERT INTO towns VALUES ('Bern')",
        "INSERT INTO people VALUES (1, 'Bern', 'zaphod@example.com')",
    )
    taken = "3,Bern,zaphod@example.com"
    rejected = ("4711004711,Zaphod,a", taken, "Zaphod,Bern,b", "5,\x1b[31mred,c")
    calls = {
        (3, "sync"): rejected,
        (3, "plan"): rejected,
        (0, "sync", "--max-rejects", "100%"): rejected,
        (0, "sync", "--max-rejects", "99%"): (*rejected, '6,Bern,"Zaphod', "7,Zaphod"),
        (3, "sync", "--mode", "mirror"): ("4711004711,Bern,zaphod@example.com",),
        (2, "sync", "--key", "nope"): rejected,
        (2, "sync", "--max-rejects", "many"): rejected,
    }
    for (status, command, *options), rows in calls.items():
        _write(tmp_path, *rows)
        done = _csvferry(target, tmp_path, command, "people.csv", *options)
        assert done.status == status, (command, options, done.err)
        said = done.err if command == "plan" else done.err + done.out
        assert not [value for value in VALUES if value in said], (command, options)
        assert "Traceback" not in said
        assert "\x1b[31m" not in done.out


def test_rejects_are_exported_mended_and_synced_again(target: Target, tmp_path: Path) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(12), mail VARCHAR(30))")
    _write(tmp_path, "1,Ann,a", "x2,Bob,b", "3,Cyd,c")
    done = _csvferry(target, tmp_path, "sync", "people.csv", "--max-rejects", "1", "--json")
    report = json.loads(done.out)
    assert (done.status, report["status"], report["rows"]["rejected"]) == (0, "applied", 1)
    told = _csvferry(target, tmp_path, "rejects", "--json")
    keys = {"run", "line", "byte_offset", "column", "code", "message", "raw", "settled"}
    assert keys == set(json.loads(told.out))
    assert _csvferry(target, tmp_path, "rejects", "--export", "mend.csv").status == 0
    mend = tmp_path / "mend.csv"
    mend.write_text(mend.read_text().replace("x2", "2"))
    words = ("sync", "mend.csv", "--table", "people", "--json")
    again = json.loads(_csvferry(target, tmp_path, *words).out)
    assert again["rows"] == {**dict.fromkeys(again["rows"], 0), "read": 1, "inserted": 1}
    assert [row[0] for row in target.rows("SELECT id FROM people ORDER BY id")] == [1, 2, 3]
    assert _csvferry(target, tmp_path, "history", "--json").out.count("\n") == 2
