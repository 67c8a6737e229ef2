"""The small scripts, each as a user or the pipeline runs it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import create_database_user
import module_readme
import pytest
import render_diagram
from infrastructure_deployment import REPOSITORY, need

from conftest import Recorder

SCRIPTS = REPOSITORY / "scripts/infrastructure"


def call(
    *command: str | Path, environment: dict[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """A script's status and words."""
    words = [str(one) for one in command]
    if words[0].endswith(".py"):
        # A `python3` that is a wrapper may put its own folder before PATH, and its own `aws`.
        words.insert(0, sys.executable)
    return subprocess.run(
        words,
        env={**os.environ, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )


@pytest.mark.parametrize(
    ("branch", "environment"),
    [
        ("main", "production"),
        ("develop", "staging"),
        ("feature/main", "staging"),
        ("main-2", "staging"),
        ("Main", "staging"),
    ],
)
def test_main_is_production_and_any_other_branch_staging(branch: str, environment: str) -> None:
    done = call(SCRIPTS / "choose_environment", branch)
    assert done.stdout == f"{environment}\n"
    assert branch in done.stderr


@pytest.mark.parametrize("arguments", [[], [""]])
def test_no_branch_chooses_no_environment(arguments: list[str]) -> None:
    done = call(SCRIPTS / "choose_environment", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""


def test_settings_that_are_not_there_are_named() -> None:
    need(shutil.which("terraform"), "terraform", "REQUIRE_TERRAFORM")
    done = call(SCRIPTS / "settings.py", "staging", "colour")
    assert done.returncode == 2
    assert "colour" in done.stderr


def test_environments_have_the_same_settings() -> None:
    need(shutil.which("terraform"), "terraform", "REQUIRE_TERRAFORM")
    environments = json.loads(call(SCRIPTS / "settings.py").stdout)["environments"]
    assert environments["staging"].keys() == environments["production"].keys()


def test_environment_and_account_are_all_that_is_to_be_set() -> None:
    marked = [
        line
        for name in ("common.hcl", "environment.hcl")
        for line in (REPOSITORY / name).read_text().splitlines()
        if "# set this" in line or "# Set these" in line
    ]
    assert len(marked) == 3  # two lines of one account each, and project with region


def release(folder: Path, version: str, tool: str, content: bytes) -> str:
    """A download of a tool, as its maker offers it; its sum."""
    if tool == "terraform":
        (folder / version).mkdir()
        path = folder / version / f"terraform_{version}_linux_amd64.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("terraform", content)
    else:
        (folder / f"v{version}").mkdir()
        path = folder / f"v{version}" / "terragrunt_linux_amd64"
        path.write_bytes(content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("tool", ["terraform", "terragrunt"])
@pytest.mark.parametrize("tampered", [False, True])
def test_tools_are_installed_only_with_the_right_sum(
    tmp_path: Path, tool: str, tampered: bool
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "scripts/infrastructure").mkdir(parents=True)
    script = checkout / "scripts/infrastructure/install_tools"
    script.write_bytes((SCRIPTS / "install_tools").read_bytes())
    script.chmod(0o755)
    releases = tmp_path / "releases"
    releases.mkdir()
    right = release(releases, "9.9.9", tool, b"#!/bin/sh\necho nine\n")
    (checkout / "common.hcl").write_text(
        f'  {tool}_version = "9.9.9"\n  {tool}_sha256  = "{"0" * 64 if tampered else right}"\n'
    )
    place = {
        "TERRAFORM_RELEASES": f"file://{releases}",
        "TERRAGRUNT_RELEASES": f"file://{releases}",
    }
    done = call(script, tmp_path / "bin", tool, environment=place)
    installed = tmp_path / "bin" / tool
    if tampered:
        assert done.returncode == 1
        assert "is not what common.hcl pins" in done.stderr
        assert not installed.exists()
    else:
        assert call(installed).stdout == "nine\n"


def test_python_and_pip_that_are_there_are_left_alone() -> None:
    done = call(SCRIPTS / "install_python_pip")
    assert done.returncode == 0
    assert done.stdout.startswith("there: Python 3")


def test_stale_readme_is_told(tmp_path: Path) -> None:
    module = tmp_path / "lambda"
    module.mkdir()
    for name in ("variables.tf", "outputs.tf", "README.md"):
        (module / name).write_text((REPOSITORY / "modules/lambda" / name).read_text())
    assert module_readme.main(["--check", str(module)]) == 0
    variables = module / "variables.tf"
    variables.write_text(variables.read_text().replace("Memory in MB", "Memory in megabytes"))
    assert module_readme.main(["--check", str(module)]) == 1


def test_every_input_and_output_is_in_the_readme() -> None:
    for module in (REPOSITORY / "modules").iterdir():
        text = (module / "README.md").read_text()
        for kind, file in (("variable", "variables.tf"), ("output", "outputs.tf")):
            for block in module_readme.blocks((module / file).read_text(), kind):
                assert f"| `{block.label}` |" in text
                assert block.description()


def test_stale_picture_is_told(tmp_path: Path) -> None:
    diagram = tmp_path / "a.dot"
    diagram.write_text("digraph {}")
    note = render_diagram.mark(diagram.read_bytes())
    diagram.with_suffix(".svg").write_bytes(render_diagram.marked_svg(b"<svg/>", note))
    diagram.with_suffix(".png").write_bytes(
        render_diagram.marked_png(b"PNG" + render_diagram.IEND, note)
    )
    assert render_diagram.main(["--check", str(diagram)]) == 0
    diagram.write_text("digraph {a}")
    assert render_diagram.main(["--check", str(diagram)]) == 1


def test_the_diagram_draws_what_terraform_makes() -> None:
    drawn = (REPOSITORY / "docs/architecture.dot").read_text().split('comment="')[1:]
    made = {
        f"{line.split()[1]}.{line.split()[2]}".replace('"', "")
        for path in (REPOSITORY / "modules").glob("*/*.tf")
        for line in path.read_text().splitlines()
        if line.startswith("resource ")
    }
    assert {one.split('"')[0] for one in drawn} <= made


@pytest.fixture
def grants(tmp_path: Path) -> str:
    """A stand-in of `csvferry`: its `grants` prints two statements."""
    program = tmp_path / "csvferry"
    program.write_text(
        "#!/bin/sh\n"
        "echo \"CREATE USER IF NOT EXISTS '$3'@'%' REQUIRE SSL ACCOUNT LOCK;\"\n"
        "echo \"GRANT SELECT ON \\`$5\\`.* TO '$3'@'%';\"\n"
        'echo "called with: $*" >&2\n'
    )
    program.chmod(0o755)
    return str(program)


def outputs(secret: dict[str, str] | None) -> str:
    """What `terragrunt output -json` prints."""
    values: dict[str, Any] = {
        "database": {
            "arn": "arn:aws:rds:eu-west-1:123456789012:cluster:c",
            "name": "ferry",
            "reader_host": "readers.example",
        },
        "database_user": "loader",
        "database_user_secret": secret,
        "tables": ["people", "orders"],
        "master_secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:master",
    }
    return json.dumps({"environment": {"value": values}})


def make_user(
    environment: dict[str, str], given: str, grants: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run create_database_user.py."""
    script = SCRIPTS / "create_database_user.py"
    return call(script, *options, environment={**environment, "CSVFERRY": grants}, given=given)


def test_the_user_with_iam_gets_the_statements_as_they_are(
    aws: dict[str, str], data_api: tuple[str, type[Recorder]], grants: str
) -> None:
    address, recorder = data_api
    done = make_user({**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}, outputs(None), grants)
    assert done.returncode == 0, done.stderr
    assert [one["sql"] for one in recorder.asked] == [
        "CREATE USER IF NOT EXISTS 'loader'@'%' REQUIRE SSL ACCOUNT LOCK",
        "GRANT SELECT ON `ferry`.* TO 'loader'@'%'",
        "ALTER USER 'loader'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' "
        "REQUIRE SSL ACCOUNT UNLOCK",
    ]
    assert "--database ferry --iam --table people --table orders" in done.stderr
    assert {(one["secretArn"].split(":")[-1], one["database"]) for one in recorder.asked} == {
        ("master", "ferry")
    }


def test_the_user_with_a_secret_gets_a_password_that_no_statement_holds(
    aws: dict[str, str], data_api: tuple[str, type[Recorder]], grants: str
) -> None:
    address, recorder = data_api
    endpoint = ["--endpoint-url", aws["AWS_ENDPOINT_URL"]]
    made = call(
        *("aws", *endpoint, "secretsmanager", "create-secret", "--name", f"user-{os.getpid()}"),
        environment=aws,
    )
    secret = {"name": json.loads(made.stdout)["Name"], "arn": json.loads(made.stdout)["ARN"]}
    done = make_user({**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}, outputs(secret), grants)
    assert done.returncode == 0, done.stderr
    kept = call(
        *("aws", *endpoint, "secretsmanager", "get-secret-value", "--secret-id", secret["arn"]),
        environment=aws,
    )
    value = json.loads(json.loads(kept.stdout)["SecretString"])
    statements = [one["sql"] for one in recorder.asked]
    known = create_database_user.native_hash(value["password"])
    assert value["username"] == "loader"
    assert len(value["password"]) == 48
    assert [one.split()[0] for one in statements] == ["CREATE", "GRANT", "ALTER"]
    assert known in statements[-1]
    assert "--iam" not in done.stderr
    assert value["password"] not in "".join(statements) + done.stdout + done.stderr

    # A pipeline grants what a new feed needs, and leaves the password as it is.
    recorder.asked.clear()
    again = make_user(
        {**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}, outputs(secret), grants, "--keep-password"
    )
    assert again.returncode == 0, again.stderr
    assert [one["sql"].split()[0] for one in recorder.asked] == ["CREATE", "GRANT"]


def test_a_reader_signs_in_with_iam_and_may_only_select(
    aws: dict[str, str], data_api: tuple[str, type[Recorder]]
) -> None:
    address, recorder = data_api
    environment = {**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}
    done = make_user(environment, outputs(None), "false", "--reader", "analyst")
    assert done.returncode == 0, done.stderr
    assert [one["sql"] for one in recorder.asked] == [
        "CREATE USER IF NOT EXISTS 'analyst'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' "
        "REQUIRE SSL",
        "GRANT SELECT ON `ferry`.`people` TO 'analyst'@'%'",
        "GRANT SELECT ON `ferry`.`orders` TO 'analyst'@'%'",
    ]
    assert "readers.example" in done.stdout


def test_a_readers_name_never_becomes_a_statement(
    aws: dict[str, str], data_api: tuple[str, type[Recorder]]
) -> None:
    address, recorder = data_api
    environment = {**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}
    done = make_user(environment, outputs(None), "false", "--reader", "x'@'%'; DROP TABLE people")
    assert done.returncode == 1
    assert recorder.asked == []


def test_grants_that_were_printed_earlier_are_carried_out(
    aws: dict[str, str], data_api: tuple[str, type[Recorder]], tmp_path: Path
) -> None:
    address, recorder = data_api
    (tmp_path / "grants.sql").write_text("GRANT SELECT ON `ferry`.`new` TO 'loader'@'%';\n")
    environment = {**aws, "AWS_ENDPOINT_URL_RDS_DATA": address}
    statements = ("--keep-password", "--statements", str(tmp_path / "grants.sql"))
    done = make_user(environment, outputs(None), "false", *statements)
    assert done.returncode == 0, done.stderr
    assert recorder.asked[0]["sql"] == "GRANT SELECT ON `ferry`.`new` TO 'loader'@'%'"


def test_the_hash_is_mysqls() -> None:
    # The manual's own example: SELECT PASSWORD('password').
    expected = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"
    assert create_database_user.native_hash("password") == expected


def test_a_waking_database_is_waited_for(
    data_api: tuple[str, type[Recorder]], aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, recorder = data_api
    recorder.asleep = 2
    for name, value in {
        **aws,
        "AWS_ENDPOINT_URL_RDS_DATA": address,
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(create_database_user, "PAUSE_SECONDS", 0.0)
    create_database_user.execute({"arn": "a" * 20, "name": "ferry"}, "s" * 20, "SELECT 1")
    assert len(recorder.asked) == 3


def test_a_refusal_is_told_in_awss_words(aws: dict[str, str], grants: str) -> None:
    nowhere = {**aws, "AWS_ENDPOINT_URL_RDS_DATA": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    done = make_user(nowhere, outputs(None), grants)
    assert done.returncode == 1
    assert "create_database_user: " in done.stderr
    assert "Traceback" not in done.stderr


class Dropping(Recorder):
    """Lambda's address that takes a request and goes away without an answer."""

    def do_POST(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append({"path": self.path, "body": ""})
        self.close_connection = True
        self.connection.close()


def test_the_function_is_invoked_once_and_waited_for(
    aws: dict[str, str], serve: Callable[[type[Recorder]], tuple[str, type[Recorder]]]
) -> None:
    address, recorder = serve(Dropping)
    given = json.dumps({"environment": {"value": {"function_name": "f", "function_alias": "live"}}})
    environment = {**aws, "AWS_ENDPOINT_URL_LAMBDA": address}
    done = call(
        SCRIPTS / "invoke_function.py", '{"doctor": true}', environment=environment, given=given
    )
    assert done.returncode == 1
    assert [one["path"] for one in recorder.asked] == [
        "/2015-03-31/functions/f/invocations?Qualifier=live"
    ]


def test_no_time_out_of_its_own_ends_an_invocation(tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_text(
        '#!/bin/sh\nfor last; do :; done\necho "{\\"asked\\": \\"$*\\"}" >"$last"\necho "{}"\n'
    )
    program.chmod(0o755)
    given = json.dumps({"environment": {"value": {"function_name": "f", "function_alias": "live"}}})
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = call(SCRIPTS / "invoke_function.py", '{"plan": true}', environment=path, given=given)
    assert done.returncode == 0, done.stderr
    assert "--cli-read-timeout 0" in json.loads(done.stdout)["asked"]
    assert "--payload fileb://" in json.loads(done.stdout)["asked"]
