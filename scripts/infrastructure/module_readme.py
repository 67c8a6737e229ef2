#!/usr/bin/env python3
"""Write a module's README.md: what it makes, its inputs, its outputs, an example.

    module_readme.py [--check] MODULE...      --check only says whether they are current

All of it is read from the module's files; the example is how the module is called here.
The first paragraphs, down to "## Inputs", are kept as they are written by hand.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CALLERS = [
    REPOSITORY / place / "main.tf"
    for place in ("modules/environment", "deployment/staging", "deployment/pipeline/staging")
]
GENERATED = "## Inputs"
NOTE = "<!-- From here on written by `make infrastructure_docs`. -->"


@dataclass(frozen=True)
class Block:
    """A top-level block of a formatted Terraform file: its label and its lines."""

    label: str
    body: str

    def attribute(self, name: str) -> str | None:
        """The text of an attribute, of several lines where it is an object; None without it."""
        found = re.search(rf"^  {name}\s+= (.*?)(?=^  [a-z]|^$|\Z)", self.body, re.M | re.S)
        return found.group(1).rstrip() if found else None

    def description(self) -> str:
        """The description without its quotes."""
        return (self.attribute("description") or "").strip('"').replace('\\"', '"')


def blocks(text: str, kind: str) -> list[Block]:
    """The blocks of a kind, such as variable, in the order of the file."""
    found = re.finditer(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.M | re.S)
    return [Block(match.group(1), match.group(2)) for match in found]


def cell(text: str) -> str:
    """Text as a cell of a table; the lines of an object become a list."""
    text = re.sub(r"(?<![({])\n\s*(?![)}])", ", ", text)
    return " ".join(text.split()).replace("|", "\\|")


def input_row(variable: Block) -> str:
    """Name, type, default and description of a variable."""
    default = variable.attribute("default")
    given = "required" if default is None else f"`{cell(default)}`"
    kind = cell(variable.attribute("type") or "any")
    return f"| `{variable.label}` | `{kind}` | {given} | {cell(variable.description())} |"


def called(name: str) -> tuple[Path, Block]:
    """Where a module is called, and how."""
    found = [(path, one) for path in CALLERS for one in blocks(path.read_text(), "module")]
    return next((path, one) for path, one in found if one.label == name)


def generated(module: Path) -> str:
    """The part of the README that is made from the module's files."""
    inputs = blocks((module / "variables.tf").read_text(), "variable")
    outputs = blocks((module / "outputs.tf").read_text(), "output")
    caller, call = called(module.name)
    lines = [
        GENERATED,
        "",
        NOTE,
        "",
        "| name | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    lines += [input_row(variable) for variable in inputs]
    lines += ["", "## Outputs", "", "| name | meaning |", "| --- | --- |"]
    lines += [f"| `{output.label}` | {cell(output.description())} |" for output in outputs]
    lines += [
        "",
        "## Example",
        "",
        f"As `{caller.relative_to(REPOSITORY)}` calls it:",
        "",
        "```hcl",
    ]
    lines += [f'module "{call.label}" {{', call.body.rstrip(), "}", "```", ""]
    return "\n".join(lines)


def readme(module: Path) -> str:
    """The whole README: its hand-written beginning and the generated rest."""
    path = module / "README.md"
    written = path.read_text() if path.exists() else f"# {module.name}\n\n"
    return written.split(GENERATED)[0] + generated(module)


def main(arguments: list[str]) -> int:
    """Write or check the README of each module; 1 where one is not current."""
    check = "--check" in arguments
    stale = 0
    for name in arguments:
        if name == "--check":
            continue
        path, text = Path(name) / "README.md", readme(Path(name).resolve())
        current = path.exists() and path.read_text() == text
        if not current and not check:
            path.write_text(text)
        elif not current:
            print(f"{path} is not current: make infrastructure_docs", file=sys.stderr)
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
