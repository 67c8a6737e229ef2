"""The runs: prepare a table, start the clock, check the table, keep the result; peers in turn."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import function, measure, results, servers
from benchmarks.job import Job, Peer, Server
from benchmarks.peers import load_data
from benchmarks.registry import PEERS
from benchmarks.scenarios import KEY, TABLE, Scenario

ROOT = servers.ROOT
HOME = ROOT / "build" / "bench"


@dataclass(frozen=True)
class Settings:
    """What to run, how often, and where the results go."""

    scenarios: tuple[Scenario, ...]
    servers: tuple[str, ...]
    peers: tuple[str, ...]
    rows: int
    mixed_rows: int
    slow_rows: int
    scale: tuple[int, ...]
    runs: int
    timeout: float
    results: Path


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def data_file(scenario: Scenario, variant: str, rows: int) -> Path:
    """The file, made where it is not there yet. In a process of its own: this one stays small."""
    path = HOME / "data" / f"{scenario.dataset}-{variant}-{rows}.csv"
    if not Path(f"{path}.json").exists():
        say(f"making {path.name}")
        command = [sys.executable, "-m", "benchmarks.data", scenario.dataset, variant, str(rows)]
        subprocess.run([*command, str(path)], cwd=ROOT, check=True)
    return path


def expected(scenario: Scenario, rows: int, peer: Peer) -> dict[str, int]:
    """What the table must hold after the run."""
    if scenario.before and not peer.writes:
        left = data_file(scenario, scenario.before, rows)
        unchanged: dict[str, int] = json.loads(Path(f"{left}.json").read_text())
        return unchanged
    after = data_file(scenario, scenario.after, rows)
    kept = scenario.before and scenario.mode == "mirror" and not peer.deletes
    path = Path(f"{after}.leftovers.json" if kept else f"{after}.json")
    if not path.exists() and scenario.before:
        before = data_file(scenario, scenario.before, rows)
        command = [sys.executable, "-m", "benchmarks.data", "leftovers", str(after), str(before)]
        subprocess.run(command, cwd=ROOT, check=True)
    found: dict[str, int] = json.loads(path.read_text())
    return found


def _deliver(file: Path, to: Path, scenario: Scenario) -> None:
    """Put a version at the feed's address, as new, and have it in the page cache."""
    if scenario.files > 1:
        _deliver_folder(file, to, scenario.files)
        return
    to.unlink(missing_ok=True)
    os.link(file, to)
    os.utime(to)
    with to.open("rb", buffering=0) as bytes_:
        while bytes_.read(1 << 22):
            pass
    if scenario.function:
        function.deliver(to)


