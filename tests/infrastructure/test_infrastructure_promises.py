"""Each promise is broken once, in a copy, and Terraform's own tests see it.

A few of them in every run; all of them with ALL_PROMISES=1.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from infrastructure_deployment import REPOSITORY, need

OFFLINE = Path(os.environ.get("TERRAFORM_OFFLINE", REPOSITORY.parent / "shared/terraform/offline"))
IN_EVERY_RUN = 5


@dataclass(frozen=True)
class Broken:
    """A text in a file that is put differently, and what the tests say then."""

    file: str
    text: str
    instead: str
    said: str

    @property
    def folder(self) -> str:
        """Whose tests are to fail: the module's, or the environment's for its settings."""
        return "/".join(self.file.split("/")[:2]) if "/" in self.file else "modules/environment"


PLATFORM, LAMBDA, TASK = "modules/platform", "modules/lambda", "modules/task"
BROKEN = [
    Broken(
        f"{PLATFORM}/rds.tf",
        "publicly_accessible        = var.publicly_accessible",
        "publicly_accessible        = true",
        "no public address",
    ),
    Broken(
        f"{LAMBDA}/iam.tf", '"s3:GetObject", "s3:GetObjectVersion"', '"s3:*"', "No wildcard action"
    ),
    Broken(
        f"{PLATFORM}/s3.tf",
        '"aws:SecureTransport" = "false"',
        '"aws:SecureTransport" = "true"',
        "buckets demand TLS",
    ),
    Broken(
        "environment.hcl",
        "deletion_protection  = true",
        "deletion_protection  = false",
        "Production keeps deletion_protection",
    ),
    Broken(
        f"{PLATFORM}/security_groups.tf",
        "referenced_security_group_id = aws_security_group.function.id",
        'cidr_ipv4 = "0.0.0.0/0"',
        "lets in the function's security group",
    ),
    Broken(f"{LAMBDA}/alarms.tf", "    guarded = {\n", "    stopped = {\n", "twelve alarms"),
    Broken(
        f"{LAMBDA}/schedule.tf",
        "  source_arn    = aws_cloudwatch_event_rule.schedule.arn\n",
        "  source_arn    = aws_cloudwatch_event_rule.schedule.arn\n"
        "  source_account = local.account\n",
        "sends no aws:SourceAccount to Lambda",
    ),
    Broken(
        f"{PLATFORM}/rds.tf",
        "  storage_encrypted = true\n",
        "  storage_encrypted = false\n",
        "encrypted with the customer key",
    ),
    Broken(
        f"{PLATFORM}/rds.tf",
        'require_secure_transport = "ON"',
        'require_secure_transport = "OFF"',
        "database demands TLS",
    ),
    Broken(
        "environment.hcl",
        'schedule             = "rate(1 hour)"',
        'schedule             = "rate(30 minutes)"',
        "schedule is hourly",
    ),
    Broken(
        f"{PLATFORM}/variables.tf",
        '!(var.publicly_accessible && var.environment == "production")',
        "var.publicly_accessible != null",
        "production_open_is_refused",
    ),
    Broken(
        f"{PLATFORM}/s3.tf",
        "block_public_policy     = true",
        "block_public_policy     = false",
        "public access to the buckets is blocked",
    ),
    Broken(
        f"{PLATFORM}/s3.tf",
        "      kms_master_key_id = aws_kms_key.this.arn\n",
        "",
        "bucket is encrypted with the customer key",
    ),
    Broken(
        f"{PLATFORM}/s3.tf",
        'status = "Enabled"\n  }\n}',
        'status = "Suspended"\n  }\n}',
        "the bucket is versioned",
    ),
    Broken(
        f"{PLATFORM}/kms.tf",
        "enable_key_rotation     = true",
        "enable_key_rotation     = false",
        "key is rotated",
    ),
    Broken(
        f"{PLATFORM}/rds.tf",
        "iam_database_authentication_enabled = true",
        "iam_database_authentication_enabled = false",
        "IAM authentication",
    ),
    Broken(
        f"{PLATFORM}/rds.tf",
        "  deletion_protection       = var.deletion_protection",
        "  deletion_protection       = false",
        "Production is protected",
    ),
    Broken(
        f"{PLATFORM}/rds.tf",
        'toset(["audit", "error"])',
        'toset(["error"])',
        "Audit and error logs",
    ),
    Broken(f"{PLATFORM}/rds.tf", "CONNECT,QUERY_DCL,QUERY_DDL", "CONNECT,QUERY_DML", "audit log"),
    Broken(
        f"{PLATFORM}/flow_logs.tf",
        "retention_in_days = var.log_retention_days",
        "retention_in_days = 0",
        "kept for as long",
    ),
    Broken(
        f"{PLATFORM}/secrets.tf",
        "count = local.with_secret ? 1 : 0",
        "count = 1",
        "no interface endpoint",
    ),
    Broken(
        f"{PLATFORM}/endpoints.tf",
        "Resource  = [aws_s3_bucket.data.arn,",
        'Resource  = ["*",',
        "leads to this bucket",
    ),
    Broken(
        f"{LAMBDA}/iam.tf",
        "Resource = local.writable",
        'Resource = "${var.bucket.arn}/*"',
        "writes nothing in the bucket",
    ),
    Broken(f"{LAMBDA}/iam.tf", '/${var.database_user}"', '/*"', "one database user"),
    Broken(f"{LAMBDA}/iam.tf", "Resource = var.kms_key_arn", 'Resource = "*"', "no resources for"),
    Broken(
        f"{LAMBDA}/logs.tf",
        "retention_in_days = var.log_retention_days",
        "retention_in_days = 0",
        "kept for as long",
    ),
    Broken(f"{LAMBDA}/logs.tf", "  kms_key_id        = var.kms_key_arn\n", "", "log is encrypted"),
    Broken(
        f"{LAMBDA}/dead_letters.tf",
        "  kms_master_key_id         = var.kms_key_arn\n",
        "",
        "queue is encrypted",
    ),
    Broken(
        f"{LAMBDA}/alarms.tf",
        'missing = "breaching"',
        'missing = "notBreaching"',
        "Two hours of silence",
    ),
    Broken(
        f"{LAMBDA}/feeds.tf",
        "{ prefix = source.prefix }",
        '{ prefix = "" }',
        "New objects of the feeds",
    ),
    Broken(
        f"{LAMBDA}/schedule.tf",
        "schedule_expression = var.schedule",
        'schedule_expression = "rate(1 day)"',
        "every hour",
    ),
    Broken(
        f"{PLATFORM}/kms.tf",
        'Principal = { Service = "events.amazonaws.com" }',
        'Condition = { StringEquals = { "aws:SourceAccount" = local.account } }\n'
        '        Principal = { Service = "events.amazonaws.com" }',
        "EventBridge alone sends no key",
    ),
    Broken(
        f"{LAMBDA}/queue.tf",
        '  function_response_types = ["ReportBatchItemFailures"]\n',
        "",
        "returns only what must be tried again",
    ),
    Broken(
        f"{LAMBDA}/queue.tf",
        "visibility_timeout_seconds = local.visibility_seconds",
        "visibility_timeout_seconds = 30",
        "not delivered again while",
    ),
    Broken(
        f"{PLATFORM}/senders.tf", "aws:PrincipalArn", "aws:userid", "only function and task write"
    ),
    Broken(
        f"{PLATFORM}/protection.tf",
        "count = var.deletion_protection ? 1 : 0",
        "count = 0",
        "destroys production is refused",
    ),
    Broken(
        f"{TASK}/iam.tf",
        "[aws_iam_role.task.arn, aws_iam_role.execution.arn]",
        "[aws_iam_role.task.arn]",
        "hands over both roles",
    ),
    Broken(f"{TASK}/rules.tf", '"value": <key>', '"value": "<key>"', "unescaped and unquoted"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The infrastructure's files, to be broken one at a time."""
    need(shutil.which("terraform"), "terraform", "REQUIRE_TERRAFORM")
    folder = tmp_path_factory.mktemp("broken")
    skipped = shutil.ignore_patterns(".terraform*", "__pycache__")
    for name in ("deployment", "modules", "scripts"):
        shutil.copytree(REPOSITORY / name, folder / name, symlinks=True, ignore=skipped)
    for name in ("common.hcl", "environment.hcl"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


def told(folder: Path, request: pytest.FixtureRequest) -> str:
    """What Terraform's tests of a folder print, where they fail; empty where they pass."""
    if OFFLINE.exists():
        commands, environment = [[str(OFFLINE), str(folder)]], dict(os.environ)
    else:
        environment = request.getfixturevalue("provider")
        commands = [["terraform", "init", "-backend=false"], ["terraform", "test", "-no-color"]]
    for command in commands:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            return done.stdout + done.stderr
    return ""


@pytest.mark.parametrize(
    "broken",
    BROKEN if os.environ.get("ALL_PROMISES") == "1" else BROKEN[:IN_EVERY_RUN],
    ids=lambda broken: f"{broken.file}: {broken.said}",
)
def test_a_broken_promise_is_seen(
    copy: Path, broken: Broken, request: pytest.FixtureRequest
) -> None:
    file = copy / broken.file
    kept = file.read_text()
    assert broken.text in kept
    file.write_text(
        kept.replace(broken.text, broken.instead, -1 if broken.file == "environment.hcl" else 1)
    )
    formatted = subprocess.run(
        ["terraform", "fmt", "-"],
        input=file.read_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    file.write_text(formatted.stdout)
    try:
        printed = told(copy / broken.folder, request)
    finally:
        file.write_text(kept)
    assert " ".join(broken.said.split()) in " ".join(printed.split())
