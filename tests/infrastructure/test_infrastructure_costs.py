"""The table of costs at rest: each line is its quantity times its price, and the sums are right.

Prices are eu-west-1's, in USD, as docs/operations.md names them; quantities are what Terraform
makes and what the function sends.
"""

import re

import pytest
from infrastructure_deployment import REPOSITORY

PAGE = (REPOSITORY / "docs/operations.md").read_text()
HOURS = 730
ZONES = 2
ALARM, METRIC, ACU, ENDPOINT, REQUESTS = 0.10, 0.30, 0.14, 0.011, 0.40 / 1_000_000
POLLS = 5 * HOURS * 3600 / 20  # five pollers, each asks again after at most 20 s
BUDGET = 5.00

# What can be told from quantities: by the line's first words, staging and production.
LINES = {
    "Aurora, paused at 0 ACU / 2 instances at 0.5 ACU": (0, 2 * 0.5 * ACU * HOURS),
    "Aurora storage, 1 GB / 10 GB": (1 * 0.11, 10 * 0.11),
    "Metrics: 3 at rest": (3 * METRIC, 3 * METRIC),
    "12 alarms": (12 * ALARM, 12 * ALARM),
    "Queue: Lambda's poller": (POLLS * REQUESTS, POLLS * REQUESTS),
}


def table() -> dict[str, tuple[float, float]]:
    """The lines at rest, with what they cost in staging and in production."""
    at_rest = PAGE.partition("### At rest")[2].partition("###")[0]
    found = re.findall(
        r"^\| (.+?) \| \**(\d+\.\d\d)\** \| \**(\d+\.\d\d)\** \|$", at_rest, re.MULTILINE
    )
    return {
        line.strip("*"): (float(staging), float(production)) for line, staging, production in found
    }


def test_the_sums_are_those_of_the_lines() -> None:
    lines = table()
    total = lines.pop("sum")
    assert len(lines) == 13
    for at in (0, 1):
        assert total[at] == pytest.approx(sum(line[at] for line in lines.values()), abs=0.001)


def test_staging_at_rest_stays_within_its_budget() -> None:
    assert table()["sum"][0] < BUDGET


@pytest.mark.parametrize("first", LINES)
def test_a_line_is_its_quantity_times_its_price(first: str) -> None:
    (told,) = [cost for line, cost in table().items() if line.startswith(first)]
    assert told == pytest.approx(LINES[first], abs=0.006)


def test_the_alarms_that_are_paid_for_are_those_that_terraform_makes() -> None:
    alarms = (REPOSITORY / "modules/lambda/alarms.tf").read_text()
    fixed = re.findall(r"^    [a-z-]+ = \{$", alarms, re.MULTILINE)
    rules = 2  # the schedule's, and one for the feeds of one group
    assert f"| {len(fixed) + rules} alarms (0.10 each) |" in PAGE


def test_endpoints_cost_what_is_told() -> None:
    assert f"{ZONES * HOURS * ENDPOINT:.2f} for Secrets Manager's endpoint" in PAGE
    assert f"{3 * ZONES * HOURS * ENDPOINT:.2f} for three interface endpoints" in PAGE


def test_the_readme_tells_the_same_sum() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    ((told, lines),) = re.findall(
        r"staging costs (\d\.\d\d) USD a month: (.+?);", readme, re.DOTALL
    )
    assert float(told) == table()["sum"][0]
    parts = [float(part) for part in re.findall(r"\d\.\d\d", lines)]
    assert sum(parts) == pytest.approx(float(told), abs=0.001)