def _deliver_folder(file: Path, to: Path, files: int) -> None:
    """The same rows in so many files of a folder, each with the header."""
    header, *rows = file.read_bytes().splitlines(keepends=True)
    to.mkdir(exist_ok=True)
    share = -(-len(rows) // files)
    for number in range(files):
        part = rows[number * share : (number + 1) * share]
        (to / f"part-{number:04}.csv").write_bytes(header + b"".join(part))


def _environment(workdir: Path) -> dict[str, str]:
    """The caller's, but for what keeps Python from keeping what it compiled, as users have it."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    state = {"XDG_STATE_HOME": str(workdir / "state"), "DO_NOT_TRACK": "1"}
    return {**kept, **state, "RUNTIME__DLTHUB_TELEMETRY": "false"}


def execute(peer: Peer, job: Job, timeout: float) -> measure.Measured:
    """Run the peer's process."""
    work = Path(job.workdir)
    saved = str(job.save(work / "job.json"))
    return measure.run(
        [saved if word == "{job}" else word for word in peer.command(job)],
        cwd=ROOT,
        env=_environment(work),
        scratch=work / "outputs",
        stdin=peer.stdin(job) if peer.stdin else "",
        timeout=timeout,
    )


def prepare(server: Server, scenario: Scenario, rows: int, peer: Peer, timeout: float) -> Job:
    """A fresh database and folder; for a re-sync, the table as the last version left it."""
    work = HOME / "work" / peer.key
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    file = work / (f"{TABLE}.csv" if scenario.files == 1 else TABLE)
    job = Job(
        server=server,
        database=f"bench_{peer.key}",
        table=TABLE,
        file=str(file) if scenario.files == 1 else f"{file}/",
        key=KEY,
        mode=scenario.mode,
        scenario=scenario.key,
        columns=scenario.columns,
        workdir=str(work),
    )
    servers.create(server, job.database, scenario, peer)
    if scenario.before:
        _deliver(data_file(scenario, scenario.before, rows), file, scenario)
        base = peer if peer.own_base else load_data.PEER
        done = execute(replace(base, command=base.base or base.command), job, timeout)
        if done.status:
            raise servers.UnavailableError(f"the first load failed: {_reason(done)}")
    _deliver(data_file(scenario, scenario.after, rows), file, scenario)
    servers.settle(server)
    return job


def _reason(done: measure.Measured) -> str:
    if done.timed_out:
        return f"not done after {done.seconds:.0f} s"
    lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
    told = [line for line in lines if "rror" in line] or lines
    text = told[-1] if told else f"exit status {done.status}"
    return text.replace(str(ROOT), "").replace(str(Path.home()), "~")[:240]


def _detail(peer: Peer, out: str) -> dict[str, object]:
    if not peer.key.startswith("csvferry"):
        return {}
    try:
        told = json.loads(out)
    except ValueError:
        return {}
    return {k: told.get(k) for k in ("status", "strategy", "rows", "seconds")}


def one(
    server: Server, scenario: Scenario, rows: int, peer: Peer, timeout: float
) -> results.Record:
    """One timed run with its check, as a record."""
    if reason := peer.missing():
        return {"status": "missing", "message": reason}
    with function.around(server) if scenario.function else contextlib.nullcontext():
        return _one(server, scenario, rows, peer, timeout)


def _one(
    server: Server, scenario: Scenario, rows: int, peer: Peer, timeout: float
) -> results.Record:
    try:
        job = prepare(server, scenario, rows, peer, timeout)
    except servers.UnavailableError as error:
        return {"status": "failed", "message": str(error)}
    try:
        before = measure.processor_seconds(server.pid) if server.pid else 0.0
        done = execute(peer, job, timeout)
        after = measure.processor_seconds(server.pid) if server.pid else 0.0
        record: results.Record = {
            "seconds": round(done.seconds, 4),
            "cpu": round(done.cpu, 3),
            "server_cpu": round(after - before, 3),
            "peak": done.peak,
            "bytes": data_file(scenario, scenario.after, rows).stat().st_size,
            "detail": _detail(peer, done.out),
        }
        if done.status:
            status = "timeout" if done.timed_out else "failed"
            return record | {"status": status, "message": _reason(done)}
        found = servers.checksum(server, job.database, job.columns)
        wanted = expected(scenario, rows, peer)
        if found != wanted:
            told = f"{found['rows']} rows of {wanted['rows']}"
            told = told if found["rows"] != wanted["rows"] else "values differ from the file's"
            return record | {"status": "wrong", "message": told}
        return record | {"status": results.OK, "message": ""}
    finally:
        servers.drop(server, job.database)
        shutil.rmtree(job.workdir, ignore_errors=True)


def plan(settings: Settings, scenario: Scenario) -> list[tuple[int, list[Peer], int]]:
    """Sizes, with the peers to be run side by side at each and how often.

    Slow peers run on fewer rows, csvferry beside them again, so that each ratio is of one size.
    """
    able = [p for p in PEERS.values() if scenario.what in p.scenarios and p.key in settings.peers]
    if scenario.key.startswith("scale"):
        with_raw = scenario.what == "first"
        some = [p for p in able if p.key == "csvferry" or (with_raw and p.key == "load_data")]
        return [(n, some, settings.runs) for n in settings.scale]
    if scenario.rows:
        return [(scenario.rows, able, settings.runs)]
    rows = settings.rows if scenario.dataset == "people" else settings.mixed_rows
    crawl = settings.slow_rows // 4
    sizes = {"fast": rows, "slow": min(rows, settings.slow_rows), "crawling": min(rows, crawl)}
    paces = {size: {p for p in sizes if sizes[p] == size} for size in sizes.values()}
    found = []
    for size, pace in paces.items():
        here = [p for p in able if p.pace in pace]
        beside = [p for p in able if p in here or p.key == "csvferry"]
        runs = min(settings.runs, 3) if pace == {"crawling"} else settings.runs
        found += [(size, beside, runs)] if here else []
    return found


def _line(record: results.Record) -> str:
    where = f"{record['server']:8}{record['scenario']:18}{record['rows']:>9}  {record['peer']:14}"
    if record["status"] != results.OK:
        return f"{where} {record['status']}: {record['message']}"
    strategy = (record.get("detail") or {}).get("strategy") or ""
    used = f"{record['cpu']:6.2f} + {record.get('server_cpu', 0):.2f} s"  # client and server
    peak = f"{record['peak'] / 1e6:7.0f} MB"
    return f"{where}{record['seconds']:9.2f} s {used} {peak}  {strategy}"


def scenario_runs(settings: Settings, server: Server, scenario: Scenario) -> None:
    """All runs of one scenario that the results do not hold yet, peers in turn."""
    kept = results.read(settings.results)
    done = [r for r in kept if r["kind"] == "run" and r["status"] != "missing"]
    had = {(r["server"], r["scenario"], r["rows"], r["peer"], r["n"]) for r in done}
    hopeless = {
        (r["server"], r["scenario"], r["rows"], r["peer"])
        for r in done
        if r["status"] != results.OK
    }
    for rows, peers, runs in plan(settings, scenario):
        for n in range(runs):
            turn = n % len(peers) if peers else 0
            for peer in [*peers[turn:], *peers[:turn]]:
                key = (server.name, scenario.key, rows, peer.key)
                if key in hopeless or (*key, n) in had:
                    continue
                record = one(server, scenario, rows, peer, settings.timeout)
                record |= dict(zip(("server", "scenario", "rows", "peer"), key, strict=True))
                record |= {"kind": "run", "n": n, "when": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
                results.append(settings.results, record)
                say(_line(record))
                if record["status"] != results.OK:
                    hopeless.add(key)


def everything(settings: Settings) -> None:
    """Every scenario on every server. A server that is not there is told and recorded."""
    for name in settings.servers:
        try:
            with servers.open_server(name, HOME) as server:
                say(f"{name} {server.version}")
                results.append(
                    settings.results, {"kind": "server", "name": name, "version": server.version}
                )
                for scenario in settings.scenarios:
                    scenario_runs(settings, server, scenario)
        except servers.UnavailableError as error:
            say(f"{name}: {error}")
            results.append(
                settings.results, {"kind": "server", "name": name, "missing": str(error)}
            )


def others(settings: Settings, records: list[results.Record]) -> list[results.Record]:
    """The records that these settings would not measure again."""
    names = {s.key for s in settings.scenarios}

    def again(r: results.Record) -> bool:
        return (
            r["kind"] == "run"
            and r["scenario"] in names
            and r["server"] in settings.servers
            and r["peer"] in settings.peers
        )

    return [r for r in records if not again(r)]
