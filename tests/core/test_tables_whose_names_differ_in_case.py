"""Two tables whose names differ in case alone are two, where the server tells them apart."""

from contextlib import closing
from pathlib import Path

import csvferry
from targets import Target, fresh_database


def test_what_refers_to_one_does_not_hold_the_other(server_target: Target, tmp_path: Path) -> None:
    server_target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, code VARCHAR(9) UNIQUE)",
        "CREATE TABLE People (id INT PRIMARY KEY, boss INT, FOREIGN KEY (boss)"
        " REFERENCES people (id) ON DELETE CASCADE)",
        "INSERT INTO people VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO People VALUES (7, 2), (8, 1)",
    )
    file = tmp_path / "people.csv"
    file.write_text("id,boss\n7,1\n9,2\n10,5\n")
    options = {"to": server_target.url, "mode": "mirror", "max_rejects": "50%"}
    report = csvferry.sync(file, table="People", max_deletes="50%", **options)
    assert (report.rows.inserted, report.rows.updated, report.rows.deleted) == (1, 1, 1)
    assert report.rows.rejected == 1
    file.write_text("id,code\n1,a\n")
    report = csvferry.sync(file, table="people", max_deletes="100%", **options)
    assert report.side_effects.deleted == {"People": 1}
    names = server_target.rows("SELECT table_name FROM csvferry_runs ORDER BY position")
    assert names == [("People",), ("people",)]


def test_a_table_of_the_same_name_in_another_database_is_another(
    server_target: Target, tmp_path: Path
) -> None:
    server = server_target.url.rpartition("/")[0]
    with fresh_database(server) as url:
        other = url.rpartition("/")[2]
        Target(server_target.kind, url).run(
            "CREATE TABLE people (id INT PRIMARY KEY)", "INSERT INTO people VALUES (1), (2)"
        )
        server_target.run(
            f"CREATE TABLE people (id INT PRIMARY KEY, twin INT, FOREIGN KEY (twin)"
            f" REFERENCES {other}.people (id))"
        )
        file = tmp_path / "people.csv"
        file.write_text("id,twin\n3,1\n4,3\n")
        report = csvferry.sync(file, to=server_target.url, mode="upsert", max_rejects="50%")
        assert (report.rows.inserted, report.rows.rejected) == (1, 1)
        with closing(server_target.connect()) as connection:
            connection.cursor().execute("DROP TABLE people")
