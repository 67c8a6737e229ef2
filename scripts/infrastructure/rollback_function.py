#!/usr/bin/env python3
"""Point the function's alias at an older version, without a build.

    terragrunt output -json | rollback_function.py [VERSION]

Without VERSION: at the one before the current. The next apply points it at the newest again.
A version of before the queue takes its events for nothing to do, and they are deleted as done:
such a one is refused, and the least version is named.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cli import RefusedError, aws, environment_outputs


def versions(function: str) -> dict[int, bool]:
    """The published versions, oldest first, and whether each knows the queue."""
    found: list[dict[str, Any]] = aws(
        "lambda", "list-versions-by-function", {"FunctionName": function}
    )["Versions"]
    published = [one for one in found if one["Version"].isdigit()]  # not $LATEST
    return dict(sorted((int(one["Version"]), knows_the_queue(one)) for one in published))


def knows_the_queue(version: Mapping[str, Any]) -> bool:
    """Feeds came to lie in the bucket with the release that brought the queue; a version keeps its
    variables. Who may not use the key that encrypts them is shown none."""
    variables = version.get("Environment", {}).get("Variables", {})
    return str(variables.get("CSVFERRY_FEEDS", "")).startswith("s3://")


def choose(published: Mapping[int, bool], current: int, wanted: str | None) -> int:
    """The version to go to: the one wanted, else the one before the current."""
    if wanted is None:
        chosen = max((one for one in published if one < current), default=None)
        if chosen is None:
            raise SystemExit(f"rollback_function: there is no version before {current}")
    elif wanted.isdigit() and int(wanted) in published:
        chosen = int(wanted)
    else:
        raise SystemExit(f"rollback_function: {wanted} is none of the versions {[*published]}")
    if not published[chosen]:
        least = min((one for one, knows in published.items() if knows), default=None)
        raise SystemExit(
            f"rollback_function: version {chosen} is not known to take the queue's events, which it"
            " would delete as done; "
            + (f"the least version that does is {least}" if least else "may you use the key?")
        )
    return chosen


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
