"""Keys of objects are taken as they are; those that can't be asked for are named, not mistaken."""

from pathlib import Path

import pytest

import csvferry
from csvferry.errors import SourceError
from csvferry.sources.source import find
from objects.conftest import Bucket

DATA = b"id,name\n1,a\n"
TAKEN = [
    "in/a b.csv", "in/a+b.csv", "in/%2e%2e/x.csv", "in/100%.csv", "in/a?b#c&d=.csv", 'in/"q".csv',
    "in/<x>.csv", "in/größe.csv", "in/u\u0308.csv", "in/😀.csv", "in/a\\b.csv", "in/{a|b}.csv",
    "in/*.csv", "in/[x].csv", "in/~^`.csv", "in/" + "k" * 1000 + ".csv",
]  # fmt: skip
REFUSED = ["in//a.csv", "in/../a.csv", "in/./a.csv", "in/a\x01b.csv", "in/\x1b[31mred.csv"]


@pytest.mark.parametrize("key", TAKEN)
def test_a_key_is_taken_as_it_is(bucket: Bucket, tmp_path: Path, key: str) -> None:
    source = bucket.put(key, DATA)
    target = f"sqlite:///{tmp_path}/keys.db"
    assert csvferry.sync(source, to=target, table="keys").source["uri"] == source
    assert [one.uri for one in find(f"s3://{bucket.name}/in/")] == [source]


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_that_cannot_be_asked_for_is_named(bucket: Bucket, key: str) -> None:
    source = bucket.put(key, DATA)
    for address in (source, f"s3://{bucket.name}/", f"s3://{bucket.name}/in/*.csv"):
        with pytest.raises(SourceError, match="has a key that can't be read") as error:
            find(address)[0].identify()
        told = source.replace("\x01", "\\x01").replace("\x1b", "\\x1b")
        assert told in str(error.value)


def test_a_slash_in_front_does_not_lead_to_another_object(bucket: Bucket) -> None:
    bucket.put("in/people.csv", DATA)
    with pytest.raises(SourceError, match="has a key that can't be read"):
        find(f"s3://{bucket.name}//in/people.csv")[0].identify()


@pytest.mark.parametrize("address", ["in/", "in/*", "in/**", ""])
def test_the_mark_of_a_folder_is_no_file(bucket: Bucket, address: str) -> None:
    """Consoles make an empty object for a folder; Spark's folders are called like files."""
    bucket.put("in/out.csv/", b"")
    bucket.put("in/empty.csv", b"")
    bucket.put("in/both.csv/", b"")
    bucket.put("in/both.csv", b"id\n1\n")
    found = {one.uri for one in find(f"s3://{bucket.name}/{address}")}
    assert found == {f"s3://{bucket.name}/in/{name}.csv" for name in ("empty", "both")}


@pytest.mark.parametrize("address", ["", "*.csv", "lead*"])
@pytest.mark.parametrize("others", [[], ["lead.csv"], ["other/lead.csv"]])
def test_a_key_that_begins_with_a_slash_is_told(
    bucket: Bucket, address: str, others: list[str]
) -> None:
    """It is listed like `lead.csv`, which may be another object."""
    for key in ("/lead.csv", *others):
        bucket.put(key, b"id\n1\n")
    with pytest.raises(SourceError, match="has a key that can't be read"):
        find(f"s3://{bucket.name}/{address}")
