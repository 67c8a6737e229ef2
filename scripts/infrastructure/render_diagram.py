#!/usr/bin/env python3
"""Render a Graphviz text to an SVG and a PNG beside it, each marked with the text's hash.

    render_diagram.py [--check] FILE.dot      --check only says whether they are current

Rendering needs `dot` (apt or brew install graphviz); checking does not.
"""

import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

MARK = "rendered from sha256 "
IEND = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def mark(text: bytes) -> str:
    """What says which text a picture is of."""
    return MARK + hashlib.sha256(text).hexdigest()


def render(source: Path, kind: str) -> bytes:
    """The picture, as Graphviz draws it."""
    command = ["dot", f"-T{kind}", *(["-Gdpi=144"] if kind == "png" else []), str(source)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def marked_svg(picture: bytes, note: str) -> bytes:
    """An SVG with a comment at its end."""
    return picture.rstrip() + f"\n<!-- {note} -->\n".encode()


def marked_png(picture: bytes, note: str) -> bytes:
    """A PNG with a tEXt chunk before its end (PNG specification, 11.3.3.2)."""
    content = b"tEXtComment\x00" + note.encode()
    chunk = len(content[4:]).to_bytes(4, "big") + content + zlib.crc32(content).to_bytes(4, "big")
    return picture.removesuffix(IEND) + chunk + IEND


def main(arguments: list[str]) -> int:
    """Render, or check, one diagram; 1 where a picture is not of the text."""
    check = "--check" in arguments
    (name,) = (one for one in arguments if one != "--check")
    source = Path(name)
    note = mark(source.read_bytes())
    pictures = {"svg": marked_svg, "png": marked_png}
    if not check:
        for kind, marked in pictures.items():
            source.with_suffix(f".{kind}").write_bytes(marked(render(source, kind), note))
        return 0
    stale = [
        path
        for path in (source.with_suffix(f".{kind}") for kind in pictures)
        if not path.exists() or note.encode() not in path.read_bytes()
    ]
    for path in stale:
        print(f"{path} is not of {source}: make infrastructure_docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
