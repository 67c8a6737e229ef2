"""A subsegment of the invocation's X-Ray trace for each feed, where the invocation is sampled.

Sent as AWS X-Ray's developer guide says ("Sending segment documents to X-Ray", "Segment
documents"): a header, a line feed, the document, to the daemon's UDP port.
"""

import json
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

_HEADER = json.dumps({"format": "json", "version": 1})
_NOT_A_NAME = re.compile(r"[^\w\s.:/%&#=+\-@]")


@dataclass
class Subsegment:
    """What is told of the block; it is a fault when it raises, or says so."""

    fault: bool = False


@contextmanager
def traced(name: str) -> Iterator[Subsegment]:
    """Time the block."""
    parts, subsegment = _trace(), Subsegment()
    if parts.get("Sampled") != "1":
        yield subsegment
        return
    begun = time.time()
    try:
        yield subsegment
    except BaseException:
        subsegment.fault = True
        raise
    finally:
        _send(
            {
                "id": secrets.token_hex(8),
                "trace_id": parts.get("Root", ""),
                "parent_id": parts.get("Parent", ""),
                "type": "subsegment",
                "name": _NOT_A_NAME.sub("_", name)[:200],
                "start_time": begun,
                "end_time": time.time(),
                "fault": subsegment.fault,
            }
        )


def _trace() -> dict[str, str]:
    """`Root=1-…;Parent=…;Sampled=1` as its parts."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value for name, _, value in pairs}


def _send(document: dict[str, object]) -> None:
    """One datagram; whether anybody takes it is nobody's trouble."""
    host, _, port = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000").rpartition(":")
    try:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
            udp.sendto(f"{_HEADER}\n{json.dumps(document)}".encode(), (host, int(port)))
    except (OSError, ValueError):
        return
