"""Writes what is made from the options of a feed: docs.py; docs.py --check only compares.

docs/cli.md, from the commands' own --help; docs/csvferry.schema.json; and the types of the Python
functions' options, src/csvferry/config/typed_options.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from csvferry.config.json_schema import configuration_schema

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
SCHEMA = ROOT / "docs" / "csvferry.schema.json"
TYPES = ROOT / "src" / "csvferry" / "config" / "typed_options.py"
COMMANDS = (
    *("sync", "plan", "check", "history", "rejects", "report", "verify", "dialects", "doctor"),
    "grants",
)
HEAD = """# The command line

Made by `make docs` from the commands' own help. What scripts rely on: the exit status (0 done or
nothing to do, 1 failed with nothing changed, 2 invalid arguments or configuration, 3 stopped by a
guard with nothing changed) and the keys of `--json`.
"""

TYPES_HEAD = '''"""Made by `make docs` from a feed's fields: the options of the Python functions."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from csvferry.config.columns.rules import Extra
from csvferry.model.mapping import Mode


class FeedOptions(TypedDict, total=False):
    """What `sync`, `plan`, `check` and `sync_all` take beside the source; None means: not given."""
'''


def page() -> str:
    """The whole page."""
    sections = [HEAD, _section("csvferry", [])]
    sections += [_section(f"csvferry {name}", [name]) for name in COMMANDS]
    return "\n".join(sections)


def _section(title: str, words: list[str]) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERMINAL_WIDTH": "100"}
    shown = subprocess.run(
        [sys.executable, "-m", "csvferry", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    text = "\n".join(line.rstrip() for line in shown.strip().splitlines())
    return f"## {title}\n\n```text\n{text}\n```\n"


def schema() -> str:
    """The JSON schema of csvferry.toml."""
    return json.dumps(configuration_schema(), indent=2) + "\n"


def types() -> str:
    """The module with the types of the Python functions' options."""
    properties = configuration_schema()["$defs"]["Feed"]["properties"]
    fields = [
        f"    {name}: {_type(kind)} | None"
        for name, kind in properties.items()
        if name.isidentifier() and name != "source"
    ]
    return "\n".join([TYPES_HEAD, *fields, ""])


def _type(kind: dict[str, Any]) -> str:
    """A JSON schema as a Python type."""
    if "$ref" in kind:
        kind = configuration_schema()["$defs"][kind["$ref"].rsplit("/", 1)[1]]
    if "enum" in kind:
        words = f"Literal[{', '.join(json.dumps(word) for word in kind['enum'])}]"
        return f"{kind['title']} | {words}" if "title" in kind else words
    if parts := kind.get("anyOf"):
        return " | ".join(dict.fromkeys(_type(part) for part in parts if part != {"type": "null"}))
    if isinstance(words := kind["type"], list):
        return " | ".join(_type({"type": word}) for word in words)
    if words == "array":
        return f"Sequence[{_type(kind['items'])}]"
    if kind.get("additionalProperties") is False:
        return "Mapping[str, object]"
    if words == "object":
        return f"Mapping[str, {_type(kind['additionalProperties'])}]"
    return {"string": "str", "integer": "int", "boolean": "bool"}[words]


def main() -> int:
    """Write the files, or say which is not current."""
    made = {PAGE: page(), SCHEMA: schema(), TYPES: types()}
    if "--check" not in sys.argv:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [p for p, text in made.items() if not p.exists() or p.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not current: run `make docs`", file=sys.stderr)
    return len(stale)


if __name__ == "__main__":
    sys.exit(main())
