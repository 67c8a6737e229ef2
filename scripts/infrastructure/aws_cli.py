"""The AWS command line and Terraform's outputs, as the other scripts here use them."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

# What must not be done twice: the command line would try again after a time-out of its own,
# while the first call still runs.
ONCE = {"lambda", "rds-data"}


class RefusedError(Exception):
    """The AWS command line said no; its own words."""


def aws(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """One call of the AWS command line; what it sends is in a file, not in an argument."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        command = ["aws", service, operation, "--output", "json"]
        return _run([*command, "--cli-input-json", f"file://{file.name}"])


def _run(command: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "AWS_PAGER": ""}
    if command[1] in ONCE:
        environment["AWS_MAX_ATTEMPTS"] = "1"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stderr.strip())
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    return answer


def invoke(function: str, alias: str, payload: dict[str, Any]) -> tuple[Any, bool]:
    """What the function answered, and whether it failed; waits for as long as it runs."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "payload", Path(folder) / "answer"
        given.write_text(json.dumps(payload))
        # Never ends by itself: after the default of 60 s it would be sent again.
        command = ["aws", "lambda", "invoke", "--output", "json", "--cli-read-timeout", "0"]
        command += ["--function-name", function, "--qualifier", alias]
        told = _run([*command, "--payload", f"fileb://{given}", str(answer)])
        return json.loads(answer.read_text()), "FunctionError" in told


def environment_outputs(printed: str) -> dict[str, Any]:
    """The outputs of modules/environment in what `terragrunt output -json` printed.

    Newer Terraforms print warnings before it: what begins with a brace of its own line counts.
    """
    found = re.search(r"^\{.*", printed, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit("no outputs were given: is the environment applied?")
    outputs: dict[str, Any] = json.JSONDecoder().raw_decode(found.group())[0]
    if "environment" not in outputs:
        raise SystemExit("these are no outputs of a deployment: is the environment applied?")
    values: dict[str, Any] = outputs["environment"]["value"]
    return values
