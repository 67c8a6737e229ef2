"""What a source can be on the command line."""

import gzip
import os
from collections.abc import Callable

import pytest
import zstandard

from cli.shell import Shell

ROWS = "id,email\n1,ann@example.com\n2,bob@example.com\n"


def test_standard_input_needs_a_table_and_is_one_version(shell: Shell) -> None:
    words = ("sync", "-", "--table", "people", "--json")
    assert shell.run(*words, stdin=ROWS.encode()).reports[0]["rows"]["inserted"] == 2
    assert shell.run(*words, stdin=ROWS.encode()).reports[0]["status"] == "unchanged"


def test_packed_files_are_told_by_what_is_in_them(shell: Shell) -> None:
    shell.write("people.csv", ROWS)
    shell.write("people.csv.gz", gzip.compress(ROWS.encode()))
    shell.write("people.csv.zst", zstandard.compress(ROWS.encode()))
    reports = shell.run(
        "sync", "people.csv", "people.csv.gz", "people.csv.zst", "--mode", "upsert", "--json"
    ).reports
    assert [r["target"]["table"] for r in reports] == ["people"] * 3
    assert [r["rows"]["inserted"] for r in reports] == [2, 0, 0]
    assert [r["rows"]["unchanged"] for r in reports] == [0, 2, 2]


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
@pytest.mark.parametrize("lost", [1, 20])
def test_a_packed_file_that_is_cut_off_is_refused(
    shell: Shell, suffix: str, pack: Callable[[bytes], bytes], lost: int
) -> None:
    rows = "".join(f"{n},{n * 7919 % 10_007}@example.com\n" for n in range(100_000))
    shell.write(f"people.csv.{suffix}", pack(b"id,email\n" + rows.encode())[:-lost])
    done = shell.run("sync", f"people.csv.{suffix}")
    assert done.status == 1
    assert "cut off" in done.err


def test_a_zip_archive_without_a_file_is_told_as_such(shell: Shell) -> None:
    shell.write("people.zip", b"PK\x05\x06" + bytes(18))
    done = shell.run("sync", "people.zip")
    assert (done.status, "holds 0 files" in done.err) == (1, True)


def test_several_zstandard_frames_are_one_file(shell: Shell) -> None:
    frames = [zstandard.compress(part) for part in (ROWS.encode(), b"", b"3,cy@example.com\n")]
    shell.write("people.csv.zst", b"".join(frames))
    assert shell.run("sync", "people.csv.zst", "--json").reports[0]["rows"]["inserted"] == 3


def test_files_that_a_shell_lists_are_one_snapshot_in_mirror(shell: Shell) -> None:
    """None of them deletes what the others brought."""
    shell.write("in/a.csv", "id,email\n1,ann@example.com\n")
    shell.write("in/b 100%20.csv", "id,email\n2,bob@example.com\n")
    mirror = ("--table", "people", "--mode", "mirror", "--max-deletes", "100%", "--json")
    words = ("in/a.csv", "in/b 100%20.csv", *mirror)
    (report,) = shell.run("sync", *words).reports
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 2)
    (again,) = shell.run("sync", *words).reports
    assert again["status"] == "unchanged"
    assert shell.run("verify", *words).status == 0
    (less,) = shell.run("sync", "in/a.csv", "in/a.csv", *mirror).reports
    assert (less["rows"]["deleted"], shell.rows("SELECT id FROM people")) == (1, [(1,)])
    assert shell.run("sync", "in/a.csv", "in/none.csv", *mirror).status == 1


def test_mirrored_files_of_one_stem_are_one_snapshot_and_of_others_are_not(shell: Shell) -> None:
    for place, row in (("1/people", 1), ("2/people", 2), ("2/towns", 3)):
        shell.write(f"{place}.csv", f"id,email\n{row},x\n")
    words = ("1/people.csv", "2/towns.csv", "2/people.csv", "--mode", "mirror", "--json")
    reports = shell.run("sync", *words).reports
    told = [(report["target"]["table"], report["rows"]["inserted"]) for report in reports]
    assert told == [("people", 2), ("towns", 1)]


def test_a_snapshot_of_files_of_several_stems_needs_a_table(shell: Shell) -> None:
    shell.write("a.csv", ROWS)
    shell.write("b.csv", "id,email\n3,cy@example.com\n")
    assert shell.run("sync", "a.csv", "b.csv", "--snapshot").status == 2
    words = ("a.csv", "b.csv", "--snapshot", "--table", "people", "--json")
    (report,) = shell.run("sync", *words).reports
    assert report["rows"]["inserted"] == 3


def test_a_folder_means_its_csv_files_oldest_first(shell: Shell) -> None:
    for age, (name, email) in enumerate([("b", "new"), ("a", "old")]):
        path = shell.write(f"in/{name}.csv", f"id,email\n1,{email}@example.com\n")
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    shell.write("in/notes.txt", "no CSV")
    reports = shell.run("sync", "in/", "--table", "people", "--mode", "upsert", "--json").reports
    assert [r["source"]["uri"].rpartition("/")[2] for r in reports] == ["a.csv", "b.csv"]
    assert shell.rows("SELECT email FROM people") == [("new@example.com",)]


