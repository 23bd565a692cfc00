"""Best value of every run below one directory."""

from __future__ import annotations

import os

from side_by_side.peers.answers import ask_duckdb, tell, texts


def raw_read(root: str) -> None:
    rows = size = 0
    for run in os.scandir(root):
        for text in texts(run.path):
            rows += 1
            size += len(text)
    tell(rows=rows, bytes=size)


def scan(root: str) -> None:
    rows = 0
    for run in os.scandir(root):
        for entry in os.scandir(run.path):
            entry.stat()
            rows += 1
    tell(rows=rows)


def orjson_loop(root: str) -> None:
    import orjson

    bests = [
        max(orjson.loads(text)["quality_ki_value"] for text in texts(run.path)) for run in os.scandir(root)
    ]
    tell(runs=len(bests), bests=sum(bests))


def duckdb_text(root: str) -> None:
    found = ask_duckdb(
        f"""
        select count(*), sum(best) from (
          select max(json_extract(content, '$.quality_ki_value')::double) as best
          from read_text('{root}/*/Statistik_*.json') group by parse_dirpath(filename))
        """
    ).fetchone()
    tell(runs=found[0], bests=found[1])
