"""Writes what is made from the options of a feed: docs.py; docs.py --check only compares.

docs/cli.md, from the commands' own --help; docs/csvferry.schema.json; every key of csvferry.toml
with an example, docs/reference/configuration.md; and the types of the Python functions' options,
src/csvferry/config/typed_options.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from csvferry.config.columns.rules import ColumnFields
from csvferry.config.feed import Feed, field_options
from csvferry.config.json_schema import configuration_schema
from csvferry.config.read_options import ReadFields

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
KEYS = ROOT / "docs" / "reference" / "configuration.md"
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

KEYS_HEAD = """# csvferry.toml

Made by `make docs` from the fields of a feed. `[[feeds]]` begins a feed, `[defaults]` holds options
of every feed that does not set them. Relative paths count from the file's folder. Hyphens do for
underscores. Editors check the file by [csvferry.schema.json](../csvferry.schema.json): write
`#:schema csvferry.schema.json` as its first line.

```toml title="csvferry.toml"
[defaults]
to = "sqlite:///shop.db"
mode = "upsert"

[[feeds]]
source = "people.csv"
key = "id"
unique = ["email"]

[[feeds]]
name = "towns"
source = "towns/"
table = "towns"
mode = "mirror"
max_deletes = "2%"
```

```csv title="people.csv"
id,email
1,ada@example.com
```

```csv title="towns/all.csv"
id,name
1,London
```

```bash
csvferry sync
csvferry sync --feed towns
```
"""

EXAMPLES = {
    "source": '"s3://example-bucket/incoming/people/"',
    "name": '"people"',
    "runner": '"task"',
    "on_success": '["curl", "--silent", "--max-time", "10", "https://hc.example.com/ping/people"]',
    "on_failure": '["/usr/local/bin/mail-report", "data@example.com"]',
    "to": '"mysql://app@db.example.com/shop?ssl-ca=/etc/ssl/rds.pem"',
    "table": '"people"',
    "key": '["id", "town"]',
    "unique": '["email", ["first", "last"]]',
    "mode": '"mirror"',
    "settles": '"202611281336447483a70308ab"',
    "types": '{ zip = "VARCHAR(10)", price = "DECIMAL(10,2)" }',
    "timezone": '"Europe/Berlin"',
    "full": "true",
    "allow_untested_server": "true",
    "copy_unsafe_links": "true",
    "state": '"s3://example-bucket/state/"',
    "memory": '"1GB"',
    "max_rejects": '"1%"',
    "max_deletes": "500",
    "max_changes": '"20%"',
    "min_rows": '"90%"',
    "allow_empty": "true",
    "run_column": '"_run"',
    "on_delete": '"mark:deleted_at"',
    "dialect": '"spark"',
    "delimiter": '";"',
    "quote": '"\'"',
    "escape": '"quoted"',
    "null": """["", "\\\\N"]""",
    "null_quoted": "true",
    "header": "false",
    "line_end": '"crlf"',
    "encoding": '"cp1252"',
    "skip_lines": "3",
    "skip_footer": "1",
    "comment": '"#"',
    "columns": '{ Balance = { decimal = ",", thousands = "." } }',
    "rename": '{ "E-mail" = "email" }',
    "ignore": '["Internal"]',
    "extra_columns": '"add"',
    "date": '{ born = "%d/%m/%Y" }',
    "decimal": '","',
    "thousands": '"."',
    "true": '["yes", "Y"]',
    "false": '["no", "N"]',
    "snapshot": "true",
    "keep_raw": "false",
    "keep_rejects": '"30d"',
}
GROUPS = (
    (
        "Where the rows come from and go to",
        ("source", "name", "to", "table", "key", "unique", "mode"),
    ),
    ("Guards", ("max_rejects", "max_deletes", "max_changes", "min_rows", "allow_empty")),
    ("Marks on rows", ("run_column", "on_delete")),
    ("How the file is written", tuple(ReadFields.model_fields)),
    ("Columns and rejects", tuple(ColumnFields.model_fields)),
)

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


def keys() -> str:
    """The page of every key."""
    grouped = {name for _, names in GROUPS for name in names}
    others = tuple(name for name in Feed.model_fields if name not in grouped)
    sections = [KEYS_HEAD]
    for title, names in (*GROUPS, ("The run", others)):
        sections += [f"## {title}\n", *map(_key, names)]
    return "\n".join(sections)


def _key(name: str) -> str:
    """A key: what it is, its default, its option on the command line, an example."""
    field, option = Feed.model_fields[name], field_options().get(name)
    text = (option.help if option else field.description) or ""
    default = field.get_default(call_default_factory=True)
    shown = option.default if option and option.default else _default(default)
    lines = [f"### `{name}`\n", text + (f" Without it: {shown}." if shown else "")]
    if option:
        word = f"--{option.word(name)}" + (f" {option.metavar}" if option.metavar else "")
        lines.append(f"On the command line: `{word}`.")
    return "\n".join([*lines, f"\n```toml\n{name} = {EXAMPLES[name]}\n```\n"])


def _default(value: object) -> str:
    """A field's own default in words; nothing where there is none, or a switch is off."""
    wanted = value not in (PydanticUndefined, None, (), {}) and not isinstance(value, bool)
    return f"`{value}`" if wanted else ""


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
    made = {PAGE: page(), KEYS: keys(), SCHEMA: schema(), TYPES: types()}
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
