"""What Terraform made, at work: PYTHON run_function.py < ORDER > RESULT, both JSON.

Runs with the project's own Python. A MariaDB of its own stands where the database's endpoint
leads, its certificate of an authority of its own where Amazon's would be. The operator's script
makes the user through a Data API that hands its statements to that MariaDB, signed in as the
master user whose secret the request names. Then the zip's handler gets the schedule's event,
twice; a thousand events of objects by the rule and the queue; and one of a feed that is to run
as a task, whose marker starts the task's command.

ORDER: `zip`, what Terraform uploaded; `configuration`, the function's, as AWS tells it;
`credentials` of its role; `outputs`, what `terraform output -json` printed; `folder` for files.
"""

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in (".", "function", "aws")]

import boto3  # noqa: E402
import pymysql  # noqa: E402
from authority import make_authority  # noqa: E402
from function_process import link_runtime, scheduled, start  # noqa: E402
from function_scripts import load_script  # noqa: E402
from queue_and_task import deliver, settle, take, task_environment  # noqa: E402
from runtime_api import RuntimeApi  # noqa: E402

from servers import mariadb  # noqa: E402
from targets import Target  # noqa: E402


def unpack(uploaded: Path, folder: Path) -> Path:
    """The uploaded zip; where it is for another machine or Python, the same for this one."""
    with zipfile.ZipFile(uploaded) as archive:
        runs_here = any(
            name.endswith(sysconfig.get_config_var("EXT_SUFFIX")) for name in archive.namelist()
        )
    if not runs_here:
        uploaded = folder / "lambda_function.zip"
        machine = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        python = "{}.{}".format(*sys.version_info[:2])
        load_script("build_function").build(machine, python, uploaded)
    task = folder / "task"
    with zipfile.ZipFile(uploaded) as archive:
        archive.extractall(task)
    return task


def _data_api(port: int) -> type[BaseHTTPRequestHandler]:
    vault = boto3.client("secretsmanager")

    class Handler(BaseHTTPRequestHandler):
        """ExecuteStatement of the RDS Data API, by a real server."""

        def do_POST(self) -> None:  # the name that http.server calls
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                answer, status = self._execute(json.loads(body)), 200
            except pymysql.Error as error:
                answer, status = {"message": str(error)}, 400
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _execute(self, request: dict[str, Any]) -> dict[str, Any]:
            secret = vault.get_secret_value(SecretId=request["secretArn"])["SecretString"]
            master = json.loads(secret)
            with closing(
                pymysql.connect(
                    host="127.0.0.1",
                    port=port,
                    user=master["username"],
                    password=master["password"],
                    database=request["database"],
                )
            ) as connection:
                changed = connection.cursor().execute(request["sql"])
            return {"numberOfRecordsUpdated": changed, "generatedFields": []}

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def data_api(port: int) -> Iterator[str]:
    """The address of a Data API of the database server at a port."""
    api = ThreadingHTTPServer(("127.0.0.1", 0), _data_api(port))
    threading.Thread(target=api.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{api.server_port}"
    finally:
        api.shutdown()
        api.server_close()


def make_master(target: Target, secret_arn: str) -> None:
    """The database and its master user, as RDS would make them, with the secret it keeps."""
    kept = boto3.client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretString"]
    master = json.loads(kept)
    words = (master["username"], master["password"])
    with closing(target.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", words)
        cursor.execute("GRANT ALL PRIVILEGES ON *.* TO %s@'%%' WITH GRANT OPTION", words[:1])


def make_user(outputs: str, api: str) -> str:
    """What the operator does, with the real `csvferry grants`; what it printed."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/infrastructure/create_database_user.py")],
        input=outputs,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL_RDS_DATA": api,
            "CSVFERRY": shlex.join([sys.executable, "-m", "csvferry"]),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def lambda_sets(configuration: dict[str, Any], credentials: dict[str, str]) -> dict[str, str]:
    """What Lambda adds to the function's own variables, and the way to moto's server."""
    region = configuration["FunctionArn"].split(":")[3]
    return {
        "_HANDLER": configuration["Handler"],
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }


def put_files(bucket: str, files: dict[str, str]) -> None:
    """Objects as a sender puts them."""
    for key, text in files.items():
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())


def through_the_queue(function: RuntimeApi, outputs: dict[str, Any]) -> dict[str, Any]:
    """Events of twenty objects through the rule and the queue, each fifty times over: one batch
    of a thousand, one invocation."""
    keys = [f"incoming/emails/more-{number}.csv" for number in range(20)]
    put_files(
        outputs["bucket"],
        {key: f"id,emails\n{at + 100},a{at}@example.org\n" for at, key in enumerate(keys)},
    )
    deliver(outputs["bucket"], [*keys, "elsewhere/no-feed.csv"])
    taken = take(outputs["events_url"], 1000)
    batch = [
        {**record, "messageId": f"{record['messageId']}-{time}"}
        for time in range(25)
        for record in taken
    ]
    answer = vars(function.invoke({"Records": batch}))
    stay = settle(outputs["events_url"], taken, answer["body"])
    return {"taken": len(taken), "records": len(batch), "answer": answer, "stay": stay}


def as_a_task(
    function: RuntimeApi, outputs: dict[str, Any], run_here: dict[str, str]
) -> dict[str, Any]:
    """A feed that outgrows the function: its event, its marker, the task's own command."""
    bucket = outputs["bucket"]
    put_files(bucket, {"incoming/big/one.csv": "id,name\n1,a\n2,b\n"})
    deliver(bucket, ["incoming/big/one.csv"])
    records = take(outputs["events_url"], 10)
    answer = vars(function.invoke({"Records": records}))
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="tasks/").get("Contents", [])
    (marker,) = [one["Key"] for one in found]
    command, variables, role = task_environment(outputs["function_name"], marker)
    taken = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="task")["Credentials"]
    done = subprocess.run(
        [sys.executable, *command[1:]],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
            **variables,
            **run_here,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "answer": answer,
        "marker": marker,
        "command": command,
        "status": done.returncode,
        "log": done.stdout + done.stderr,
    }


