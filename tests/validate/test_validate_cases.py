"""Counter-examples by name, each decided by csvferry and by both servers."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from validate_check import decide, disagreements
from validate_fields import column
from validate_judge import Judge

from csvferry import validation as validate
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column, Kind, Type, parse_type
from csvferry.model.server import Server

with (Path(__file__).parent / "cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
SERVERS = {Server.MYSQL: "mysql_url", Server.MARIADB: "mariadb_url"}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module", params=SERVERS)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    judge = Judge(request.getfixturevalue(SERVERS[request.param]), request.param)
    yield judge
    judge.connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['type']} {case['field']}")
def test_case(case: dict[str, str], judge: Judge, con: duckdb.DuckDBPyConnection) -> None:
    of = column(case["type"], case["charset"] or None)
    decision = decide(con, of, judge.server, [case["field"]])[0]
    code = case[judge.server.value]
    assert decision.codes == ((code,) if code else ())
    assert code or decision.staged == case["staged"]
    assert disagreements(con, judge, of, [case["field"]]) == []


@pytest.mark.parametrize("server", list(Server))
def test_null_is_a_fault_of_a_not_null_column_alone(
    server: Server, con: duckdb.DuckDBPyConnection
) -> None:
    strict = Column("v", parse_type("INT"), nullable=False)
    found = {
        fault.code: con.execute(
            f"SELECT {fault.predicate} FROM (SELECT NULL::VARCHAR AS c0)"
        ).fetchone()
        for fault in validate.faults(strict, "c0", server)
    }
    assert found[Code.NOT_NULL] == (True,)
    assert all(fired == (False,) for code, fired in found.items() if code is not Code.NOT_NULL)
    loose = Column("v", parse_type("INT"))
    assert Code.NOT_NULL not in {fault.code for fault in validate.faults(loose, "c0", server)}
    assert con.execute(f"SELECT {validate.staged(loose, 'NULL::VARCHAR')}").fetchone() == (None,)


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (Column("g", parse_type("point")), "point"),
        (Column("g", parse_type("int"), generated=True), "computes"),
        (Column("g", parse_type("text"), charset="filename"), "filename"),
        (Column("g", Type(Kind.UNSERVED, "vector(3)")), "vector(3)"),
    ],
)
def test_a_column_that_no_file_can_carry_is_named(of: Column, reason: str) -> None:
    assert reason in (validate.unserved(of, Server.MARIADB) or "")


def test_a_column_that_a_file_can_carry_is_served() -> None:
    assert validate.unserved(column("varchar(20)", "utf8mb4"), Server.MYSQL) is None


def test_a_uuid_is_served_by_mariadb_alone() -> None:
    assert validate.unserved(column("uuid"), Server.MARIADB) is None
    assert "MariaDB" in (validate.unserved(column("uuid"), Server.SQLITE) or "")
