"""Whoever may put files into a folder has no other file read, and keeps no run busy."""

import os
from collections.abc import Callable
from glob import glob
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import csvferry
from csvferry.errors import NothingThereError, SourceError, UsageError
from csvferry.sources import folder as listing
from csvferry.sources.folder import files_matching
from csvferry.sources.source import find

ROWS = "id,email\n1,a\n"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A folder with a file of its own, beside one that is nobody else's business."""
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "a.csv").write_text(ROWS)
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "p.csv").write_text("id,email\n9,secret\n")
    return folder


def _names(source: str, **options: bool) -> set[str]:
    return {Path(one.uri).name for one in find(source, **options)}


LINKS: dict[str, Callable[[Path], None]] = {
    "to a file": lambda drop: (drop / "x.csv").symlink_to(drop.parent / "private" / "p.csv"),
    "by another link": lambda drop: (
        (drop / "y").symlink_to(drop.parent / "private"),
        (drop / "x.csv").symlink_to("y/p.csv"),
    )[1],
    "relative": lambda drop: (drop / "x.csv").symlink_to("../private/p.csv"),
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("source", ["/", "/*.csv", "/**/*.csv", ""])
def test_a_link_that_leads_out_is_followed_only_when_asked(
    drop: Path, link: str, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    LINKS[link](drop)
    assert _names(f"{drop}{source}") == {"a.csv"}
    assert "1 links that lead out of it are passed over" in caplog.text
    assert _names(f"{drop}{source}", unsafe_links=True) == {"a.csv", "x.csv"}


def test_a_folder_that_is_a_link_out_is_not_entered(drop: Path) -> None:
    (drop / "sub").symlink_to(drop.parent / "private")
    assert _names(f"{drop}/") == {"a.csv"}
    assert _names(f"{drop}/**/*.csv") == {"a.csv"}
    with pytest.raises(NothingThereError):
        find(f"{drop}/*/*.csv")


def test_links_within_the_folder_are_followed(drop: Path) -> None:
    (drop / "today.csv").symlink_to("a.csv")
    (drop / "releases").mkdir()
    (drop / "releases" / "r.csv").write_text(ROWS)
    (drop / "current").symlink_to("releases")
    assert _names(f"{drop}/") == {"a.csv", "today.csv", "r.csv"}
    assert _names(f"{drop}/current/*.csv") == {"r.csv"}
    assert {Path(one.uri).parent.name for one in find(f"{drop}/c*/*.csv")} == {"current"}


def test_a_file_that_is_named_may_be_a_link(drop: Path) -> None:
    (drop / "x.csv").symlink_to(drop.parent / "private" / "p.csv")
    assert _names(f"{drop}/x.csv") == {"x.csv"}


def test_a_folder_that_is_named_may_be_a_link(drop: Path) -> None:
    (drop.parent / "link").symlink_to(drop)
    assert _names(f"{drop.parent}/link/") == {"a.csv"}


def test_the_option_is_on_the_command_line_and_in_python(drop: Path, tmp_path: Path) -> None:
    (drop / "a.csv").unlink()
    (drop / "x.csv").symlink_to(drop.parent / "private" / "p.csv")
    options = {"to": f"sqlite:///{tmp_path}/t.db", "state": str(tmp_path / "state")}
    with pytest.raises(NothingThereError):
        csvferry.sync(f"{drop}/", **options)
    assert csvferry.sync(f"{drop}/", copy_unsafe_links=True, **options).rows.inserted == 1


@pytest.mark.parametrize("swap", ["link", "folder"])
def test_a_file_that_becomes_a_link_before_it_is_read_is_not_read(drop: Path, swap: str) -> None:
    (drop / "sub").mkdir()
    (drop / "sub" / "p.csv").write_text(ROWS)
    (found,) = find(f"{drop}/sub/p.csv*")
    if swap == "link":
        (drop / "sub" / "p.csv").unlink()
        (drop / "sub" / "p.csv").symlink_to(drop.parent / "private" / "p.csv")
    else:
        (drop / "sub").rename(drop / "was")
        (drop / "sub").symlink_to(drop.parent / "private")
    with pytest.raises(SourceError):
        found.identify()


@pytest.mark.timeout(60)
def test_a_pipe_that_takes_a_files_place_is_not_waited_for(drop: Path) -> None:
    (found,) = find(f"{drop}/")
    (drop / "a.csv").unlink()
    os.mkfifo(drop / "a.csv")
    with pytest.raises(SourceError, match="is a pipe"):
        found.identify()


def test_hidden_files_are_passed_over(drop: Path) -> None:
    for name in (".hidden.csv", "._a.csv", ".git/b.csv"):
        (drop / name).parent.mkdir(exist_ok=True)
        (drop / name).write_text(ROWS)
    for source in (f"{drop}/", f"{drop}/*.csv", f"{drop}/**/*.csv"):
        assert _names(source) == {"a.csv"}
    assert _names(f"{drop}/.*.csv") == {".hidden.csv", "._a.csv"}


@pytest.mark.timeout(60)
def test_circles_of_links_keep_no_run_busy(drop: Path) -> None:
    """`glob` of Python takes 2 to the 40th ways through two of them."""
    for name in ("x", "y"):
        (drop / name).symlink_to(".")
    assert _names(f"{drop}/**/*.csv") == {"a.csv"}
    assert _names(f"{drop}/") == {"a.csv"}


def test_several_stars_look_at_each_folder_as_often_as_there_are_parts(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = 12
    (drop / "/".join("d" * depth)).mkdir(parents=True)
    looked = []
    monkeypatch.setattr(
        listing.os, "scandir", lambda path, scan=os.scandir: looked.append(path) or scan(path)
    )
    pattern = "**/d/" * 5 + "**/*.csv"
    assert list(files_matching(f"{drop}/{pattern}")[1]) == []
    assert len(looked) <= (depth + 1) * len(pattern.split("/"))


@given(
    parts=st.lists(
        st.sampled_from(["**", "*", "a", "b", "[ab]", "?", "*.csv", "x.csv", ".h", ".*"]),
        min_size=1,
        max_size=5,
    )
)
def test_a_glob_means_what_it_means_to_python(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    base = tmp_path_factory.getbasetemp() / "globbed"
    for name in ("x.csv", "a/x.csv", "a/b/x.csv", "a/b/a/y.csv", "b/.h/x.csv", ".h/z.csv", "a/.x"):
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    pattern = f"{base}/{'/'.join(parts)}"
    matched = glob(pattern, recursive=True)  # noqa: PTH207  # Path.glob takes hidden files too
    expected = {path for path in matched if Path(path).is_file()}
    if "*" in pattern or "?" in pattern or "[" in pattern:
        assert {str(path) for path in files_matching(pattern)[1]} == expected


@pytest.mark.parametrize("address", ["file://server/share/a.csv", "file://a.csv"])
def test_a_file_address_of_another_machine_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="another machine"):
        find(address)


@pytest.mark.parametrize("name", ["a#1.csv", "a?b.csv", "a\tb.csv", "a\nb.csv", " a.csv"])
def test_a_file_address_is_taken_to_its_end(drop: Path, name: str) -> None:
    (drop / name).write_text(ROWS)
    (found,) = find(f"file://{drop}/{name}")
    assert found.identify().size == len(ROWS)
