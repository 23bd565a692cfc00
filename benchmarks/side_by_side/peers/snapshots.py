"""Best step of a directory of snapshots, and the improvement at every step.

Every function prints one JSON object. Libraries are imported inside, so that each pays for its own.
"""

from __future__ import annotations

import os

from side_by_side.peers.answers import ask_duckdb, tell, tell_best, tell_best_of, texts

THREE = ("step_current", "quality_ki_value", "quality_improvement_value")


def raw_read(directory: str) -> None:
    rows = size = 0
    for text in texts(directory):
        rows += 1
        size += len(text)
    tell(rows=rows, bytes=size)


def scan(directory: str) -> None:
    rows = size = 0
    for entry in os.scandir(directory):
        if entry.name.startswith("Statistik_"):
            rows += 1
            size += entry.stat().st_size
    tell(rows=rows, bytes=size)


def orjson_loop(directory: str) -> None:
    import orjson

    tell_best(tuple(map(orjson.loads(text).__getitem__, THREE)) for text in texts(directory))


def msgspec_struct(directory: str) -> None:
    import msgspec

    struct = msgspec.defstruct("Three", [(THREE[0], int), (THREE[1], float), (THREE[2], float)], gc=False)
    decode = msgspec.json.Decoder(struct).decode
    tell_best(tuple(getattr(row, name) for name in THREE) for row in map(decode, texts(directory)))


def simdjson_lazy(directory: str) -> None:
    import simdjson

    parser = simdjson.Parser()

    def three(text: bytes) -> tuple[int, float, float]:
        document = parser.parse(text)
        return document[THREE[0]], document[THREE[1]], document[THREE[2]]

    tell_best(map(three, texts(directory)))


def json_pandas(directory: str) -> None:
    import json

    import pandas

    documents = map(json.loads, texts(directory))
    frame = pandas.DataFrame([[document[name] for name in THREE] for document in documents])
    tell_best_of(frame[0], frame[1], frame[2])


def orjson_polars(directory: str) -> None:
    import orjson
    import polars

    documents = map(orjson.loads, texts(directory))
    rows = [[document[name] for name in THREE] for document in documents]
    frame = polars.DataFrame(rows, schema=list(THREE), orient="row")
    best = frame.sort("quality_ki_value").row(-1)
    tell(step=best[0], value=best[1], rows=len(frame), improvement=frame["quality_improvement_value"].sum())


def duckdb_text(directory: str) -> None:
    paths = ", ".join(f"'$.{name}'" for name in THREE)
    found = ask_duckdb(
        f"""
        with rows as (
          select j[1]::bigint as step, j[2]::double as quality, j[3]::double as improvement from (
            select json_extract(content, [{paths}]) as j from read_text('{directory}/Statistik_*.json')))
        select arg_max(step, quality), max(quality), count(*), sum(improvement) from rows
        """
    ).fetchone()
    tell(step=found[0], value=found[1], rows=found[2], improvement=found[3])


def duckdb_auto(directory: str) -> None:
    found = ask_duckdb(
        f"""
        select arg_max(step_current, quality_ki_value), max(quality_ki_value), count(*),
               sum(quality_improvement_value)
        from read_json_auto('{directory}/Statistik_*.json')
        """
    ).fetchone()
    tell(step=found[0], value=found[1], rows=found[2], improvement=found[3])
