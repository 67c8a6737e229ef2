#!/usr/bin/env python3
"""Build the tasks' image for arm64 and push it to the environment's registry.

    terragrunt output -json | push_image.py TAG

Needs docker with buildx. The registry's password goes by standard input, in no argument.
"""

import base64
import re
import subprocess
import sys

from aws_cli import RefusedError, aws, environment_outputs

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def main(arguments: list[str]) -> int:
    """Sign in, build, push."""
    if len(arguments) != 1 or not TAG.fullmatch(arguments[0]):
        print("push_image: which tag? (TAG=v1)", file=sys.stderr)
        return 2
    registry = environment_outputs(sys.stdin.read())["registry"]
    if registry is None:
        print("push_image: no registry: set `task` in environment.hcl and apply", file=sys.stderr)
        return 1
    try:
        token = aws("ecr", "get-authorization-token", {})["authorizationData"][0]
    except RefusedError as refused:
        print(f"push_image: {refused}", file=sys.stderr)
        return 1
    password = base64.b64decode(token["authorizationToken"]).split(b":", 1)[1]
    host = registry.split("/")[0]
    image = f"{registry}:{arguments[0]}"
    login = ["docker", "login", "--username", "AWS", "--password-stdin", host]
    subprocess.run(login, input=password, check=True)
    build = ["docker", "buildx", "build", "--platform", "linux/arm64", "--provenance=false"]
    subprocess.run([*build, "--tag", image, "--push", "."], check=True)
    print(f'{image}: pushed; set task.image_tag = "{arguments[0]}" in environment.hcl and apply')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