def main() -> None:
    """Do the order, print the result."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    for name in ("database", "runtime", "tmp"):
        (folder / name).mkdir()
    variables = order["configuration"]["Environment"]["Variables"]
    outputs = json.loads(order["outputs"])["environment"]["value"]
    task = unpack(Path(order["zip"]), folder)
    runtime = link_runtime(folder / "runtime")
    server = mariadb(folder / "database", *make_authority(folder))
    server.start()
    try:
        Target("mariadb", server.url).run(f"CREATE DATABASE `{variables['RDS_DATABASE']}`")
        target = Target("mariadb", server.url + variables["RDS_DATABASE"])
        make_master(
            target, json.loads(order["outputs"])["environment"]["value"]["master_secret_arn"]
        )
        with data_api(server.port) as api:
            operator = make_user(order["outputs"], api)
        run_here = {
            "RDS_HOST": "127.0.0.1",
            "RDS_PORT": str(server.port),
            "RDS_CA": str(folder / "ca.pem"),
            "TMPDIR": str(folder / "tmp"),
        }
        environment = {
            **variables,
            **lambda_sets(order["configuration"], order["credentials"]),
            **run_here,
        }
        with start(task, runtime, environment, folder / "log") as function:
            answers = [vars(function.invoke(scheduled())) for _ in range(2)]
            made = "emails" in target.tables()
            rows = target.rows("SELECT id, emails FROM emails ORDER BY id") if made else []
            queue = through_the_queue(function, outputs)
            queue["rows"] = target.rows("SELECT COUNT(*) FROM emails WHERE id >= 100")
            big = as_a_task(function, outputs, run_here)
            big["rows"] = target.rows("SELECT id, name FROM big ORDER BY id")
    finally:
        server.stop()
    log = (folder / "log").read_text()
    told = {"operator": operator, "answers": answers, "rows": rows, "queue": queue, "task": big}
    json.dump({**told, "log": log}, sys.stdout)


if __name__ == "__main__":
    main()