def test_a_glob_runs_once_for_each_file_and_a_later_file_alone(shell: Shell) -> None:
    shell.write("in/1.csv", "id,email\n1,ann@example.com\n")
    words = ("sync", "in/*.csv", "--table", "people", "--mode", "upsert", "--json")
    assert [r["status"] for r in shell.run(*words).reports] == ["applied"]
    shell.write("in/2.csv", "id,email\n2,bob@example.com\n")
    assert sorted(r["status"] for r in shell.run(*words).reports) == ["applied", "unchanged"]


def test_the_worst_exit_status_of_many_files_counts(shell: Shell) -> None:
    shell.write("good.csv", ROWS)
    shell.write("bad.csv", "id,id\n1,2\n")
    done = shell.run("sync", "bad.csv", "good.csv", "--json")
    assert done.status == 1
    assert [r["status"] for r in done.reports] == ["failed", "applied"]


@pytest.mark.parametrize("nothing", ["nothing.csv", "nothing*.csv", "nothing/"])
def test_a_source_that_means_no_file_does_not_keep_the_others_from_running(
    shell: Shell, nothing: str
) -> None:
    shell.write("good.csv", ROWS)
    done = shell.run("sync", nothing, "good.csv", "--json")
    assert done.status == 1
    assert done.reports[-1]["status"] == "applied"
    assert "nothing" in done.err


def test_feeds_of_a_configuration_run_in_turn(shell: Shell) -> None:
    shell.write("in/people.csv", ROWS)
    shell.write("in/rates.csv", "code,rate\nEUR,1.25\n")
    shell.write(
        "csvferry.toml",
        '[defaults]\nto = "sqlite:///shop.db"\nmode = "upsert"\n'
        '[[feeds]]\nsource = "in/people.csv"\n'
        '[[feeds]]\nsource = "in/rates.csv"\nkey = "code"\ntable = "fx"\n',
    )
    reports = shell.run("sync", "--json").reports
    assert [(r["feed"], r["rows"]["inserted"]) for r in reports] == [("people", 2), ("fx", 1)]
    assert shell.rows("SELECT code FROM fx", "shop.db") == [("EUR",)]
    assert len(shell.run("history", "--json").reports) == 2


def test_a_configuration_names_its_faults_by_feed(shell: Shell) -> None:
    shell.write("csvferry.toml", '[[feeds]]\nsource = "a.csv"\nmodus = "upsert"\n')
    done = shell.run("sync")
    assert done.status == 2
    assert "feed 1: modus: there is no such option" in done.err


def test_a_file_without_a_header_goes_by_position(shell: Shell) -> None:
    shell.write("people.csv", ROWS)
    shell.run("sync", "people.csv")
    shell.write("people.csv", "3,cy@example.com\n")
    assert shell.run("sync", "people.csv", "--no-header").status == 0
    assert shell.rows("SELECT count(*) FROM people") == [(3,)]


def test_check_needs_no_database(shell: Shell) -> None:
    shell.write("people.csv", "id;email\n1;ann@example.com\n2;x;y\n")
    done = shell.run("check", "people.csv", "--json")
    assert done.status == 0
    assert done.reports[0]["rows"]["rejected"] == 1
    assert "sync stops: 1 of 2 rows are rejected; the limit is 10%" in done.reports[0]["message"]
    assert done.reports[0]["reading"]["delimiter"] == ";"
    assert not (shell.folder / "csvferry.db").exists()
    stopped = shell.run("check", "people.csv", "--max-rejects", "0", "--json")
    assert (stopped.status, stopped.reports[0]["status"]) == (3, "guarded")
    assert stopped.reports[0]["message"] == "1 of 2 rows are rejected; the limit is 0"
    assert "too_many_columns" in shell.run("check", "people.csv", "--max-rejects", "0").out


def test_a_plan_that_a_guard_would_stop_tells_the_rest_too(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,a\n2,b\n")
    shell.run("sync", "people.csv")
    shell.write("people.csv", "id,name,town\n1,a,Oslo\n")
    done = shell.run("plan", "people.csv", "--mode", "mirror", "--extra-columns", "add")
    assert done.status == 3
    assert "would add the columns town TEXT" in done.out
    assert "1 of 2 rows would be deleted" in done.err


def test_plan_writes_nothing(shell: Shell) -> None:
    shell.write("people.csv", ROWS)
    done = shell.run("plan", "people.csv", "--json")
    assert (done.status, done.reports[0]["status"]) == (0, "planned")
    assert done.reports[0]["rows"]["inserted"] == 2
    assert not (shell.folder / "csvferry.db").exists()
