"""Every peer, csvferry first."""

from __future__ import annotations

from benchmarks.job import Peer
from benchmarks.peers import (
    chdb_mysql,
    csvferry,
    csvferry_before,
    csvferry_full,
    csvferry_plan,
    dlt_append,
    dlt_merge,
    duckdb_mysql,
    insert_ignore,
    load_data,
    merge_sql,
    pandas_sql,
    polars_sql,
    reload,
    select_rows,
)

PEERS: dict[str, Peer] = {
    module.PEER.key: module.PEER
    for module in (
        csvferry,
        csvferry_before,
        csvferry_full,
        csvferry_plan,
        load_data,
        merge_sql,
        reload,
        duckdb_mysql,
        chdb_mysql,
        polars_sql,
        pandas_sql,
        dlt_append,
        dlt_merge,
        insert_ignore,
        select_rows,
    )
}
