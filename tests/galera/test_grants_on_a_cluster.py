"""A user with the rights that `csvferry grants --cluster` prints does the whole job on a node."""

from pathlib import Path

import pytest

from csvferry.commands.grants import next_step, statements
from csvferry.errors import CsvFerryError
from galera.cluster import OtherNode
from grants.grants_job import do_job
from targets import Target

HOST = "127.0.0.1"


@pytest.mark.parametrize("locks", [True, False])
def test_the_rights_on_the_locks_are_needed(locks: bool, target: OtherNode, tmp_path: Path) -> None:
    address, database = target.url.rsplit("/", 1)
    user = f"ferry_{locks}"
    made = statements(user, database, ["people"], iam=False, host=HOST, locks=locks)
    node = Target("mariadb", target.url)
    node.run(*made, next_step(user, HOST).replace("<password>", "w0rd"))
    url = f"{address.replace('root@', f'{user}:w0rd@')}/{database}"
    try:
        if locks:
            assert tuple(do_job(url, tmp_path)) == ((2, "B@x"), (3, "c@x"))
        else:
            with pytest.raises(CsvFerryError, match="csvferry_locks"):
                do_job(url, tmp_path)
    finally:
        node.run(f"DROP USER '{user}'@'{HOST}'")
