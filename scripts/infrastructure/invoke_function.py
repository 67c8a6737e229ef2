#!/usr/bin/env python3
"""Invoke a deployed function once, and wait for as long as it runs.

    terragrunt output -json | invoke_function.py '{"feed": "emails", "plan": true}'

Prints what it answered. Exit status 1: it failed, or a check of its doctor did.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from aws_cli import RefusedError, environment_outputs, invoke


def failed_checks(answer: Any) -> list[str]:
    """What `{"doctor": true}` found wrong, and what to do about it; empty for other answers."""
    findings = answer.get("findings", []) if isinstance(answer, dict) else []
    return [
        f"{one.get('feed') or 'function'}: {one['name']}: {one['told']}"
        + (f" ({one['mend']})" if one.get("mend") else "")
        for one in findings
        if one["ok"] is False
    ]


def main(arguments: Sequence[str]) -> int:
    """Invoke with the one argument, a JSON object."""
    try:
        payload = json.loads(arguments[0])
    except (IndexError, ValueError):
        print("invoke_function: what it is to do, as JSON: '{\"doctor\": true}'", file=sys.stderr)
        return 2
    outputs = environment_outputs(sys.stdin.read())
    try:
        answer, failed = invoke(outputs["function_name"], outputs["function_alias"], payload)
    except RefusedError as refused:
        print(f"invoke_function: {refused}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2))
    wrong = failed_checks(answer)
    for one in wrong:
        print(f"invoke_function: {one}", file=sys.stderr)
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
