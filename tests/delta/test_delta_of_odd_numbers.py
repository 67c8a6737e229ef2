"""Keys that are one whole number, however they are written, are known again."""

from pathlib import Path

import pytest

import csvferry
from targets import Target

ODD = {"-0.0": 0, " 5 ": 5, "0040": 40, "500e-1": 50}
FILLING = "".join(f"{n},{n}\n" for n in range(1000, 3000))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_a_row_of_the_same_key_in_a_block_that_was_not_read_is_found(
    server_target: Target, tmp_path: Path, signed: bool, odd: str
) -> None:
    kind = "BIGINT" if signed else "BIGINT UNSIGNED"
    server_target.run(f"CREATE TABLE people (id {kind} PRIMARY KEY, email VARCHAR(50))")
    file = tmp_path / "people.csv"

    def sync(rows: str) -> csvferry.Report:
        file.write_text(f"id,email\n{rows}")
        options = {"table": "people", "mode": "mirror", "max_rejects": "10%"}
        return csvferry.sync(str(file), to=server_target.url, **options)

    sync(f"{odd},old\n{FILLING}")
    again = sync(f"{odd},old\n{FILLING}{ODD[odd]},new\n")
    assert (again.strategy, again.rows.updated, again.rows.duplicate) == ("delta", 1, 1)
    found = server_target.rows("SELECT id, email FROM people WHERE id < 1000")
    assert found == [(ODD[odd], "new")]
