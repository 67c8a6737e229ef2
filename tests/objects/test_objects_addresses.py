"""Which keys an address means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csvferry.errors import UsageError
from csvferry.sources.cloud import parse_address


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


def fits(glob: str, key: str) -> bool:
    """The slow way: every length of every star is tried."""
    if not glob:
        return not key
    if glob.startswith("**/"):
        ends = [n for n, char in enumerate(key, 1) if char == "/"]
        return any(fits(glob[3:], key[n:]) for n in [0, *ends])
    if glob.startswith("**"):
        return any(fits(glob[2:], key[n:]) for n in range(len(key) + 1))
    if glob[0] == "*":
        slash = key.find("/") if "/" in key else len(key)
        return any(fits(glob[1:], key[n:]) for n in range(slash + 1))
    if glob.startswith("[!a]"):
        return key[:1] not in ("", "a", "/") and fits(glob[4:], key[1:])
    return key[:1] == glob[0] and fits(glob[1:], key[1:])


@given(
    glob=st.lists(st.sampled_from(["*", "**", "**/", "a", "b", "/", "-", "[!a]"]), max_size=8),
    keys=st.lists(st.text("ab/-", max_size=8), min_size=5, max_size=5),
)
@settings(max_examples=2000, deadline=None)
def test_a_glob_means_what_some_lengths_of_its_stars_fit(glob: list[str], keys: list[str]) -> None:
    text = "".join(glob)
    if "*" not in text or text.endswith("/") or "***" in text:
        return
    address = parse_address(f"s3://bucket/{text}")
    assert [address.matches(key) for key in keys] == [
        key == text or fits(text, key) for key in keys
    ]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "glob",
    [
        "in/*-*-*-*-*.csv",
        "**a**a**a**a.csv",
        "**/*-*-*-*.csv",
        "**/**/**/**/**/x.csv",
        "**/a/**/a/**/a/**/a/**/b.csv",
        "a**/a**/a**/a**/a**/b.csv",
    ],
)
def test_a_key_made_for_it_does_not_take_long(glob: str) -> None:
    address = parse_address(f"s3://bucket/{glob}")
    for key in ("in/" + "-" * 1020, "a" * 1023, "a/" * 511, "-/" * 200 + "-" * 600):
        assert not address.matches(key)


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


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3:///key.csv",
        "ftp://bucket/key.csv",
        "s3://evil.example#/key.csv",
        "s3://evil.example?/key.csv",
        "s3://user@evil.example/key.csv",
        "s3://evil.example\\/key.csv",
        "s3://evil\texample/key.csv",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no address of an object"):
        parse_address(text)


def test_azure_has_two_spellings() -> None:
    assert str(parse_address("azure://box/a.csv")) == "az://box/a.csv"
