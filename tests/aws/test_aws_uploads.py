"""What the function writes beside its state takes little memory on its way."""

import threading
from pathlib import Path
from typing import Any

from rig import Rig

from csvferry.sources.cloud.prefix_store import ObjectFolder
from csvferry.sources.cloud.ranges import SIDE_BY_SIDE


def test_few_parts_of_a_large_file_are_on_their_way_at_a_time(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as large:
        large.truncate(60_000_000)
    lock, flying, most = threading.Lock(), 0, 0

    def counted(request: Any) -> bool:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        request.forward()
        with lock:
            flying -= 1
        return True

    rig.storm.strike("PUT", counted, times=60)
    ObjectFolder(f"s3://{rig.bucket}/kept").keep("large", file)
    assert most <= SIDE_BY_SIDE
    assert rig.s3.head_object(Bucket=rig.bucket, Key="kept/large")["ContentLength"] == 60_000_000
