"""What the files and scripts decide, without AWS: settings, plans, versions, answers."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import aws_cli
import check_plan
import check_zip
import invoke_function
import pytest
import restore_database
import rollback_function
from infrastructure_deployment import REPOSITORY, need

import settings

DEPLOYMENTS = REPOSITORY / "deployment"


@pytest.mark.parametrize(
    ("one", "other"),
    [("staging", "production"), ("pipeline/staging", "pipeline/production")],
)
def test_the_environments_files_are_real_and_the_same(one: str, other: str) -> None:
    def files(name: str) -> dict[str, bytes]:
        folder = DEPLOYMENTS / name
        kept = [*folder.glob("*.tf"), folder / "terragrunt.hcl", folder / ".terraform.lock.hcl"]
        return {path.name: path.read_bytes() for path in kept if path.name != "provider.tf"}

    assert files(one) == files(other)
    assert len(files(one)) == 5
    assert not [path for path in DEPLOYMENTS.rglob("*") if path.is_symlink()]


def test_the_provider_is_locked_within_what_the_modules_allow() -> None:
    lock = (DEPLOYMENTS / "production/.terraform.lock.hcl").read_text()
    (version,) = re.findall(r'version     = "(.*)"', lock)
    assert (5, 100, 0) <= tuple(map(int, version.split("."))) < (7, 0, 0)
    assert lock.count('"zh:') >= 15  # every platform's package, as the registry signs them


def test_a_project_with_a_hyphen_has_a_database_and_a_user(tmp_path: Path) -> None:
    need(shutil.which("terraform"), "terraform", "REQUIRE_TERRAFORM")
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    shutil.copy(REPOSITORY / "environment.hcl", tmp_path)
    common = (REPOSITORY / "common.hcl").read_text()
    common = common.replace('project = "csvferry"', 'project = "lepaya-assessment"')
    (tmp_path / "common.hcl").write_text(common)
    known = settings.read(tmp_path)["common"]
    assert known["project"] == "lepaya-assessment"
    assert re.fullmatch("[a-z][a-z0-9]*", known["database_name"])
    assert re.fullmatch("[a-z][a-z0-9_]*", known["database_user"])


def test_settings_are_read_through_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps(json.dumps({"common": {"region": "eu-west-1"}, "environments": {}}))
    program = tmp_path / "terraform"
    program.write_text(f"#!/bin/sh\necho '╷'\necho 'Warning: Deprecated'\necho '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(program))
    assert settings.read()["common"] == {"region": "eu-west-1"}


def test_outputs_are_read_through_a_warning() -> None:
    printed = (
        '\nWarning: Deprecated Parameter\n\n  on x {\n\n{"environment": {"value": {"a": 1}}}\n'
    )
    assert aws_cli.environment_outputs(printed.replace("on x {", "on x")) == {"a": 1}


@pytest.mark.parametrize("printed", ["", "{}", "Warning: no outputs found"])
def test_without_outputs_it_says_so(printed: str) -> None:
    with pytest.raises(SystemExit, match="is the environment applied"):
        aws_cli.environment_outputs(printed)


def change(address: str, *actions: str) -> dict[str, Any]:
    """One change of a plan."""
    kind = address.split(".")[-2]
    return {
        "address": address,
        "type": kind,
        "mode": "managed",
        "change": {"actions": list(actions)},
    }


CLUSTER = "module.environment.module.platform.aws_rds_cluster"
ALARM = "module.environment.module.lambda.aws_cloudwatch_metric_alarm"


@pytest.mark.parametrize(
    ("changes", "environment", "fault"),
    [
        ([change(f"{CLUSTER}.this", "delete")], "staging", "destroys the whole"),
        (
            [change(f"{CLUSTER}.this", "delete", "create"), change(f"{ALARM}.this", "no-op")],
            "production",
            "replaces",
        ),
        (
            [change(f"{CLUSTER}.this", "delete"), change(f"{ALARM}.this", "create")],
            "production",
            "deletes",
        ),
        (
            [change(f"{CLUSTER}.this", "no-op"), change(f"{ALARM}.this", "delete")],
            "production",
            None,
        ),
        (
            [change(f"{CLUSTER}.this", "delete", "create"), change(f"{ALARM}.this", "no-op")],
            "staging",
            None,
        ),
        ([change(f"{CLUSTER}.this", "update")], "production", None),
    ],
)
def test_a_plan_that_takes_away_what_holds_data_is_refused(
    changes: list[dict[str, Any]], environment: str, fault: str | None
) -> None:
    plan = json.dumps({"format_version": "1.2", "resource_changes": changes})
    done = subprocess.run(
        [REPOSITORY / "scripts/infrastructure/check_plan.py", environment],
        input=f"Warning: Deprecated Parameter\n{plan}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if fault is None else 1), done.stderr
    assert fault is None or fault in done.stderr


def test_no_plan_is_no_plan() -> None:
    assert check_plan.main([]) == 2


@pytest.mark.parametrize(
    ("published", "current", "wanted", "chosen"),
    [([1, 2, 3], 3, None, 2), ([1, 2, 3], 2, "3", 3), ([1, 4, 9], 9, None, 4)],
)
def test_a_rollback_goes_to_the_version_before_or_the_one_named(
    published: list[int], current: int, wanted: str | None, chosen: int
) -> None:
    assert rollback_function.choose(dict.fromkeys(published, True), current, wanted) == chosen


@pytest.mark.parametrize(("published", "current", "wanted"), [([1], 1, None), ([1, 2], 2, "7")])
def test_a_version_that_is_not_there_is_no_rollback(
    published: list[int], current: int, wanted: str | None
) -> None:
    with pytest.raises(SystemExit, match=r"none of the versions|no version before"):
        rollback_function.choose(dict.fromkeys(published, True), current, wanted)


@pytest.mark.parametrize("wanted", [None, "1", "2"])
def test_a_version_that_would_delete_the_queues_events_is_refused_and_the_least_named(
    wanted: str | None,
) -> None:
    published = {1: False, 2: False, 3: True, 4: True}
    with pytest.raises(SystemExit, match="the least version that does is 3"):
        rollback_function.choose(published, 3, wanted)
    assert rollback_function.choose(published, 4, None) == 3


def test_a_version_knows_the_queue_by_its_own_variables() -> None:
    knows = rollback_function.knows_the_queue
    assert knows({"Environment": {"Variables": {"CSVFERRY_FEEDS": "s3://b/config/feeds.json"}}})
    assert not knows({"Environment": {"Variables": {"CSVFERRY_FEEDS": "[]"}}})
    assert not knows({"Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}})
    assert not knows({})


def test_what_the_doctor_finds_wrong_fails_the_smoke_test() -> None:
    answer = {
        "findings": [
            {"feed": None, "name": "memory", "ok": True, "told": "2048 MB", "mend": None},
            {"feed": "a", "name": "network", "ok": False, "told": "no answer", "mend": "look"},
            {"feed": "a", "name": "speed", "ok": None, "told": "slow", "mend": None},
        ]
    }
    assert invoke_function.failed_checks(answer) == ["a: network: no answer (look)"]
    assert invoke_function.failed_checks({"reports": []}) == []


SOURCE: dict[str, Any] = {
    "cluster": "ferry-production",
    "subnet_group": "ferry-production-private",
    "parameter_group": "ferry-production",
    "security_groups": ["sg-1"],
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "min_acu": 0.5,
    "max_acu": 16,
    "pause_seconds": None,
}


def test_a_restored_cluster_is_asked_for_with_all_that_rds_would_default() -> None:
    asked = restore_database.restore_request(SOURCE, "ferry-production-restored", None)
    assert asked["VpcSecurityGroupIds"] == ["sg-1"]
    assert asked["DBSubnetGroupName"] == "ferry-production-private"
    assert asked["DBClusterParameterGroupName"] == "ferry-production"
    assert asked["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 16}
    assert asked["EnableIAMDatabaseAuthentication"] is True
    assert asked["UseLatestRestorableTime"] is True
    dated = restore_database.restore_request(SOURCE, "x", "2026-03-01T12:00:00Z")
    assert dated["RestoreToTime"] == "2026-03-01T12:00:00Z"
    assert "UseLatestRestorableTime" not in dated


def test_a_time_that_is_not_utc_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        restore_database.main(["--to", "yesterday"])
    assert "UTC" in capsys.readouterr().err


def test_every_region_that_is_taken_has_certificates_in_the_bundle() -> None:
    listed = re.findall(r'"([a-z0-9-]+)"', (REPOSITORY / "modules/platform/regions.tf").read_text())
    bundle = (REPOSITORY / "src/csvferry/aws/rds-global-bundle.pem").read_text()
    # Each certificate stands under its name: "Amazon RDS eu-west-1 Root CA RSA2048 G1".
    named = set(re.findall(r"Amazon RDS ([a-z]{2}-[a-z-]+-\d) Root CA", bundle))
    assert set(listed) == named
    assert listed == sorted(listed)


@pytest.mark.parametrize(("size", "status"), [(52_428_800, 0), (52_428_801, 1)])
def test_a_zip_that_lambda_would_refuse_is_not_planned(
    tmp_path: Path, size: int, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "big.zip").open("wb") as file:
        file.truncate(size)
    assert check_zip.main([str(tmp_path / "big.zip")]) == status
    assert (f"{size:,}" in capsys.readouterr().err) == bool(status)


def test_a_zip_that_is_not_there_is_not_planned(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_zip.main(["build/no.zip"]) == 1
    assert "make prepare_lambda" in capsys.readouterr().err


def test_every_test_that_the_table_of_awss_rules_names_is_there() -> None:
    table = (REPOSITORY / "docs/aws-behaviour.md").read_text()
    written = "".join(
        path.read_text()
        for pattern in (
            "modules/*/tests/*.hcl",
            "tests/infrastructure/*.py",
            "tests/aws/*.py",
            "tests/function/*.py",
        )
        for path in REPOSITORY.glob(pattern)
    )
    named = {
        *(f"def {one}(" for one in re.findall(r"`(test_\w+)`", table)),
        *(f'run "{one}" {{' for one in re.findall(r'`run "(\w+)"`', table)),
    }
    assert len(named) > 25
    assert {one for one in named if one not in written} == set()


def test_every_rule_of_aws_tells_its_source_and_where_that_was_seen() -> None:
    tables = re.findall(
        r"^\| [^\n]*\| source \| seen \|.*?(?=\n\n|\Z)",
        (REPOSITORY / "docs/aws-behaviour.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert len(tables) == 6
    for table in tables:
        head, _, *rows = (line.strip("|").split(" | ") for line in table.strip().splitlines())
        assert len(rows) > 2
        for row in rows:
            assert len(row) == len(head), row[0]
            assert all(cell.strip() for cell in row), row[0]


def test_every_alarm_is_explained() -> None:
    explained = (REPOSITORY / "docs/operations.md").read_text()
    alarms = (REPOSITORY / "modules/lambda/alarms.tf").read_text()
    names = re.findall(r"^    ([a-z-]+) = \{$", alarms, re.MULTILINE)
    assert len(names) == 10
    for name in [*names, "undelivered-…", "task-failed"]:
        assert f"| `{name}` |" in explained, name
