#!/usr/bin/env python3
"""Print the grants of an environment's database user, by its settings alone.

    grants_of.py ENVIRONMENT [--csvferry PROGRAM]

Needs no credentials and no deployment: the pipeline prints them where the function is built,
and a later job, which has credentials and installs nothing, carries them out.
"""

import argparse
import subprocess
import sys

import settings


def main() -> int:
    """Call `csvferry grants` with what common.hcl and environment.hcl say."""
    parser = argparse.ArgumentParser(description="Print the grants of the database user.")
    parser.add_argument("environment")
    parser.add_argument("--csvferry", default="csvferry")
    given = parser.parse_args()
    own = settings.inputs(settings.read(), given.environment)["settings"]
    tables = sorted({feed["table"] for feed in own["feeds"]})
    command = [given.csvferry, "grants", "--user", own["database_user"]]
    command += ["--database", own["database_name"]]
    command += ["--iam"] if own["sign_in"] == "iam" else []
    command += [word for table in tables for word in ("--table", table)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
