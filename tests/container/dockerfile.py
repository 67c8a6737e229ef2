"""The steps of a Dockerfile, carried out in folders, and its command on a root that is read-only.

For machines that have no builder of images and can't fetch one. `FROM` gives a copy of one base,
whatever image it names; of the instructions those are known that the project's Dockerfile has.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_HOST = ("/etc/hosts", "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
_NETWORK = re.compile(r"PIP_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(\w+)")


@dataclass
class Image:
    """A root and how its command is started; `environment` with what the base has."""

    root: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {
            "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        }
    )
    user: str = "0"
    workdir: str = "/"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Each instruction and what follows it, lines that go on joined."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name, rest.strip()


def build(dockerfile: Path, base: Path, folder: Path) -> Image:
    """Carry out the steps; the last stage's image. Needs root."""
    stages: dict[str, Image] = {}
    image = Image(base)
    for name, rest in instructions(dockerfile.read_text()):
        if name == "FROM":
            _, _, label = rest.partition(" AS ")
            label = label or str(len(stages))
            image = stages[label] = Image(_copied(base, folder / label))
        else:
            _carry_out(image, name, rest, dockerfile.parent, stages)
    return image


def _copied(base: Path, root: Path) -> Path:
    subprocess.run(["cp", "--archive", base, root], check=True)
    return root


def _carry_out(
    image: Image, name: str, rest: str, context: Path, stages: Mapping[str, Image]
) -> None:
    if name == "COPY":
        _copy(image.root, shlex.split(rest), context, stages)
    elif name == "RUN":
        _run(image, rest)
    elif name == "ENV":
        for setting in shlex.split(rest):
            key, _, value = setting.partition("=")
            known = image.environment
            known[key] = _VARIABLE.sub(lambda found: known.get(found[1], ""), value)  # noqa: B023
    elif name == "USER":
        image.user = rest
    elif name == "WORKDIR":
        image.workdir = rest
    elif name == "ENTRYPOINT":
        image.entrypoint = tuple(json.loads(rest))
    elif name == "CMD":
        image.command = tuple(json.loads(rest))
    else:
        raise ValueError(f"the instruction {name} is not known here")


def _copy(root: Path, words: Sequence[str], context: Path, stages: Mapping[str, Image]) -> None:
    """As Docker does it: of a folder what is in it, into a folder where the target ends in `/`."""
    if words[0].startswith("--from="):
        context = stages[words[0].removeprefix("--from=")].root
        words = words[1:]
    *sources, target = words
    place = root / target.lstrip("/")
    for source in sources:
        found = context / source.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
        else:
            into = place / found.name if target.endswith("/") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, into)


def _run(image: Image, command: str) -> None:
    """With the machine's own way to the network, which leaves nothing in the image."""
    given = {name: value for name, value in os.environ.items() if _NETWORK.fullmatch(name)}
    kept = {path: _read(image.root / path[1:]) for path in _HOST}
    for path in _HOST:
        if Path(path).exists():
            (image.root / path[1:]).write_bytes(Path(path).read_bytes())
    words = [*_environment({**given, **image.environment}), "/bin/sh", "-c", command]
    script = """set -e
mount -t proc proc "$0/proc"
mount --bind /dev "$0/dev"
exec chroot "$0" "$@"
"""
    try:
        _in_namespace(script, image.root, words, check=True)
    finally:
        for path, before in kept.items():
            _write(image.root / path[1:], before)


def run(
    image: Image, volume: Path, words: Sequence[str] = (), *, program: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """As `docker run --read-only --tmpfs /scratch -v VOLUME:/state`, without a network.

    `program` stands in for the image's entrypoint.
    """
    group = _group(image)
    told = (*(program or image.entrypoint), *(words or (() if program else image.command)))
    script = f"""set -e
root=$0
mount --bind "$root" "$root"
mount --bind {shlex.quote(str(volume))} "$root/state"
mount -t tmpfs -o mode=1777 tmpfs "$root/scratch"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec={image.user}:{group} --groups= "$root" "$@"
"""
    inside = f'cd {shlex.quote(image.workdir)} && exec "$@"'
    started = [*_environment(image.environment), "/bin/sh", "-c", inside, "sh", *told]
    return _in_namespace(script, image.root, started, more=("--net",))


def _group(image: Image) -> str:
    """The user's group, as /etc/passwd of the image has it."""
    users = (image.root / "etc/passwd").read_text().splitlines()
    (group,) = [user.split(":")[3] for user in users if user.split(":")[2] == image.user]
    return group


def _in_namespace(
    script: str, root: Path, words: Sequence[str], *, check: bool = False, more: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    command = ["unshare", "--mount", *more, "/bin/sh", "-c", script, str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}")
    return done


def _environment(variables: Mapping[str, str]) -> list[str]:
    return ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items())]


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
