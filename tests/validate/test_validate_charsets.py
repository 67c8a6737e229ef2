"""The table of character sets is what the servers have: each character and its bytes."""

import pytest
from validate_judge import Judge

from csvferry.model.server import Server
from csvferry.validation import charsets as charset

PLANE = [point for point in range(1, 0x10000) if not 0xD800 <= point < 0xE000]
WHOLE = {"utf8mb4", "utf8mb3", "utf16", "utf16le", "utf32", "ucs2", "binary"}


@pytest.mark.parametrize("server", [Server.MYSQL, Server.MARIADB])
def test_the_table_is_the_servers_own(server: Server, request: pytest.FixtureRequest) -> None:
    judge = Judge(request.getfixturevalue(f"{server.value}_url"), server)
    judge.run(
        "CREATE TEMPORARY TABLE points"
        " (n INT PRIMARY KEY, c VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)"
    )
    for start in range(0, len(PLANE), 5000):
        rows = (f"({n},_utf8mb4 x'{chr(n).encode().hex()}')" for n in PLANE[start : start + 5000])
        judge.run(f"INSERT INTO points VALUES {','.join(rows)}")
    names = {(row[0] or b"").decode() for row in judge.run("SHOW CHARACTER SET")}
    assert {name for name in names if not charset.known(name)} == set()
    assert {name: _differ(judge, name) for name in sorted(names - WHOLE)} == dict.fromkeys(
        sorted(names - WHOLE), ""
    )
    judge.connection.close()


def _differ(judge: Judge, name: str) -> str:
    rows = judge.run(
        f"SELECT n, length(convert(c USING {name})) FROM points"
        f" WHERE hex(convert(convert(c USING {name}) USING utf8mb4)) = hex(c)"
    )
    theirs = {(int(n or 0), int(width or 0)) for n, width in rows}
    return " ".join(f"{n:x}" for n, _ in sorted(theirs ^ set(charset.widths(name).items())))
