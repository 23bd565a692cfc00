"""Seeded files for the comparisons: snapshots, batch metrics, event logs. The same seed, the same bytes."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator
from typing import Any

import orjson

from side_by_side.fields import ATTENTION, ENTROPY, LAYERS, RECORD, SCALARS

EVERY = 500
"""Steps between two snapshots."""

EPOCH = 1000
"""Batches of an epoch: 800 train, then 200 val; ``batch_idx`` starts at 0 in each phase."""

_START = 1_707_213_600
_CHUNK = 1000


# --- snapshots ---------------------------------------------------------------------------------------


def snapshot(number: int, count: int, chance: random.Random) -> dict[str, Any]:
    """Draw the ``number``-th of ``count`` snapshots, counted from 1: 46 scalars, 200 layers, 12 KB."""
    step, done = EVERY * number, number / count
    drawn = chance.random
    lr_quality = 0.54 + 0.004 * drawn()
    ki_quality = 0.45 + 0.22 * (1 - math.exp(-6 * done)) + 0.03 * drawn()
    values = {name: drawn() for name in SCALARS} | {
        "step_current": step,
        "epoch_num": 1 + step // 1000,
        "step_max": EVERY * count,
        "epoch_step_current": step % 1000,
        "epoch_step_total": 1000,
        "learning_rate_value": 3e-4 * (1 + math.cos(math.pi * done)) / 2,
        "lr_phase_name": "warmup" if done < 0.01 else "cosine",
        "total_loss_value": 0.02 + 0.08 * math.exp(-5 * done) + 0.004 * drawn(),
        "adaptive_mode": "Stable" if drawn() < 0.9 else "Aggressive",
        "adaptive_is_cooldown": drawn() < 0.1,
        "adaptive_cooldown_remaining": int(20 * drawn()),
        "adaptive_plateau_counter": int(300 * drawn()),
        "adaptive_lr_boost_available": drawn() < 0.5,
        "quality_lr_value": lr_quality,
        "quality_ki_value": ki_quality,
        "quality_improvement_value": ki_quality - lr_quality,
        "quality_ki_to_gt_value": ki_quality - 1,
        "quality_lr_to_gt_value": lr_quality - 1,
        "eta_total_formatted": f"{int(48 * (1 - done)):02d}:34:56",
        "eta_epoch_formatted": "00:45:30",
        "training_active": True,
        "validation_running": False,
        "training_paused": False,
        "has_validation_data": True,
        "last_validation_step": step,
        "dataset_files": 4096,
        "local_ip_address": "192.0.2.7",
        "tensorboard_port": 6006,
        "last_update_time": _START + 137.25 * number,
    }
    map_of_layers = {name: 2 * drawn() for name in LAYERS}
    return {**values, "layer_activity_map": map_of_layers}


def snapshots(directory: str, count: int, seed: int = 0) -> None:
    """Write ``Statistik_500.json`` and on, pretty-printed as the original program does."""
    os.makedirs(directory, exist_ok=True)
    chance = random.Random(seed)
    for number in range(1, count + 1):
        write_snapshot(directory, number, count, chance)


def write_snapshot(directory: str, number: int, count: int, chance: random.Random) -> str:
    """Write one snapshot and give its path."""
    path = os.path.join(directory, f"Statistik_{EVERY * number}.json")
    with open(path, "wb") as file:
        file.write(orjson.dumps(snapshot(number, count, chance), option=orjson.OPT_INDENT_2))
    return path


def count(directory: str) -> int:
    """Count the snapshots of a run."""
    return sum(name.startswith("Statistik_") for name in os.listdir(directory))


def add(directory: str, number: int) -> None:
    """Write one snapshot more, the ``number``-th; it is never the best."""
    write_snapshot(directory, number, 100 * number, random.Random(number))


def runs(root: str, count: int, files: int, seed: int = 0) -> None:
    """Write ``count`` runs of ``files`` snapshots each, a directory a run."""
    for number in range(count):
        snapshots(os.path.join(root, f"run-{number:04d}"), files, seed + number)


def event_log(directory: str, count: int, seed: int = 0) -> None:
    """Write TensorBoard's event file of the numbers among the scalars that `snapshots` writes."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    chance = random.Random(seed)
    writer = EventFileWriter(directory)
    for number in range(1, count + 1):
        drawn = snapshot(number, count, chance)
        for name in SCALARS:
            if isinstance(drawn[name], (int, float)):
                value = Summary.Value(tag=name, simple_value=float(drawn[name]))
                at = drawn["last_update_time"]
                writer.add_event(Event(wall_time=at, step=EVERY * number, summary=Summary(value=[value])))
    writer.close()


# --- batch metrics -----------------------------------------------------------------------------------


def records(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Draw batch records, 33 columns each."""
    chance = random.Random(seed)
    drawn = chance.random
    for number in range(count):
        place = number % EPOCH
        train = place < 800
        loss = 0.01 + 0.5 * math.exp(-number / 300) + 0.02 * drawn()
        numbers = [round(drawn(), 9) for _ in ATTENTION]
        numbers[ATTENTION.index("num_attention_peaks")] = int(20 * drawn())
        values = (
            place if train else place - 800,
            "train" if train else "val",
            loss,
            _START + 0.25 * number,
            ["bam_384", "bam_16"],
            loss,
            1 - loss,
            round(80 + 10 * drawn(), 3),
            round(20 + 5 * drawn(), 3),
            8654.5,
            *numbers,
            *numbers[1:5],
        )
        yield dict(zip(RECORD, values, strict=True))


def batch_metrics(path: str, count: int, *, nan: bool = False, seed: int = 0) -> None:
    """Write one ``final_training_metrics.json``, compact, a chunk of records at a time.

    With ``nan`` the column `ENTROPY` holds the bare token ``NaN``, as Python's ``json`` writes it.
    """
    with open(path, "wb") as file:
        file.write(b'{"batch_metrics":[')
        for number, text in enumerate(_chunks(count, nan, seed)):
            file.write(b"," + text if number else text)
        file.write(_ending(count))


def cumulative(directory: str, newest: str, count: int, files: int = 15, seed: int = 0) -> None:
    """Write ``files`` batch metrics files, each holding the one before, and the newest alone beside.

    Parameters
    ----------
    directory, newest : str
        Where the series goes, and where its last file goes once more.
    count : int
        Records of the newest.
    """
    os.makedirs(directory, exist_ok=True)
    os.makedirs(newest, exist_ok=True)
    drawn = [orjson.dumps(record) for record in records(count, seed)]
    for number in range(1, files + 1):
        held = count * number // files
        text = b'{"batch_metrics":[' + b",".join(drawn[:held]) + _ending(held)
        name = f"metrics_20251004_14{number:02d}00.json"
        for place in (directory, newest) if number == files else (directory,):
            with open(os.path.join(place, name), "wb") as file:
                file.write(text)


def _chunks(count: int, nan: bool, seed: int) -> Iterator[bytes]:
    drawn = records(count, seed)
    for start in range(0, count, _CHUNK):
        held = [next(drawn) for _ in range(min(_CHUNK, count - start))]
        if nan:
            held = [{**record, ENTROPY: "NaN"} for record in held]
        text = orjson.dumps(held)[1:-1]
        yield text.replace(b'"NaN"', b"NaN") if nan else text


def _ending(count: int) -> bytes:
    summary = {"total_batches": count, "latest_batch": count - 1}
    metadata = {"created_at": "2025-10-04T14:11:45.928259", "total_batches": count, "device": "cuda:0"}
    return b'],"summary":%b,"metadata":%b}' % (orjson.dumps(summary), orjson.dumps(metadata))
