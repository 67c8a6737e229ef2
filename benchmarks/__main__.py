"""python -m benchmarks run | report | bars | list. See README.md."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from benchmarks import micro, results, run
from benchmarks.registry import PEERS
from benchmarks.scenarios import SCENARIOS

HERE = Path(__file__).resolve().parent
PROFILES = {
    "quick": {
        "rows": "500k", "mixed_rows": "100k", "slow_rows": "50k", "runs": 3,
        "scale": "100k,500k,1M", "servers": "mariadb", "timeout": 600,
    },
    "full": {
        "rows": "5M", "mixed_rows": "1M", "slow_rows": "200k", "runs": 5,
        "scale": "100k,500k,1M,5M,20M,50M", "servers": "mariadb,mysql", "timeout": 3600,
    },
}  # fmt: skip


def count(text: str) -> int:
    """`500k` and `5M` as numbers."""
    unit = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower())
    return int(float(text[:-1]) * unit) if unit else int(text)


def _names(text: str, known: dict[str, object], what: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    if strange := [name for name in names if name not in known]:
        sys.exit(f"no {what} {', '.join(strange)}; there are: {', '.join(known)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("command", choices=["run", "report", "bars", "list"])
    parser.add_argument("--profile", choices=list(PROFILES), default="full")
    parser.add_argument("--scenarios", help="comma-separated; `micro` for start times; all")
    parser.add_argument("--servers", help="mariadb,mysql")
    parser.add_argument("--peers", help="comma-separated; all")
    parser.add_argument("--rows", help="rows of id and e-mail, for instance 5M")
    parser.add_argument("--mixed-rows", help="rows of 12 mixed columns")
    parser.add_argument("--slow-rows", help="rows for the slow peers")
    parser.add_argument("--scale", help="sizes for time against rows")
    parser.add_argument("--runs", type=int, help="runs of each peer; medians are reported")
    parser.add_argument("--timeout", type=float, help="seconds after which a run is stopped")
    parser.add_argument("--fresh", action="store_true", help="forget what these runs gave before")
    parser.add_argument("--results", type=Path, help="default benchmarks/results/PROFILE.jsonl")
    parser.add_argument("--out", type=Path, help="folder of the report; full: docs")
    return parser


def main() -> None:
    """Read the arguments, do the command."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the servers stop too
    given = _parser().parse_args()
    profile = PROFILES[given.profile]
    file = given.results or HERE / "results" / f"{given.profile}.jsonl"
    out = given.out or (run.ROOT / "docs" if given.profile == "full" else run.HOME / "quick")

    def option(name: str) -> str:
        return str(getattr(given, name) or profile[name])

    if given.command == "list":
        for scenario in SCENARIOS.values():
            able = [p.key for p in PEERS.values() if scenario.what in p.scenarios]
            print(f"{scenario.key:18}{scenario.title}\n{'':18}{', '.join(able)}")
        return
    if given.command == "run":
        named = given.scenarios or ",".join(["micro", *SCENARIOS])
        chosen = _names(named, {"micro": None, **SCENARIOS}, "scenario")
        settings = run.Settings(
            scenarios=tuple(SCENARIOS[name] for name in chosen if name != "micro"),
            servers=_names(option("servers"), {"mariadb": None, "mysql": None}, "server"),
            peers=_names(given.peers or ",".join(PEERS), dict(PEERS), "peer"),
            rows=count(option("rows")),
            mixed_rows=count(option("mixed_rows")),
            slow_rows=count(option("slow_rows")),
            scale=tuple(count(size) for size in option("scale").split(",")),
            runs=int(option("runs")),
            timeout=float(option("timeout")),
            results=file,
        )
        if given.fresh:
            results.forget(file, run.others(settings, results.read(file)))
        if "micro" in chosen:
            micro.measure_all(file)
        if settings.scenarios:
            run.everything(settings)
    from benchmarks import report

    records = results.read(file)
    if given.command != "bars":
        print(report.write(records, out))
    print(report.bars_text(records))


if __name__ == "__main__":
    main()
