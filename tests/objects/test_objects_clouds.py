"""Buckets of Google's and Azure's, by emulators: what holds for s3:// holds for gs:// and az://."""

import gzip
from pathlib import Path

import pytest
from emulators import ACCOUNT, KEY, Cloud
from large_file import large

import csvferry
from aws.stormy import answering, busy, cutting, meanwhile, resetting
from csvferry.errors import NothingThereError, SourceError, UsageError
from csvferry.sources.source import find
from doctor.doctor_rig import found, wrong_ones
from targets import Target


def people(rows: int, word: str = "a") -> bytes:
    return b"id,name\n" + b"".join(b"%d,%s%d\n" % (n, word.encode(), n) for n in range(rows))


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target("sqlite", f"sqlite:///{tmp_path}/clouds.db")


def sync(source: str, target: Target, **options: str) -> csvferry.Report:
    return csvferry.sync(source, to=target.url, table="people", **options)


def test_an_object_is_synced_and_then_unchanged(cloud: Cloud, target: Target) -> None:
    source = cloud.put("in/people.csv", people(5))
    assert sync(source, target).rows.inserted == 5
    assert sync(source, target).status == "unchanged"
    cloud.put("in/people.csv", people(6))
    assert sync(source, target).rows.inserted == 1


def test_a_prefix_and_a_glob_mean_the_files_under_them(cloud: Cloud, target: Target) -> None:
    for key in ("in/1.csv", "in/deep/2.csv", "in/3.txt", "out/4.csv"):
        cloud.put(key, people(1))
    found = [[f.uri for f in find(cloud.address(end))] for end in ("in/", "in/*.csv", "**/*.csv")]
    assert [[uri.removeprefix(cloud.address()) for uri in sorted(some)] for some in found] == [
        ["in/1.csv", "in/deep/2.csv"],
        ["in/1.csv"],
        ["in/1.csv", "in/deep/2.csv", "out/4.csv"],
    ]


@pytest.mark.parametrize("key", ["in/a b+c%20d.csv", "in/größe ✓.csv", "in/#?&='.csv"])
def test_a_key_is_taken_as_it_is(cloud: Cloud, target: Target, key: str) -> None:
    source = cloud.put(key, people(3))
    assert sync(source, target).rows.inserted == 3
    assert [one.uri for one in find(cloud.address("in/"))] == [source]


def test_a_packed_object(cloud: Cloud, target: Target) -> None:
    assert sync(cloud.put("p.csv.gz", gzip.compress(people(9))), target).rows.inserted == 9


def test_a_large_object_is_read_in_ranges(cloud: Cloud, target: Target) -> None:
    data, file = large()
    target.run("CREATE TABLE people (id BIGINT PRIMARY KEY, amount BIGINT, note TEXT)")
    report = sync(cloud.put("large.csv", data), target)
    assert (report.rows.inserted, report.rows.rejected) == (file.ids, len(file.rejects))
    assert sum(method == "GET" for method, _ in cloud.storm.requests) == 3


def test_an_object_replaced_while_it_is_read_is_read_anew(cloud: Cloud, target: Target) -> None:
    source = cloud.put("people.csv", people(5))
    cloud.storm.strike("GET", meanwhile(lambda: cloud.put("people.csv", people(8, "b"))))
    assert sync(source, target).rows.read == 8
    assert target.rows("SELECT COUNT(*), MIN(name) FROM people") == [(8, "b0")]


def test_what_breaks_off_is_resumed(cloud: Cloud, target: Target) -> None:
    source = cloud.put("people.csv", people(30_000))
    for trouble in (busy, resetting, cutting(0), cutting(70_000), cutting(99_999, reset=True)):
        cloud.storm.strike("GET", trouble)
    assert sync(source, target).rows.inserted == 30_000
    assert not cloud.storm.troubles


def test_an_object_that_is_not_there_is_named(cloud: Cloud, target: Target) -> None:
    with pytest.raises(SourceError, match=f"there is no object {cloud.address('no.csv')}"):
        sync(cloud.address("no.csv"), target)
    with pytest.raises(NothingThereError, match="no CSV file at"):
        sync(cloud.address("none/"), target)


NO_BUCKET = {"gs": "NoSuchBucket", "az": "ContainerNotFound"}


def test_a_bucket_that_is_not_there_is_named(cloud: Cloud, target: Target) -> None:
    cloud.storm.strike("HEAD", answering(404, "", ""))
    cloud.storm.strike("GET", answering(404, NO_BUCKET[cloud.scheme], "It does not exist."))
    with pytest.raises(SourceError, match=f"there is no bucket {cloud.address().rstrip('/')}"):
        sync(cloud.address("people.csv"), target)


