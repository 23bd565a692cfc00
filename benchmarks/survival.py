"""What is left of a training's files after SIGKILL: whole files, and appended records.

Kills land at random moments in a process that does nothing but save. Beside statkit's writer stand
the two ways a training usually saves. Run: ``python benchmarks/survival.py [--kills N] [--json]``.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable

from statkit.writers import BatchMetricsWriter, StatistikWriter

Save = Callable[[str, int], object]
FIELDS = {f"metric_{number}_value": number / 7 for number in range(30)}
LAYERS = {f"Forward_Block_{number:03d}": number / 3 for number in range(300)}


def document(serial: int) -> dict[str, object]:
    """About 12 KB, as a snapshot has; ``first`` and ``last`` tell a mixture of two."""
    return {"first": serial, **FIELDS, "layer_activity_map": LAYERS, "last": serial}


def statkit_save(directory: str, serial: int) -> None:
    writer = WRITERS.setdefault(directory, StatistikWriter(directory, echo=lambda line: None))
    if writer.save(500 * (serial % 3), document(serial)) is None:
        raise SystemExit("a save failed")


WRITERS: dict[str, StatistikWriter] = {}


def in_place_save(directory: str, serial: int) -> None:
    with open(os.path.join(directory, f"Statistik_{500 * (serial % 3)}.json"), "w") as file:
        json.dump(document(serial), file, indent=2)


def renamed_save(directory: str, serial: int) -> None:
    temporary = os.path.join(directory, "snapshot.tmp")
    with open(temporary, "w") as file:
        json.dump(document(serial), file, indent=2)
    os.replace(temporary, os.path.join(directory, f"Statistik_{500 * (serial % 3)}.json"))


def kill_while_saving(save: Save, kills: int, seed: int = 0) -> dict[str, int]:
    """Fork a process that saves without pause, kill it within 30 ms, look at what is there; repeat.

    Returns
    -------
    dict of str to int
        ``kills``, ``inside`` (a save was under way), ``torn`` (kills that left a file that is not
        whole JSON of one save), ``missing`` (kills after which a file was gone that had been there),
        ``superseded`` (old files kept).
    """
    chance = random.Random(seed)
    shared = mmap.mmap(-1, 16)  # byte 0: inside a save; byte 1: has saved once
    result = dict.fromkeys(("kills", "inside", "torn", "missing", "superseded"), 0)
    directory = tempfile.mkdtemp()
    for kill in range(kills):
        shared[0:2] = b"\0\0"
        child = os.fork()
        if child == 0:
            saving(save, directory, shared, kill * 1000)
        while not shared[1]:
            time.sleep(0.0002)
        time.sleep(chance.random() * 0.03)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        result["kills"] += 1
        result["inside"] += shared[0]
        names = [name for name in os.listdir(directory) if name.startswith("Statistik_")]
        result["missing"] += kill > 0 and not names
        result["torn"] += any(not is_whole(os.path.join(directory, name)) for name in names)
        if kill % 20 == 19:
            result["superseded"] += cleared(directory, result)
    result["superseded"] += cleared(directory, result)
    return result


def saving(save: Save, directory: str, shared: mmap.mmap, serial: int) -> None:
    try:
        while True:
            shared[0] = 1
            save(directory, serial)
            shared[0] = 0
            shared[1] = 1
            serial += 1
    finally:
        os._exit(1)


def is_whole(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
        return bool(found["first"] == found["last"])
    except ValueError:
        return False


def cleared(directory: str, result: dict[str, int]) -> int:
    """Empty a directory; count the old files that were kept, and whether they are whole."""
    kept = [
        os.path.join(where, name)
        for where, _, names in os.walk(directory)
        for name in names
        if where != directory and not name.startswith(".")
    ]
    result["torn"] += sum(not is_whole(path) for path in kept)
    shutil.rmtree(directory)
    os.mkdir(directory)
    return len(kept)


def kill_while_appending(count: int) -> dict[str, int]:
    """Append records in a process that kills itself right after the last; count what is there."""
    directory = tempfile.mkdtemp()
    child = os.fork()
    if child == 0:
        writer = BatchMetricsWriter(directory, echo=lambda line: None)
        for batch in range(count):
            writer.append({"batch_idx": batch, "phase": "train", **FIELDS})
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with open(os.path.join(directory, "batch_metrics.jsonl"), "rb") as file:
        found = [json.loads(line)["batch_idx"] for line in file]
    shutil.rmtree(directory)
    return {"appended": count, "found": len(found), "in_order": int(found == list(range(len(found))))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--only-statkit", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ways: dict[str, Save] = {"statkit.writers.StatistikWriter": statkit_save}
    if not options.only_statkit:
        ways |= {"json.dump in place": in_place_save, "json.dump, os.replace": renamed_save}
    kills = {name: kill_while_saving(save, options.kills) for name, save in ways.items()}
    records = kill_while_appending(10_000)
    if options.json:
        json.dump({"kills": kills, "records": records}, sys.stdout)
        return
    print("| way | kills | inside a save | left torn | file gone |\n|---|---|---|---|---|")
    for name, row in kills.items():
        print(f"| {name} | {row['kills']} | {row['inside']} | {row['torn']} | {row['missing']} |")
    print(f"\nOf {records['appended']:,} appended records {records['found']:,} are there after SIGKILL.")


if __name__ == "__main__":
    main()
