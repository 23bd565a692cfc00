"""One bad file costs one file: whatever stands in a run directory, the rest is read and nothing changes."""

import json
import os
from pathlib import Path

import pytest

from statkit.data.load import load_all
from statkit.errors import RunNotFoundError, SourceError

SNAPSHOT = json.dumps(
    {"step_current": 1000, "quality_ki_value": 0.65, "layer_activity_map": {"Schicht ä": 3}}, indent=2
)

BAD = {
    "empty": b"",
    "blank": b" \r\n\t",
    "zeros": b"\0" * 5000,
    "half": SNAPSHOT.encode()[:40],
    "tail": SNAPSHOT.encode()[40:],
    "garbage": bytes(range(256)) * 8,
    "html": b"<!DOCTYPE html><html></html>",
    "twice": SNAPSHOT.encode() * 2,
    "single quotes": SNAPSHOT.encode().replace(b'"', b"'"),
    "root list": b"[1, 2]",
    "root number": b"12345678901234567890123",
    "root string": b'"step_current"',
    "root null": b"null",
    "root true": b"true",
    "empty object": b"{}",
    "batch metrics": b'{"batch_metrics": [{"batch_idx": 0}]}',
    "deep list": b"[" * 100_000,
    "deep map": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}

STRANGE = {
    "bom": SNAPSHOT.encode("utf-8-sig"),
    "utf-16": SNAPSHOT.encode("utf-16"),
    "utf-16 bare": SNAPSHOT.encode("utf-16-be"),
    "utf-32": SNAPSHOT.encode("utf-32"),
    "crlf": SNAPSHOT.replace("\n", "\r\n").encode(),
    "not utf-8": SNAPSHOT.encode("latin-1"),
    "surrogate": SNAPSHOT.replace("}\n}", '},\n"x": "\\ud800"}').encode(),
    "duplicate keys": SNAPSHOT.replace("{", '{"quality_ki_value": 0.1,', 1).encode(),
    "trailing zeros of nothing": SNAPSHOT.encode() + b"\n\n",
    "deep value": SNAPSHOT.replace("}\n}", '},\n"x": ' + "[" * 950 + "]" * 950 + "}").encode(),
    "deep map": SNAPSHOT.replace("}\n}", '},\n"x": ' + '{"a":' * 900 + "1" + "}" * 900 + "}").encode(),
    "huge number": SNAPSHOT.replace("}\n}", '},\n"x": 1' + "0" * 6000 + "}").encode(),
    "huge step": SNAPSHOT.replace("1000", "1" + "0" * 400).encode(),
    "huge time": SNAPSHOT.replace("}\n}", '},\n"last_update_time": 1e300}').encode(),
    "odd types": b'{"step_current": [1], "quality_ki_value": {}, "epoch_num": "x", "last_update_time": []}',
    "odd non_finite": b'{"step_current": 1, "non_finite": {"a": [1], "b": {}}}',
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("place", ["Statistik_400.json", "Statistik_1000.json", "Statistik_9.json"])
def test_a_bad_snapshot_is_named_once_and_the_rest_is_read(directory, fault, place):
    directory.snapshots(500, 1500)
    directory.put(place, BAD[fault])
    run = directory.run()
    assert run.columns("validation").steps == [500, 1500]
    assert [(n.code, n.path) for n in run.notices] == [("skipped-file", place)]
    assert len(run.frame()) == 2


@pytest.mark.parametrize("fault", STRANGE)
def test_a_strange_snapshot_is_read(directory, fault):
    directory.snapshots(500, 1500)
    directory.put("Statistik_1000.json", STRANGE[fault])
    run = directory.run()
    assert run.columns("validation").steps == [500, 1000, 1500]
    for engine in ("pandas", "polars"):
        for shape in ("wide", "long"):
            assert len(run.frame(engine=engine, shape=shape)) >= 3
    if fault not in ("odd types", "odd non_finite"):
        assert run.columns("validation").fields["quality_ki_value"][1] == 0.65
    assert len(list(run.documents())) == 3


@pytest.mark.parametrize("fault", [*BAD, *STRANGE])
def test_a_bad_snapshot_named_on_the_command_line_is_an_error_or_a_run(directory, fault):
    path = directory.put("Statistik_1000.json", (BAD | STRANGE)[fault])
    if fault in STRANGE:
        assert load_all([str(path)])[0].columns("validation").steps == [1000]
    elif fault == "batch metrics":  # what a file holds counts, not its name
        assert len(load_all([str(path)])[0].columns("batch")) == 1
    else:
        with pytest.raises(SourceError, match=r"Statistik_1000\.json"):
            load_all([str(path)])[0].columns("validation")


def test_a_snapshot_torn_at_every_byte_is_skipped_and_never_half_read(directory):
    data = json.dumps(directory.snapshot(1000), indent=2).encode()
    directory.snapshots(500)
    for size in range(len(data)):
        aged(directory.put(f"Statistik_{1000 + size}.json", data[:size]))
    run = directory.run()
    assert run.columns("validation").steps == [500]
    assert {n.code for n in run.notices} == {"skipped-file"}
    assert len(run.notices) == len(data)


def test_a_batch_file_torn_at_every_byte_is_skipped_and_never_half_read(directory):
    records = [directory.batch(i) for i in range(3)]
    data = json.dumps(directory.metrics(records)).encode()
    directory.put("final_training_metrics.json", directory.metrics(records[:2]))
    for size in range(len(data)):
        aged(directory.put(f"metrics_20251004_{100000 + size}.json", data[:size]))
    assert len(directory.columns("batch")) == 2


def test_lines_torn_at_every_byte_lose_the_last_record_alone(directory):
    lines = [json.dumps(directory.batch(i)) for i in range(3)]
    data = "".join(line + "\n" for line in lines).encode()
    ends = [sum(len(line) + 1 for line in lines[: n + 1]) - 1 for n in range(3)]
    for size in range(1, len(data)):
        directory.put("batch_metrics.jsonl", data[:size])
        whole = sum(size >= end for end in ends)
        run = directory.run() if b'"phase"' in data[:size] else None
        assert run is None or len(run.columns("batch")) == whole


def aged(path):
    os.utime(path, (1e9, 1e9))


@pytest.mark.parametrize(
    "name",
    [
        "Statistik_5.json.tmp",
        ".Statistik_5.json.1234.abc.tmp",
        "Statistik_5.json~",
        "Statistik_5.JSON.BAK",
        "Statistik_-5.json",
        "notes.txt",
        "checkpoint_step_0000500_config_ref.json",
        "runtime_config_step_0000500.json",
    ],
)
def test_other_names_are_no_business_of_ours(directory, name):
    directory.snapshots(500)
    directory.put(name, b"{")
    assert directory.columns().steps == [500]
    assert directory.notices() == []


@pytest.mark.parametrize(
    "name",
    [
        b"Statistik_600_\xff\xfe.json",
        "Statistik_600_größe 😀.json".encode(),
        b"Statistik_600_a\nb.json",
        b"Statistik_600_-rf *.json",
    ],
)
def test_odd_names_do_not_hurt(directory, name):
    directory.snapshots(500)
    Path(os.fsdecode(os.fsencode(directory.path) + b"/" + name)).write_text(
        json.dumps(directory.snapshot(600))
    )
    run = directory.run()
    assert run.columns("validation").steps == [500, 600]
    for engine in ("pandas", "polars"):
        assert len(run.frame(engine=engine, provenance=True)) == 2
        run.frame(engine=engine, provenance=True).to_dict()


def test_a_metrics_directory_that_is_none_and_an_empty_run(directory):
    directory.put("metrics", b"a file")
    with pytest.raises(SourceError, match="holds no run"):
        directory.run()


def test_a_missing_path_offers_the_nearest(directory):
    with pytest.raises(RunNotFoundError, match="Did you mean"):
        load_all([str(directory.path) + "s"])
