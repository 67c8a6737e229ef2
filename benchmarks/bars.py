"""The bars that csvferry sets itself, each with what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.function import gigabyte_seconds
from benchmarks.results import Group, Groups, Record, groups
from benchmarks.scenarios import SERVERS

SIZE, MIXED_SIZE = 5_000_000, 1_000_000
RAW = ("load_data",)
PEERS = ("duckdb", "chdb", "polars", "pandas", "dlt", "insert_ignore")
MEMORY = 300_000_000


@dataclass(frozen=True)
class Bar:
    """What is asked, what was found, and whether it is reached (None: not measured)."""

    name: str
    asked: str
    found: str
    reached: bool | None
    whole: bool = True

    @property
    def mark(self) -> str:
        """One word for a table."""
        word = {True: "reached", False: "**missed**", None: "not measured"}[self.reached]
        return word if self.whole else f"{word} at a smaller size"


def _broken(found: Groups, server: str, scenario: str) -> str:
    """Why csvferry has no time there, where it ran and has none."""
    for key, group in found.items():
        if key[:2] == (server, scenario) and key[3] == "csvferry" and group.bad:
            bad = group.bad
            return "" if bad["status"] == "missing" else f"{bad['status']}: {bad['message']}"
    return ""


def _millions(rows: int) -> str:
    return f"{rows / 1e6:g}M" if rows >= 1_000_000 else f"{rows // 1000}k"


def _sizes(found: Groups, server: str, scenario: str) -> list[int]:
    """Sizes at which csvferry ran, the largest last."""
    return sorted({key[2] for key in found if key[:2] == (server, scenario)})


def _of(found: Groups, server: str, scenario: str, rows: int, peer: str) -> Group | None:
    group = found.get((server, scenario, rows, peer))
    return group if group and group.median is not None else None


def ratio(found: Groups, server: str, scenario: str, rows: int, peer: str) -> float | None:
    """A peer's median time in units of csvferry's, at the same size."""
    mine, other = (_of(found, server, scenario, rows, p) for p in ("csvferry", peer))
    if not mine or not other or not mine.median or other.median is None:
        return None
    return other.median / mine.median


def _against(
    found: Groups,
    server: str,
    scenario: str,
    peers: tuple[str, ...],
    asked: float,
    name: str,
    size: int = SIZE,
) -> Bar:
    """csvferry beside the fastest of these peers, over all sizes the largest that has them."""
    text = f"at least {asked:g} times the speed" if asked != 1 else "no slower"
    for rows in reversed(_sizes(found, server, scenario)):
        ratios = {p: r for p in peers if (r := ratio(found, server, scenario, rows, p))}
        if ratios:
            peer, least = min(ratios.items(), key=lambda item: item[1])
            told = f"{least:.2f} times {peer}, {_millions(rows)} rows"
            return Bar(f"{name} ({SERVERS[server]})", text, told, least >= asked, rows >= size)
    told = _broken(found, server, scenario)
    return Bar(f"{name} ({SERVERS[server]})", text, told, False if told else None)


def _many(found: Groups, server: str) -> Iterator[Bar]:
    """What users do most, beside raw LOAD DATA, an earlier build, or the run itself."""
    small = "First load of 100,000 rows beside raw `LOAD DATA LOCAL`"
    yield _against(found, server, "small", RAW, 0.5, small, size=100_000)
    before = ("csvferry_before",)
    name = "200 files of 100 rows beside the build before"
    yield _against(found, server, "many", before, 10, name, size=20_000)
    name = "The same 200 files again beside the build before"
    yield _against(found, server, "many_again", before, 3, name, size=20_000)
    merge = "20% changed, 12 mixed columns, mirror, beside the hand-written merge"
    yield _against(found, server, "mixed_changed_20", ("merge_sql",), 2, merge, size=1_000_000)
    merge = "0.2% changed, 12 mixed columns, mirror, beside the hand-written merge"
    yield _against(found, server, "mixed_changed_02", ("merge_sql",), 20, merge, size=1_000_000)
    merge = "0.2% changed, keys without gaps, mirror, beside the hand-written merge"
    yield _against(found, server, "whole_changed_02", ("merge_sql",), 25, merge)
    yield _function(found, server)
    for rows in reversed(_sizes(found, server, "plan")):
        if share := ratio(found, server, "plan", rows, "csvferry_plan"):
            name, asked = f"`plan` beside `sync` ({SERVERS[server]})", "at most its time"
            told = f"{share:.2f} times its time, {_millions(rows)} rows"
            yield Bar(name, asked, told, share <= 1, rows >= 1_000_000)
            return


def _function(found: Groups, server: str) -> Bar:
    """GB-seconds of a cold hour, as a share of the earlier build's; both have the same memory."""
    name = f"Function: GB-seconds of an hour, cold, 0.2% changed ({SERVERS[server]})"
    asked = "at most half of the build before"
    for rows in reversed(_sizes(found, server, "function")):
        times = ratio(found, server, "function", rows, "csvferry_before")
        mine = _of(found, server, "function", rows, "csvferry")
        if times and mine:
            used = gigabyte_seconds(mine.median or 0.0)
            told = f"{used:.2f} GB-seconds, {1 / times:.2f} times, {_millions(rows)} rows"
            return Bar(name, asked, told, times >= 2, rows >= SIZE)
    told = _broken(found, server, "function")
    return Bar(name, asked, told, False if told else None)


