"""The function as Lambda runs it cold: a new Python imports the handler, one event, its end.

    PYTHON function_process.py

Run by the Python that csvferry is installed in. Prints the report alone; the logs, which Lambda
takes from standard output, go to standard error.
"""

import json
import sys
from types import SimpleNamespace

_HOUR = {
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "resources": ["arn:aws:events:eu-central-1:000000000000:rule/hourly"],
    "detail": {},
}
_TIME_LEFT = 900_000  # milliseconds, the most that Lambda gives


def main() -> None:
    """Import, answer, print."""
    printed, sys.stdout = sys.stdout, sys.stderr
    from csvferry.aws.handler import handler

    def time_left() -> int:
        return _TIME_LEFT

    context = SimpleNamespace(aws_request_id="bench", get_remaining_time_in_millis=time_left)
    (report,) = handler(_HOUR, context)["reports"]
    print(json.dumps(report), file=printed)


if __name__ == "__main__":
    main()
