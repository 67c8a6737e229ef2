#!/usr/bin/env python3
"""Point the function's alias at an older version, without a build.

    terragrunt output -json | rollback_function.py [VERSION]

Without VERSION: at the one before the newest. The next apply points it at the newest again.
Below LEAST_VERSION_WITH_QUEUE of docs/operations.md a version takes the queue's events for
nothing to do: go no further back while the queue is there.
"""

import sys
from collections.abc import Sequence
from typing import Any

from aws_cli import RefusedError, aws, environment_outputs


def versions(function: str) -> list[int]:
    """The published versions, oldest first."""
    found: list[dict[str, Any]] = aws(
        "lambda", "list-versions-by-function", {"FunctionName": function}
    )["Versions"]
    return sorted(int(one["Version"]) for one in found if one["Version"].isdigit())


def choose(published: Sequence[int], current: int, wanted: str | None) -> int:
    """The version to go to: the one wanted, else the one before the current."""
    older = [one for one in published if one < current]
    if wanted is not None:
        if not wanted.isdigit() or int(wanted) not in published:
            raise SystemExit(f"rollback_function: {wanted} is none of the versions {published}")
        return int(wanted)
    if not older:
        raise SystemExit(f"rollback_function: there is no version before {current}")
    return older[-1]


def main(arguments: Sequence[str]) -> int:
    """Move the alias; says from where to where."""
    outputs = environment_outputs(sys.stdin.read())
    function, alias = outputs["function_name"], outputs["function_alias"]
    named = {"FunctionName": function, "Name": alias}
    try:
        current = int(aws("lambda", "get-alias", named)["FunctionVersion"])
        wanted = arguments[0] if arguments and arguments[0] else None
        chosen = choose(versions(function), current, wanted)
        aws("lambda", "update-alias", {**named, "FunctionVersion": str(chosen)})
    except RefusedError as refused:
        print(f"rollback_function: {refused}", file=sys.stderr)
        return 1
    print(f"{function}:{alias} was version {current}, is version {chosen}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
