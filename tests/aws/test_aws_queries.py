"""Questions that the function answers; values of rows are in the bucket and nowhere else."""

import json
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import EMAIL, Rig

from csvferry.errors import UsageError

OTHER: dict[str, Any] = {**PEOPLE, "name": "other", "source": "in/other.csv", "table": "other"}
BROKEN = people(19) + "20,secret@in.example,more\n"


def _file(rig: Rig, address: str) -> str:
    """What is at an address of the bucket."""
    prefix = f"s3://{rig.bucket}/"
    assert address.startswith(prefix)
    key = address.removeprefix(prefix)
    return str(rig.s3.get_object(Bucket=rig.bucket, Key=key)["Body"].read().decode())


def test_rejects_are_answered_without_their_rows_which_are_in_the_bucket(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, BROKEN)
    (report,) = rig.invoke(SCHEDULE)
    answer = rig.call({"rejects": True})
    assert answer["run"] == report["run"]
    assert answer["count"] == 1
    (entry,) = answer["rejects"]
    assert (entry["line"], entry["code"]) == (21, "too_many_columns")
    assert "raw" not in entry
    assert not EMAIL.search(rig.last)
    assert answer["file"] == f"s3://{rig.bucket}/reports/rejects-{report['run']}.jsonl"
    (line,) = _file(rig, answer["file"]).splitlines()
    assert json.loads(line) == {**entry, "raw": "20,secret@in.example,more"}


def test_many_rejects_are_in_the_file_and_some_in_the_answer(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "max_rejects": "100%"})
    rig.put(KEY, people(3) + "".join(f"{n},x,more\n" for n in range(10, 260)))
    rig.invoke(SCHEDULE)
    answer = rig.call({"rejects": True})
    assert (answer["count"], len(answer["rejects"])) == (250, 100)
    assert len(_file(rig, answer["file"]).splitlines()) == 250


def test_rejected_rows_are_exported_to_be_fixed_and_uploaded(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, BROKEN.replace(",", ";"))
    (report,) = rig.invoke(SCHEDULE)
    answer = rig.call({"rejects": {"run": report["run"], "export": True}})
    assert answer["written"] == 1
    assert "--delimiter" in " ".join(answer["sync_with"])
    assert _file(rig, answer["file"]) == "id;email\n20;secret@in.example;more\n"
    assert not EMAIL.search(rig.last)


def test_rejects_of_one_feed_are_told_apart(rig: Rig) -> None:
    rig.feeds(PEOPLE, OTHER)
    rig.put(KEY, BROKEN)
    rig.put("in/other.csv", BROKEN)
    reports = {report["feed"]: report["run"] for report in rig.invoke(SCHEDULE)}
    for feed, run in reports.items():
        assert rig.call({"rejects": {"feed": feed}})["run"] == run
        assert rig.call({"rejects": True, "feed": feed})["run"] == run
        assert rig.call({"rejects": run})["run"] == run


def test_rejects_of_a_run_that_a_guard_stopped_are_beside_the_state(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(1) + "2,secret@in.example,more\n")
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "guarded"
    answer = rig.call({"rejects": True})
    assert (answer["run"], answer["count"]) == (report["run"], 1)
    assert "a guard stopped this run" in answer["note"]
    assert not EMAIL.search(rig.last)
    assert "2,secret@in.example,more" in _file(rig, answer["file"])
    rig.put(KEY, people(2))
    rig.invoke(SCHEDULE)
    assert rig.call({"rejects": True}) == {"run": None, "rejects": []}


def test_no_rejects_and_no_ledger_are_an_empty_answer(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    assert rig.call({"rejects": True}) == {"run": None, "rejects": []}
    assert rig.call({"history": True})["history"] == []
    with pytest.raises(UsageError, match="there is no run 2026"):
        rig.call({"rejects": "2026"})


def test_history_is_newest_first_and_tells_when_each_table_was_checked(rig: Rig) -> None:
    rig.feeds(PEOPLE, OTHER)
    rig.put(KEY, people(3))
    first = rig.invoke({"feed": "people"})[0]["run"]
    rig.put(KEY, people(4))
    second = rig.invoke({"feed": "people"})[0]["run"]
    answer = rig.call({"history": True})
    assert [entry["run"] for entry in answer["history"]] == [second, first]
    assert answer["tables_checked"]["people"].startswith("20")
    assert answer["tables_checked"]["other"] is None
    assert "seal" not in json.dumps(answer)
    assert [e["run"] for e in rig.call({"history": {"limit": 1}})["history"]] == [second]
    assert rig.call({"history": "other"})["history"] == []


def test_verify_finds_nothing_where_the_table_is_as_the_file(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    (report,) = rig.call({"verify": True})["verify"]
    assert (report["status"], report["feed"]) == ("unchanged", "people")
    assert "file" not in report


def test_verify_counts_the_drift_and_puts_its_keys_into_the_bucket(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "mode": "mirror"}, OTHER)
    rig.put(KEY, people(5))
    rig.invoke({"feed": "people"})
    rig.run("DELETE FROM people WHERE id = 2", "UPDATE people SET email = 'x' WHERE id = 3")
    rig.run("INSERT INTO people VALUES (99, 'extra')")
    (report,) = rig.call({"verify": "people"})["verify"]
    assert report["status"] == "failed"
    rows = report["rows"]
    assert (rows["inserted"], rows["updated"], rows["deleted"]) == (1, 1, 1)
    drift = {entry["key"]: entry["drift"] for entry in json.loads(_file(rig, report["file"]))}
    assert drift == {"2": "missing", "3": "different", "99": "extra"}
    assert rig.rows("SELECT COUNT(*) FROM people") == [(5,)]


def test_one_feed_that_has_no_file_does_not_keep_the_others_from_being_verified(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "source": "none/", "name": "none"}, PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    statuses = {one["feed"]: one["status"] for one in rig.call({"verify": True})["verify"]}
    assert statuses == {"none": "failed", "people": "unchanged"}


def test_questions_change_nothing(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    for question in ("history", "rejects", "verify"):
        rig.call({question: True})
    assert rig.rows("SHOW TABLES") == []


@pytest.mark.parametrize("question", ["rejects", "verify"])
def test_a_file_without_a_place_is_refused(rig: Rig, question: str) -> None:
    rig.feeds({**PEOPLE, "mode": "mirror"})
    rig.put(KEY, BROKEN)
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM people WHERE id = 2")
    rig.set(CSVFERRY_STATE=None)
    with pytest.raises(UsageError, match="no place for a report"):
        rig.call({question: True})


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"rejects": 5}, "rejects in the event is neither true nor a name nor an object"),
        ({"rejects": False}, "neither true nor"),
        ({"rejects": "x' OR 1=1 --"}, "rejects in the event: run: "),
        ({"rejects": {"raw": True}}, "raw: Extra inputs"),
        ({"history": {"limit": 0}}, "limit: "),
        ({"history": {"limit": "many"}}, "limit: "),
        ({"history": True, "plan": True}, "plan: Extra inputs"),
        ({"verify": "nobody"}, "there is no feed nobody"),
        ({"doctor": {"deep": True}}, "deep: Extra inputs"),
    ],
)
def test_a_question_of_another_shape_is_refused(rig: Rig, event: dict[str, Any], told: str) -> None:
    rig.feeds(PEOPLE)
    with pytest.raises(UsageError) as raised:
        rig.call(event)
    assert told in str(raised.value)
