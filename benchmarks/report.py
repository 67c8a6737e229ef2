"""docs/performance.md and its plots, from the kept measurements alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks import plot
from benchmarks.bars import bars, ratio
from benchmarks.registry import PEERS
from benchmarks.results import Group, Groups, Record, groups, last
from benchmarks.scenarios import SCENARIOS, SERVERS, Scenario
from benchmarks.servers import SETTINGS

INTRODUCTION = """\
# Performance

Written by `make bench` from its measurements; not by hand. How it is done is in
[`benchmarks/README.md`](../benchmarks/README.md), to be run anywhere with `make bench` (hours) or
`make bench_quick` (minutes).

The figures are of the commit that *Machine and versions* names, and of the bars of that day. What
was measured after it, and which bars are missed: [performance-profile.md](performance-profile.md).

Each way is a process of its own, timed from its start to its end, the ways in turn, one after the
other. Every one gets the same file, a table with the same definition, and a server that has
written out and purged what went before. After each run the rows of the table are counted and
summed up in the server and compared with the file: a wrong table is named as wrong and has no
time. *Times csvferry* is the other's median time in units of csvferry's at the same number of
rows: above 1, csvferry is faster. Memory is the client's peak with its children, without the
server's. Server and client share the machine."""


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine_text(records: list[Record]) -> str:
    """The machine and the versions."""
    m = last(records, "machine")
    if not m:
        return ""
    found = {r["name"]: r for r in records if r["kind"] == "server"}
    served = [
        f"{SERVERS[name]}: " + (r.get("version") or f"not measured, {r['missing']}")
        for name, r in found.items()
    ]
    packages = ", ".join(f"{name} {version}" for name, version in m["packages"].items())
    lines = [
        f"{m['processor']}, {m['cores']} cores, {m['memory_gb']} GB memory; {m['system']}",
        f"csvferry: {m['csvferry'] or 'not installed'}, commit {m['commit']}; measured {m['when']}",
        *served,
        f"Each server: {SETTINGS}",
        *(f"The client for {SERVERS[n]}: {v}" for n, v in m["clients"].items() if n in found),
        f"Python {m['python']}; {packages}",
    ]
    return "## Machine and versions\n\n" + "\n".join(f"- {line}" for line in lines)


def bars_table(records: list[Record]) -> str:
    """The bars as a Markdown table."""
    lines = [[b.name, b.asked, b.found or "-", b.mark] for b in bars(records)]
    return _table(["bar", "asked", "measured", ""], lines)


def bars_text(records: list[Record]) -> str:
    """The bars for a terminal."""
    lines = [(b.name, b.asked, b.found or "-", b.mark.replace("*", "")) for b in bars(records)]
    wide = [max(len(line[n]) for line in lines) for n in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip()
        for line in lines
    )


def starts(records: list[Record]) -> str:
    """Start times."""
    titles = {
        "python": "Python alone",
        "version": "`csvferry --version`",
        "import": "`import csvferry`",
        "handler": "`import csvferry.aws.handler`",
    }
    newest = {r["name"]: r for r in records if r["kind"] == "micro"}
    lines = [
        [titles[n], f"{statistics.median(r['times']):.3f} s" if r["times"] else r["message"]]
        for n, r in newest.items()
    ]
    return "## Start\n\n" + _table(["a whole process", "median"], lines) if lines else ""


def _speed(group: Group) -> str:
    return f"{float(f'{group.rows / group.median:.3g}'):,.0f}" if group.median else ""


def _row(found: Groups, key: tuple[str, str, int, str]) -> list[str]:
    server, scenario, rows, peer = key
    group, title = found[key], PEERS[peer].title
    if group.bad or group.median is None:
        bad = group.bad or {"status": "missing", "message": ""}
        shown = {"missing": "not available", "timeout": "stopped"}.get(bad["status"], bad["status"])
        reason = str(bad["message"]).replace("|", "\\|")
        return [f"{title}: {shown}, {reason}", f"{rows:,}", "", "", "", "", ""]
    many = f"{len(group.times)} run" + "s" * (len(group.times) > 1)
    times = f"{min(group.times):.2f} to {max(group.times):.2f}, {many}"
    beside = ratio(found, server, scenario, rows, peer)
    return [
        f"{title}, {group.strategy}" if group.strategy else title,
        f"{rows:,}",
        f"{group.median:.2f} s",
        times,
        _speed(group),
        f"{beside:.2f}" if beside else "",
        f"{group.peak / 1e6:.0f} MB",
    ]


def _section(found: Groups, scenario: Scenario, folder: Path) -> Iterator[str]:
    header = ["", "rows", "median", "from to", "rows/s", "times csvferry", "memory"]
    order = list(PEERS)
    yield f"## {scenario.title}"
    if (folder / f"{scenario.key}.png").exists():
        yield f"![{scenario.title}](performance/{scenario.key}.png)"
    for server, name in SERVERS.items():
        keys = [k for k in found if k[:2] == (server, scenario.key)]
        up = scenario.key.startswith("scale")
        keys.sort(key=lambda k: (k[2] if up else -k[2], order.index(k[3])))
        if keys:
            yield f"### {name}" + "\n\n" + _table(header, [_row(found, k) for k in keys])
    here = {k[3] for k in found if k[1] == scenario.key}
    notes = [f"- {PEERS[p].title}: {PEERS[p].note}" for p in order if p in here and PEERS[p].note]
    if notes:
        yield "\n".join(notes)


def write(records: list[Record], out: Path) -> str:
    """Write the report and its plots; the path of the report."""
    found = groups(records)
    pictures = out / "performance"
    pictures.mkdir(parents=True, exist_ok=True)
    here = [s for s in SCENARIOS.values() if any(k[1] == s.key for k in found)]
    for scenario in here:
        plot.draw(found, scenario, pictures / f"{scenario.key}.png")
    parts = [INTRODUCTION, "## The bars\n\n" + bars_table(records), machine_text(records)]
    parts += [starts(records)]
    for scenario in here:
        parts += _section(found, scenario, pictures)
    file = out / "performance.md"
    file.write_text("\n\n".join(part for part in parts if part) + "\n")
    return str(file)
