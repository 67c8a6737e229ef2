#!/usr/bin/env python3
"""Refuse a function's zip that is not there, or that Lambda would refuse.

    check_zip.py FILE

Terraform uploads it directly; AWS takes 52,428,800 bytes then (Lambda's quotas), and says so
only at the end of an apply. Terraform itself can't tell a file's size in reasonable time.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

DIRECT_UPLOAD = 52_428_800


def main(arguments: Sequence[str]) -> int:
    """0 where the file can be uploaded."""
    path = Path(arguments[0])
    if not path.exists():
        print(f"check_zip: {path} is not there: make prepare_lambda", file=sys.stderr)
        return 1
    size = path.stat().st_size
    if size > DIRECT_UPLOAD:
        print(
            f"check_zip: {path} has {size:,} bytes, Lambda takes {DIRECT_UPLOAD:,}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
