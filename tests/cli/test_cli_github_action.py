"""The GitHub Action: its file, and its script with a `gh` that writes down what it is asked."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.shell import Shell

ROOT = Path(__file__).parents[2]
GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$CALLS"
for word in "$@"; do
  case $word in
    body=@*) cp "${word#body=@}" "$CALLS.body" ;;
    --jq) cat "$BEFORE" ;;
  esac
done
"""


def _action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return found


def _run(shell: Shell, arguments: str, before: str = "", **more: str) -> tuple[int, str]:
    """The script's status, and the comment that it made."""
    tools = shell.folder / "bin"
    shell.write("bin/gh", GH).chmod(0o755)
    python = f'#!/usr/bin/env bash\nexec "{sys.executable}" -m csvferry "$@"\n'
    shell.write("bin/csvferry", python).chmod(0o755)
    given = {
        "ARGUMENTS": arguments,
        "BEFORE": str(shell.write("before", before)),
        "CALLS": str(shell.folder / "calls"),
        "COMMENT": "true",
        "GITHUB_STEP_SUMMARY": str(shell.folder / "summary"),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PULL_REQUEST": "7",
        "REPOSITORY": "owner/name",
        "XDG_STATE_HOME": str(shell.folder / "state"),
    }
    script = str(ROOT / "scripts" / "plan_comment")
    done = subprocess.run(
        [script], cwd=shell.folder, env={**os.environ, **given, **more}, check=False
    )
    body = shell.folder / "calls.body"
    return done.returncode, body.read_text() if body.exists() else ""


def _calls(shell: Shell) -> list[str]:
    path = shell.folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_the_plan_is_commented_and_in_the_summary(shell: Shell) -> None:
    shell.write("the people.csv", "id,name\n1,Ann\n")
    status, comment = _run(shell, "the people.csv\n--table\npeople\n")
    assert status == 0
    assert comment.startswith("<!-- csvferry plan -->\n## csvferry plan")
    assert "| `1` | `Ann` |" in comment
    assert (shell.folder / "summary").read_text() == comment
    assert "--method POST repos/owner/name/issues/7/comments" in _calls(shell)[-1]


def test_the_comment_of_the_run_before_is_replaced(shell: Shell) -> None:
    shell.write("people.csv", "id\n1\n")
    _run(shell, "people.csv", before="123\n456\n")
    assert "--method PATCH repos/owner/name/issues/comments/123" in _calls(shell)[-1]


def test_a_guard_fails_the_step_and_is_told(shell: Shell) -> None:
    shell.write("people.csv", "id,name\n1,Ann,x\n")
    status, comment = _run(shell, "people.csv")
    assert status == 3
    assert "A guard would stop this run" in comment


@pytest.mark.parametrize("given", [{"COMMENT": "false"}, {"PULL_REQUEST": ""}])
def test_where_no_comment_is_asked_for_none_is_made(shell: Shell, given: dict[str, str]) -> None:
    shell.write("people.csv", "id\n1\n")
    assert _run(shell, "people.csv", **given) == (0, "")
    assert _calls(shell) == []


def test_words_are_no_shell(shell: Shell) -> None:
    shell.write("people.csv", "id\n1\n")
    _run(shell, "people.csv\n--table\n$(touch ran); `touch ran`")
    assert not (shell.folder / "ran").exists()


def test_inputs_reach_the_steps_by_the_environment_alone() -> None:
    action = _action()
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    assert [step["run"] for step in steps if "${{" in step["run"]] == []
    used = {name for step in steps for name in re.findall(r"inputs\.(\w+)", str(step["env"]))}
    assert used == set(action["inputs"])


def test_the_example_uses_inputs_that_there_are() -> None:
    workflow = yaml.safe_load((ROOT / "docs" / "examples" / "plan.yml").read_text())
    steps = workflow["jobs"]["plan"]["steps"]
    (step,) = [step for step in steps if step["uses"].startswith("csvferry/")]
    assert set(step["with"]) <= set(_action()["inputs"])
