#!/usr/bin/env python3
"""Print what common.hcl and environment.hcl say.

    settings.py NAME                one value of common.hcl (lists and maps as JSON)
    settings.py ENVIRONMENT NAME    one value of environment.hcl
    settings.py ENVIRONMENT         all inputs of that environment, as JSON
    settings.py                     everything, as JSON

Terraform itself reads the files (its binary is `terraform`, or what TERRAFORM names).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MODULE = Path(__file__).parent / "settings"
EVERYTHING = "jsonencode({common = local.common, environments = local.environments})"
ZIP = "../../build/lambda_function.zip"


def read(module: Path = MODULE) -> dict[str, Any]:
    """Both files, evaluated: {"common": {...}, "environments": {"staging": {...}, ...}}."""
    with tempfile.TemporaryDirectory() as folder:  # the console locks the folder that it reads
        copy = shutil.copytree(module, Path(folder) / "settings")
        done = subprocess.run(
            [os.environ.get("TERRAFORM", "terraform"), f"-chdir={copy}", "console"],
            input=EVERYTHING + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
    lines = done.stdout.splitlines()
    if done.returncode or not lines or not lines[-1].startswith('"'):
        raise SystemExit(f"settings.py: {done.stderr.strip()} {done.stdout.strip()}")
    settings: dict[str, Any] = json.loads(json.loads(lines[-1]))
    return settings


def inputs(settings: dict[str, Any], environment: str) -> dict[str, Any]:
    """What terragrunt.hcl gives to Terraform for an environment."""
    own = settings["environments"][environment]
    return {**settings["common"], **own, "environment": environment, "zip": ZIP}


def main(arguments: list[str]) -> int:
    """Print what the arguments name; 2 where there is no such thing."""
    settings = read()
    found: Any = settings
    try:
        match arguments:
            case []:
                pass
            case [environment] if environment in settings["environments"]:
                found = inputs(settings, environment)
            case [name]:
                found = settings["common"][name]
            case [environment, name]:
                found = settings["environments"][environment][name]
            case _:
                raise KeyError(" ".join(arguments))
    except KeyError as missing:
        print(f"settings.py: nothing is called {missing}", file=sys.stderr)
        return 2
    print(found if isinstance(found, str) else json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
