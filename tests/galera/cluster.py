"""A Galera cluster of two nodes on this machine: MariaDB with Debian's galera-4.

A node that joins would be sent all data by a program of its own; here it begins with a copy of the
other's, and is sent what came since.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import servers
from targets import Target, connect

PROVIDER = next(
    (str(path) for path in map(Path, ("/usr/lib/galera/libgalera_smm.so",)) if path.exists()), None
)


@dataclass(frozen=True)
class OtherNode(Target):
    """A database whose rows a test reads and writes at one node, and csvferry at another."""

    other: str = ""

    def connect(self) -> Any:
        connection = connect(self.other)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION wsrep_sync_wait = 7")
            cursor.execute("SELECT 1")  # waits for what the first node has committed
        connection.select_db(self.url.rpartition("/")[2])
        return connection


def _options(number: int, port: int, peer: str) -> list[str]:
    provider = (
        f"gmcast.listen_addr=tcp://127.0.0.1:{port};ist.recv_addr=127.0.0.1:{servers.free_port()}"
        ";gcache.size=8M"
    )
    return [
        *("--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON"),
        f"--wsrep-provider={PROVIDER}",
        f"--wsrep-provider-options={provider}",
        f"--wsrep-cluster-address=gcomm://{peer}",
        f"--wsrep-node-name=node{number}",
        "--wsrep-node-address=127.0.0.1",
        "--wsrep-auto-increment-control=OFF",  # a case counts the numbers one by one
        f"--wsrep-sst-receive-address=127.0.0.1:{servers.free_port()}",
    ]


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of two nodes of a cluster."""
    ports = servers.free_port(), servers.free_port()
    peers = "", f"127.0.0.1:{ports[0]}"
    nodes = []
    for number in (0, 1):
        (own := folder / f"node{number + 1}").mkdir()
        nodes.append(servers.mariadb(own, *_options(number + 1, ports[number], peers[number])))
    one, other = nodes
    one.start()
    one.stop()  # its data is of a cluster now
    shutil.rmtree(other.data)
    shutil.copytree(one.data, other.data)
    other.data.chmod(0o777)  # where root runs it, the program that sends is nobody
    with servers.running(one), servers.running(other):
        yield one.url, other.url
