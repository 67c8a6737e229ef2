"""A picture of each scenario: times beside csvferry's, or lines of time against rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bars import ratio
from benchmarks.registry import PEERS
from benchmarks.results import Groups
from benchmarks.scenarios import SERVERS, Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS, OTHERS = "#c8501e", "#5b7083"
LINES = {"csvferry": (OURS, "o"), "load_data": (OTHERS, "s")}


def _title(peer: str) -> str:
    return PEERS[peer].title.replace("`", "").replace("**", "")


def _beside(axes: Axes, found: Groups, server: str, scenario: str) -> None:
    """One line a peer, from csvferry's time to its own; its seconds are written at the end."""
    keys = [k for k in found if k[:2] == (server, scenario) and found[k].median]
    most = max((k[2] for k in keys), default=0)
    alone = [k for k in keys if k[3] != "csvferry" or k[2] == most]
    alone.sort(key=lambda k: ratio(found, *k) or (found[k].median or 0) / k[2])
    for at, key in enumerate(alone):
        beside, seconds = ratio(found, *key), found[key].median or 0
        length = beside or seconds
        less = "" if key[2] == most else f" for {key[2] // 1000:,}k rows"
        times = f", {beside:.1f}x" if beside and key[3] != "csvferry" else ""
        colour = OURS if key[3].startswith("csvferry") else OTHERS
        axes.plot([1 if beside else length, length], [at, at], color=colour, linewidth=2.5)
        axes.plot(length, at, "o", color=colour, markersize=7)
        right = not beside or beside >= 1
        axes.annotate(
            f"{seconds:.2f} s{less}{times}", (length, at), xytext=(8 if right else -8, 0),
            textcoords="offset points", ha="left" if right else "right", va="center", fontsize=8,
        )  # fmt: skip
    axes.set_yticks(range(len(alone)), [_title(k[3]) for k in alone], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlim(low / 3, high * 6)
    axes.margins(y=0.1)
    measured = any(k[3] == "csvferry" for k in alone)
    if measured:
        axes.axvline(1, color=OURS, linewidth=0.8, zorder=0)
    axes.set_xlabel("time, csvferry = 1 at the same number of rows" if measured else "seconds")


def _lines(axes: Axes, found: Groups, server: str, scenario: str) -> None:
    """Seconds against rows, both on logarithmic axes."""
    for peer, (colour, marker) in LINES.items():
        points = sorted(
            (k[2], g.median) for k, g in found.items()
            if k[:2] == (server, scenario) and k[3] == peer and g.median
        )  # fmt: skip
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=_title(peer))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("rows")
    axes.set_ylabel("seconds")
    if axes.lines:
        axes.legend(fontsize=8, frameon=False)


def draw(found: Groups, scenario: Scenario, file: Path) -> None:
    """One picture, a panel a server. Without a single good run there is none."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    file.unlink(missing_ok=True)
    good = {k[0] for k, g in found.items() if k[1] == scenario.key and g.median}
    names = [server for server in SERVERS if server in good]
    if not names:
        return
    panel = _lines if scenario.key.startswith("scale") else _beside
    figure, grid = plt.subplots(
        len(names), 1, figsize=(8, 0.6 + 2.9 * len(names)), squeeze=False, layout="constrained"
    )
    for axes, server in zip(grid[:, 0], names, strict=True):
        panel(axes, found, server, scenario.key)
        axes.set_title(SERVERS[server], loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(scenario.title, fontsize=11)
    figure.savefig(file, dpi=110, metadata={"Software": None})
    plt.close(figure)
