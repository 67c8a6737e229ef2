#!/usr/bin/env python3
"""Print what common.hcl and environment.hcl say.

    settings.py NAME                one value of common.hcl (lists and maps as JSON)
    settings.py ENVIRONMENT NAME    one value of environment.hcl
    settings.py ENVIRONMENT         the inputs of that environment, as JSON
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

ROOT = Path(__file__).parents[2]
EVERYTHING = "jsonencode({common = local.common, environments = local.environments})"
ZIP = "../../build/lambda_function.zip"


def read(root: Path = ROOT) -> dict[str, Any]:
    """Both files, evaluated: {"common": {...}, "environments": {"staging": {...}, ...}}."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("common", "environment"):
            shutil.copy(root / f"{name}.hcl", Path(folder) / f"{name}.tf")
        shutil.copy(root / "scripts/infrastructure/settings/outputs.tf", folder)
        done = subprocess.run(
            [os.environ.get("TERRAFORM", "terraform"), f"-chdir={folder}", "console"],
            input=EVERYTHING + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
    answers = [line for line in done.stdout.splitlines() if line.startswith('"')]
    if done.returncode or len(answers) != 1:  # around it there may be warnings
        raise SystemExit(f"settings.py: {done.stderr.strip()} {done.stdout.strip()}")
    settings: dict[str, Any] = json.loads(json.loads(answers[0]))
    return settings


def inputs(settings: dict[str, Any], environment: str) -> dict[str, Any]:
    """What deployment/root.hcl gives to Terraform for an environment."""
    own = settings["environments"][environment]
    return {"environment": environment, "settings": {**settings["common"], **own}, "zip": ZIP}


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
