#!/usr/bin/env python3
"""Build the function's zip from requirements.txt and src/, the same bytes from the same source.

    build_function.py --architecture arm64 --python 3.13 --output build/lambda_function.zip

Wheels are taken by their hashes for the function's platform, whatever machine this runs on, and
unpacked as they are: nothing is compiled or installed, and no code of theirs runs.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
# Runtimes on Amazon Linux 2023; python3.11 is on 2, whose glibc 2.26 DuckDB's x86_64 wheel is too
# new for (AWS Lambda developer guide, "Lambda runtimes").
PYTHONS = ("3.12", "3.13", "3.14")
GLIBC = 34
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Terminal and command line: the function has neither.
LEFT_OUT = {
    *("annotated-doc", "click", "markdown-it-py", "mdurl", "pygments", "rich"),
    *("shellingham", "typer"),
}
USELESS_FOLDERS = {"__pycache__", "tests", "test", "testing"}
USELESS_SUFFIXES = (".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp")
KEPT_METADATA = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
MAX_ZIPPED, MAX_UNPACKED = 70_000_000, 200_000_000
EPOCH = (1980, 1, 1, 0, 0, 0)


def platforms(architecture: str) -> list[str]:
    """The platform tags that run there, newest first."""
    machine = MACHINES[architecture]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
    return [*tags, f"manylinux2014_{machine}"]


def chosen(lock: str, architecture: str, python: str) -> str:
    """The requirements of the function; pip would judge markers by the Python that runs it."""
    target = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": MACHINES[architecture],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return "".join(kept for block in _blocks(lock) if (kept := _kept(block, target)))


def _blocks(lock: str) -> Iterator[str]:
    """One requirement with its hashes at a time."""
    lines: list[str] = []
    for line in lock.splitlines():
        if not line or line.startswith("#"):
            continue
        if lines and not line[0].isspace():
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    if lines:
        yield "\n".join(lines)


def _kept(block: str, target: Mapping[str, str]) -> str:
    head, _, hashes = block.partition("\n")
    requirement = Requirement(head.rstrip(" \\"))
    if canonicalize_name(requirement.name) in LEFT_OUT:
        return ""
    if requirement.marker and not requirement.marker.evaluate(dict(target)):
        return ""
    return f"{requirement.name}{requirement.specifier} \\\n{hashes}\n"


def download(requirements: str, architecture: str, python: str, folder: Path) -> list[Path]:
    """Wheels of the requirements for the function's platform, each by its hash."""
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--only-binary=:all:", "--no-deps", "--implementation=cp"]
    command += ["--python-version", python, "--requirement", str(listed), "--dest", str(folder)]
    command += [f"--platform={platform}" for platform in platforms(architecture)]
    subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


def contents(wheels: list[Path], source: Path) -> dict[str, bytes]:
    """Every file of the function by its path in the zip."""
    files: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if (path := placed(name)) and needed(path):
                    files[path] = archive.read(name)
    for file in source.rglob("*"):
        path = f"{source.name}/{file.relative_to(source).as_posix()}"
        if file.is_file() and needed(path):
            files[path] = file.read_bytes()
    return files


def placed(name: str) -> str | None:
    """Where a wheel's file goes: `x.data/purelib/` is the root, other `.data/` is for programs."""
    first, *rest = name.split("/")
    if not first.endswith(".data"):
        return name
    return "/".join(rest[1:]) if rest[0] in ("purelib", "platlib") else None


def needed(path: str) -> bool:
    """Whether the function reads this file, or a licence asks for it."""
    parts = PurePosixPath(path).parts
    if path.endswith("/") or path.endswith(USELESS_SUFFIXES) or USELESS_FOLDERS & {*parts[:-1]}:
        return False
    if parts[0].endswith(".dist-info"):
        return parts[-1].upper().startswith(KEPT_METADATA)
    return parts[-1] != "py.typed"


def write(files: Mapping[str, bytes], target: Path) -> None:
    """Write the zip: sorted, with one time and two modes, nothing of the machine it is made on."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = 3  # Unix, also when built elsewhere
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if ".so" in PurePosixPath(path).suffixes else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, files[path])
    fresh.replace(target)


def build(
    architecture: str, python: str, target: Path, source: Path = ROOT / "src" / "csvferry"
) -> tuple[int, int]:
    """Build the zip; its size and that of what is in it, in bytes."""
    lock = (ROOT / "requirements.txt").read_text()
    with tempfile.TemporaryDirectory(prefix="csvferry-function-") as folder:
        wheels = download(chosen(lock, architecture, python), architecture, python, Path(folder))
        files = contents(wheels, source)
    write(files, target)
    return target.stat().st_size, sum(map(len, files.values()))


def too_large(zipped: int, unpacked: int) -> bool:
    """Whether the function is over its own limits, which keep below Lambda's."""
    return zipped > MAX_ZIPPED or unpacked > MAX_UNPACKED


def main() -> int:
    """Build, print the sizes, fail when they are too large."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--architecture", choices=sorted(MACHINES), default="arm64")
    parser.add_argument("--python", choices=PYTHONS, default="3.13")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "lambda_function.zip")
    words = parser.parse_args()
    zipped, unpacked = build(words.architecture, words.python, words.output)
    print(
        f"{words.output.name} for {words.architecture}, Python {words.python}:"
        f" {zipped / 1e6:.1f} MB zipped (limit {MAX_ZIPPED / 1e6:.0f}),"
        f" {unpacked / 1e6:.1f} MB unpacked (limit {MAX_UNPACKED / 1e6:.0f})"
    )
    if too_large(zipped, unpacked):
        print("build_function: too large for the function", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
