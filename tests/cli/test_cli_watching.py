"""Runs are watched: programs of a feed, metrics for node_exporter, a plan as Markdown."""

import json
import stat
import sys
from pathlib import Path

import pytest

from cli.shell import Shell
from csvferry.cli.reporting.markdown import plan_as_markdown
from csvferry.cli.reporting.metrics_file import FeedMetrics, exposition
from csvferry.config.feeds_file import load_feeds, parse_feeds
from csvferry.errors import UsageError
from csvferry.model.report import Report, Rows, Sample

FEED = """
[[feeds]]
source = "people.csv"
table = "people"
max_rejects = 0
on_success = {well}
on_failure = {badly}
"""
READ = (
    "import os, sys; open(sys.argv[1], 'a').write(sys.stdin.read());"
    " print(sorted(set(os.environ) & {'CSVFERRY_PASSWORD', 'MYSQL_PWD'}), sys.argv[2:])"
)


def _feed(shell: Shell, *more: str) -> None:
    def words(name: str) -> str:
        return json.dumps([sys.executable, "-c", READ, str(shell.folder / name), *more])

    shell.write("feeds.toml", FEED.format(well=words("well"), badly=words("badly")))


def _told(shell: Shell, name: str) -> list[dict[str, object]]:
    path = shell.folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_program_of_the_feed_reads_the_report_of_each_run(shell: Shell) -> None:
    _feed(shell, "$(touch shell); `x`")
    shell.write("people.csv", "id\n1\n")
    done = shell.run("sync", "--config", "feeds.toml", "--json", CSVFERRY_PASSWORD="secret")
    assert done.status == 0
    assert [report["status"] for report in done.reports] == ["applied"]  # nothing else is there
    assert _told(shell, "well") == done.reports
    assert "[] ['$(touch shell); `x`']" in done.err  # no password, and no shell
    shell.write("people.csv", "id\nx\n")
    assert shell.run("sync", "--config", "feeds.toml").status == 3
    (shell.folder / "people.csv").unlink()
    assert shell.run("sync", "--config", "feeds.toml").status == 1
    assert [told["status"] for told in _told(shell, "badly")] == ["guarded", "failed"]
    assert len(_told(shell, "well")) == 1


def test_a_program_that_fails_changes_nothing_but_a_line(shell: Shell) -> None:
    words = json.dumps(["/no/such/program"])
    shell.write("feeds.toml", FEED.format(well=words, badly=words))
    shell.write("people.csv", "id\n1\n")
    done = shell.run("sync", "--config", "feeds.toml")
    assert done.status == 0
    assert "on_success of people: No such file or directory" in done.err


def test_a_file_that_was_only_found_runs_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = FEED.format(well='["touch", "ran"]', badly='["touch", "ran"]')
    (tmp_path / "csvferry.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="only found, and its feed people names a program"):
        load_feeds(None)
    assert load_feeds("csvferry.toml")[0].on_success == ("touch", "ran")


def test_the_function_runs_no_program() -> None:
    text = FEED.format(well='["touch", "ran"]', badly="[]")
    with pytest.raises(UsageError, match="for the command line alone"):
        parse_feeds(text, "s3://bucket/feeds.toml", {})


@pytest.mark.parametrize("words", ['"touch ran"', '[""]'])
def test_a_program_is_a_list_of_words(words: str) -> None:
    with pytest.raises(UsageError, match="on_success"):
        parse_feeds(FEED.format(well=words, badly="[]"), "feeds.toml", {}, Path("/data"))


def test_metrics_are_written_for_node_exporter(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n2,secret,x\n")
    file = shell.folder / "csvferry.prom"
    words = ("sync", "people.csv", "--max-rejects", "1", "--metrics-file", "csvferry.prom")
    assert shell.run(*words).status == 0
    told = file.read_text()
    assert 'csvferry_last_run_success{feed="people"} 1' in told.splitlines()
    assert 'csvferry_last_run_rows{feed="people",outcome="inserted"} 1' in told.splitlines()
    assert 'csvferry_last_run_files{feed="people",status="applied"} 1' in told.splitlines()
    assert "secret" not in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o644  # another user's program reads it
    success = [line for line in told.splitlines() if line.startswith("csvferry_last_success")]
    (shell.folder / "people.csv").unlink()
    assert shell.run(*words).status == 1
    told = file.read_text()
    assert 'csvferry_last_run_success{feed="people"} 0' in told.splitlines()
    assert success[0] in told.splitlines()  # it is as old as it was


def test_each_line_of_the_metrics_is_of_the_format() -> None:
    found = FeedMetrics()
    lines = list(exposition({'a "b" \\ c\n': found}, {}, 1.5))
    assert 'csvferry_last_run_success{feed="a \\"b\\" \\\\ c\\n"} 1' in lines
    assert [line for line in lines if "\n" in line] == []
    helps = [line.split()[2] for line in lines if line.startswith("# HELP")]
    types = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert helps == types
    assert len(set(helps)) == len(helps)


REPORT = Report(
    run="0" * 26, status="guarded", strategy="staged", mode="mirror",
    source={"uri": "s3://bucket/people.csv", "version": "v", "bytes": 1},
    target={"table": "people", "dialect": "mysql"}, rows=Rows(read=1200, updated=1), seconds=1.0,
    message="7 of 9 rows would be deleted",
    sample=Sample(
        columns=("id", "name", "note"), key=("id",),
        inserted=((2, 7, "a | b", "</code><img src=x> @all"),),
        updated=(((1, 1, "Ann", "NULL"), (1, 1, "Ann", None)),),
        rejected=((4, "name", "too_long", "value is longer than `name` allows"),),
    ),
)  # fmt: skip


def test_a_plan_is_written_as_markdown_in_which_no_value_is_markup() -> None:
    lines = plan_as_markdown(REPORT, "deleted").splitlines()
    assert lines[0] == "### `s3://bucket/people.csv` → `people`"
    assert "| 1,200 | 0 | 1 | 0 | 0 | 0 | 0 |" in lines
    assert "| `7` | `a \\| b` | `</code><img src=x> @all` |" in lines
    assert "| `id` | `note` |" in lines  # an update shows the key and what changes
    assert "| `1` | `'NULL'` → `NULL` |" in lines
    assert "| 4 | `name` | too_long | ``value is longer than `name` allows`` |" in lines
    assert "> `7 of 9 rows would be deleted`" in lines


def test_plan_takes_markdown_or_json(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann\n")
    done = shell.run("plan", "people.csv", "--markdown")
    assert (done.status, "| `1` | `Ann` |" in done.out) == (0, True)
    assert shell.run("plan", "people.csv", "--markdown", "--json").status == 2