def _again(found: Groups, server: str) -> Bar:
    name, asked = f"The same version again ({SERVERS[server]})", "under 0.5 s, the whole process"
    for rows in reversed(_sizes(found, server, "again")):
        if group := _of(found, server, "again", rows, "csvferry"):
            seconds = group.median or 0.0
            told = f"{seconds:.2f} s, {_millions(rows)} rows"
            return Bar(name, asked, told, seconds < 0.5, rows >= SIZE)
    told = _broken(found, server, "again")
    return Bar(name, asked, told, False if told else None)


def _memory(found: Groups, server: str, low: float, high: float, text: str) -> Bar:
    name, asked = f"Peak memory, {text} of input ({SERVERS[server]})", "at most 300 MB"
    peaks = [
        (group.peak, key[1])
        for key, group in found.items()
        if key[0] == server
        and key[3].startswith("csvferry")
        and low <= group.bytes <= high
        and group.median is not None
    ]
    if not peaks:
        return Bar(name, asked, "", None)
    peak, scenario = max(peaks)
    return Bar(name, asked, f"{peak / 1e6:.0f} MB, most in {scenario}", peak <= MEMORY)


def _linear(found: Groups, server: str) -> Bar:
    name, asked = f"Time per row from 1M to 50M rows ({SERVERS[server]})", "constant within 20%"
    per_row = {
        rows: group.median / rows
        for rows in _sizes(found, server, "scale_first")
        if rows >= 1_000_000
        and (group := _of(found, server, "scale_first", rows, "csvferry"))
        and group.median
    }
    if len(per_row) < 2:
        return Bar(name, asked, "", None)
    spread = max(per_row.values()) / min(per_row.values()) - 1
    told = ", ".join(f"{_millions(n)}: {t * 1e6:.2f} µs" for n, t in per_row.items())
    whole = max(per_row) >= 50_000_000
    return Bar(name, asked, f"{spread:.0%} ({told})", spread <= 0.2 if whole else None)


def _start(records: list[Record]) -> Bar:
    times = {r["name"]: r["times"] for r in records if r["kind"] == "micro"}
    if not times.get("version"):
        return Bar("`csvferry --version`", "under 0.15 s", "", None)
    seconds = statistics.median(times["version"])
    bare = statistics.median(times["python"])
    told = f"{seconds:.3f} s, of which Python alone {bare:.3f} s"
    return Bar("`csvferry --version`", "under 0.15 s", told, seconds < 0.15)


def bars(records: list[Record]) -> Iterator[Bar]:
    """All bars, for every server that was there."""
    found = groups(records)
    for server in sorted({key[0] for key in found}):
        yield _against(found, server, "first", RAW, 1, "First load beside raw `LOAD DATA LOCAL`")
        yield _against(found, server, "first", PEERS, 1.4, "First load beside the other peers")
        merge = "0.2% changed, mirror, beside the hand-written merge"
        yield _against(found, server, "changed_02", ("merge_sql",), 20, merge)
        mixed = "First load, 12 mixed columns, beside raw `LOAD DATA LOCAL` with NULLIF"
        yield _against(found, server, "mixed_first", RAW, 1, mixed, MIXED_SIZE)
        select = "`verify`, 12 mixed columns, beside reading all rows by SELECT"
        yield _against(found, server, "verify", ("select_rows",), 1, select, MIXED_SIZE)
        yield _again(found, server)
        yield from _many(found, server)
        yield _memory(found, server, 150e6, 300e6, "200 MB")
        yield _memory(found, server, 1.5e9, 3e9, "2 GB")
        yield _memory(found, server, 6e9, 8e9, "7 GB")
        yield _linear(found, server)
    yield _start(records)
