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


def _steps(shell: Shell, arguments: str) -> tuple[int, dict[str, str]]:
    """What a runner makes of the action's steps: the first bad status, and their outputs."""
    shell.write("bin/gh", GH).chmod(0o755)
    program = f'exec "{sys.executable}" -m csvferry "$@"'
    # Stands in for Python's venv: its pip writes down what it is to install.
    shell.write(
        "bin/python3",
        '#!/usr/bin/env bash\n[[ "$1 $2" == "-m venv" ]]\nmkdir -p "$3/bin"\n'
        'printf \'#!/usr/bin/env bash\\necho "${@: -1}" >>"$CALLS.installed"\\n\' >"$3/bin/pip"\n'
        f"printf '%s\\n' '#!/usr/bin/env bash' '{program}' >\"$3/bin/csvferry\"\n"
        'chmod +x "$3/bin/"*\n',
    ).chmod(0o755)
    action = _action()
    known = {
        "github.action_path": str(ROOT),
        "github.event.pull_request.number": "7",
        "github.repository": "owner/name",
        "github.token": "token",
        **{f"inputs.{name}": one.get("default", "") for name, one in action["inputs"].items()},
        "inputs.arguments": arguments,
        "inputs.token": "token",
    }
    outputs = shell.write("outputs", "")
    ours = {
        **os.environ,
        "BEFORE": str(shell.write("before", "")),
        "CALLS": str(shell.folder / "calls"),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(shell.folder / "summary"),
        "PATH": f"{shell.folder}/bin:{os.environ['PATH']}",
        "RUNNER_TEMP": str(shell.folder / "temp"),
        "XDG_STATE_HOME": str(shell.folder / "state"),
    }
    status = 0
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        given = {name: _filled(text, known) for name, text in step["env"].items()}
        script = shell.write("step", step["run"])
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(words, cwd=shell.folder, env={**ours, **given}, check=False)
        said = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        known |= {f"steps.{step.get('id')}.outputs.{name}": text for name, text in said.items()}
        if status := done.returncode:
            break
    told = {name: _filled(one["value"], known) for name, one in action["outputs"].items()}
    return status, told


def _filled(text: str, known: dict[str, str]) -> str:
    """The text with its expressions; one that a runner does not know is a KeyError."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: known[found[1]], text)


@pytest.mark.parametrize(("rows", "status"), [("1,Ann\n", 0), ("1,Ann,x\n", 3)])
def test_its_steps_install_this_checkout_and_plan(shell: Shell, rows: str, status: int) -> None:
    shell.write("people.csv", f"id,name\n{rows}")
    assert _steps(shell, "people.csv") == (status, {"status": str(status)})
    assert (shell.folder / "calls.installed").read_text() == f"{ROOT}\n"
    assert "--method POST repos/owner/name/issues/7/comments" in _calls(shell)[-1]
    assert "## csvferry plan" in (shell.folder / "summary").read_text()


def test_the_example_uses_inputs_that_there_are() -> None:
    workflow = yaml.safe_load((ROOT / "docs" / "examples" / "plan.yml").read_text())
    steps = workflow["jobs"]["plan"]["steps"]
    (step,) = [step for step in steps if step["uses"].startswith("csvferry/")]
    assert set(step["with"]) <= set(_action()["inputs"])
