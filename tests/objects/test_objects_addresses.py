"""Which keys an address means."""

import pytest

from csvferry.errors import UsageError
from csvferry.objects import parse_address


@pytest.mark.parametrize(
    ("key", "meant", "not_meant"),
    [
        ("in/a.csv", ["in/a.csv"], ["in/a.csv.gz", "in/b.csv", "a.csv"]),
        ("in/", ["in/a.csv", "in/x/b.csv.gz", "in/c.TSV"], ["in/a.txt", "inn/a.csv", "in/"]),
        ("", ["a.csv", "in/a.csv.zst"], ["a.json"]),
        ("in/*.csv", ["in/a.csv", "in/.csv"], ["in/x/a.csv", "in/a.csv.gz"]),
        ("in/**/*.csv", ["in/a.csv", "in/x/y/a.csv"], ["out/a.csv"]),
        ("in/2026-??.csv", ["in/2026-01.csv"], ["in/2026-1.csv", "in/2026-/1.csv"]),
        ("in/[ab].csv", ["in/a.csv", "in/b.csv"], ["in/c.csv"]),
        ("in/[!ab].csv", ["in/c.csv"], ["in/a.csv"]),
        ("in/a[1].csv", ["in/a[1].csv", "in/a1.csv"], ["in/a2.csv"]),
        ("in/a+b (1).csv", ["in/a+b (1).csv"], ["in/aab 1.csv"]),
        ("in/what?.csv", ["in/what?.csv", "in/what1.csv"], ["in/what.csv"]),
        ("in/100%25.csv", ["in/100%25.csv"], ["in/100%.csv"]),
    ],
)
def test_an_address_means(key: str, meant: list[str], not_meant: list[str]) -> None:
    address = parse_address(f"s3://bucket/{key}")
    assert [k for k in [*meant, *not_meant] if address.matches(k)] == meant


@pytest.mark.parametrize(
    ("key", "folder", "many"),
    [
        ("in/a.csv", "in", False),
        ("in/", "in", True),
        ("in/x*.csv", "in", True),
        ("*.csv", "", True),
        ("", "", True),
    ],
)
def test_the_folder_to_list(key: str, folder: str, many: bool) -> None:
    address = parse_address(f"s3://bucket/{key}")
    assert (address.folder, address.many) == (folder, many)


@pytest.mark.parametrize("text", ["s3://", "s3:///key.csv", "ftp://bucket/key.csv"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no address of an object"):
        parse_address(text)


def test_azure_has_two_spellings() -> None:
    assert str(parse_address("azure://box/a.csv")) == "az://box/a.csv"