PERMISSIONS = {
    "gs": ("AccessDenied", "storage.objects.get", "storage.objects.list"),
    "az": ("AuthorizationPermissionMismatch", *["Storage Blob Data Reader"] * 2),
}


def test_the_permission_that_is_missing_is_named(cloud: Cloud, target: Target) -> None:
    code, get, list_ = PERMISSIONS[cloud.scheme]
    cloud.storm.strike("HEAD", answering(403, "", ""))
    cloud.storm.strike("GET", answering(403, code, "You may not."), times=2)
    with pytest.raises(SourceError, match=f"grant {get} on {cloud.address()[:-1]}"):
        sync(cloud.address("people.csv"), target)
    with pytest.raises(SourceError, match=f"grant {list_} on {cloud.address()[:-1]}"):
        sync(cloud.address("in/"), target)


def test_the_doctor_finds_it_readable_or_says_what_to_grant(cloud: Cloud, target: Target) -> None:
    source = cloud.put("people.csv", people(5))
    assert not wrong_ones(found(source, target.url, table="people"))
    code, get, _ = PERMISSIONS[cloud.scheme]
    cloud.storm.strike("GET", answering(403, code, "You may not."))
    wrong = wrong_ones(found(source, target.url, table="people"))
    assert f"grant {get}" in wrong["encryption key"]


@pytest.fixture
def azure(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Azure alone, its variables taken away."""
    for name in ("ACCOUNT_NAME", "ACCOUNT_KEY", "ENDPOINT"):
        monkeypatch.delenv(f"AZURE_STORAGE_{name}")
    return cloud


only_azure = pytest.mark.parametrize("cloud", ["az"], indirect=True)


@only_azure
def test_a_connection_string_leads_there(
    azure: Cloud, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    string = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={azure.storm.url}/{ACCOUNT};"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", f"DefaultEndpointsProtocol=http;{string}")
    assert sync(azure.put("people.csv", people(5)), target).rows.inserted == 5


@only_azure
def test_the_variables_of_the_command_line_lead_there(
    azure: Cloud, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"{azure.storm.url}/{ACCOUNT}")
    assert sync(azure.put("people.csv", people(5)), target).rows.inserted == 5


@only_azure
def test_azurite_s_own_variables_lead_there(
    azure: Cloud, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true")
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", azure.storm.url)
    assert sync(azure.put("people.csv", people(5)), target).rows.inserted == 5


@only_azure
def test_a_wrong_key_is_told(cloud: Cloud, target: Target) -> None:
    cloud.storm.strike("HEAD", answering(403, "", ""))
    cloud.storm.strike("GET", answering(403, "AuthenticationFailed", "The MAC is not the same."))
    with pytest.raises(SourceError, match="does not accept the credentials"):
        sync(cloud.address("people.csv"), target)


@only_azure
def test_what_is_remembered_may_lie_there_too(cloud: Cloud, target: Target) -> None:
    state = cloud.address("state/")
    source = cloud.put("people.csv", people(50))
    assert sync(source, target, key="id", state=state).strategy == "direct"
    cloud.put("people.csv", people(51))
    assert sync(source, target, key="id", state=state).strategy == "delta"
    cloud.put("people.csv", people(52))
    assert sync(source, target, key="id", state=state).strategy == "delta"


@only_azure
def test_a_container_that_is_not_there_is_named(cloud: Cloud, target: Target) -> None:
    for end in ("people.csv", "in/"):
        with pytest.raises(SourceError, match="there is no bucket az://nowhere "):
            sync(f"az://nowhere/{end}", target)


@pytest.mark.parametrize(
    ("variable", "value", "address"),
    [
        ("STORAGE_EMULATOR_HOST", "http://example.com:9023", "gs://bucket/key.csv"),
        ("STORAGE_EMULATOR_HOST", "example.com:9023", "gs://bucket/key.csv"),
        ("AZURE_STORAGE_ENDPOINT", "http://example.com/a", "az://container/key.csv"),
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            "AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://example.com/a",
            "az://container/key.csv",
        ),
    ],
)
def test_plain_http_to_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, address: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match="plain http:// to another machine") as error:
        find(address)[0].identify()
    assert "c2VjcmV0" not in str(error.value)


def test_a_connection_string_without_an_account_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=c2VjcmV0")
    with pytest.raises(UsageError, match="names no account") as error:
        find("az://container/key.csv")[0].identify()
    assert "c2VjcmV0" not in str(error.value)
