"""What the live page costs: answers, fifty viewers beside one, a file's way to the page, memory by updates.

20 runs of 200 snapshots of 12 KB, served by a process of its own on the loopback, asked by threads of
another. A viewer asks as the page does: it listens, and when a run changed it asks for the list, that run
and what is new of its series; between changes it moves from run to run, one question in about a second.
Latencies are from the first byte sent to the last one taken. Of a file the time counts from the writer's
rename to the event, and to the new row. Memory is the server's own resident size, after the warm-up.

Run: ``python benchmarks/page.py [--runs N] [--snapshots N] [--seconds S] [--updates N] [--json]``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

from statkit.writers.atomic import replace_file  # noqa: E402

LAYERS = [f"{trunk} {n}" for trunk in ("Backward", "Forward") for n in range(1, 17)] + ["Final Fusion"]


def snapshot(step: int, now: float) -> bytes:
    """Write a snapshot of about 12 KB, as the original program's newer ones are."""
    source = random.Random(step)
    document: dict[str, Any] = {
        "step_current": step,
        "step_max": 1_000_000,
        "epoch_num": 1 + step // 10_000,
        "epoch_step_current": step % 10_000,
        "epoch_step_total": 10_000,
        "quality_ki_value": 0.6 + source.random() / 100,
        "quality_lr_value": 0.54,
        "quality_improvement_value": 0.06,
        "validation_loss_value": 1 / (step + 1),
        "learning_rate_value": 1e-4,
        "lr_phase_name": "cosine",
        "adaptive_mode": "Stable",
        "adaptive_plateau_counter": step % 400,
        "training_active": True,
        "validation_running": False,
        "training_paused": False,
        "last_update_time": now,
        "layer_activity_map": {layer: source.random() for layer in LAYERS},
        **{f"{name}_loss_value": source.random() for name in ("total", "l1", "ms", "gradient", "perceptual")},
        **{f"{name}_weight_current": source.random() for name in ("l1", "ms", "gradient", "perceptual")},
        "dataset_files": [f"clip_{n:05}/frame_{n:03}.png" for n in range(280)],
    }
    return json.dumps(document, indent=2).encode()


def make_runs(root: Path, runs: int, snapshots: int) -> list[Path]:
    """Write the runs, the last of each a moment ago."""
    made = []
    for number in range(runs):
        directory = root / f"group-{number % 4}" / f"seed-{number // 4}"
        directory.mkdir(parents=True)
        for place in range(snapshots):
            data = snapshot(500 * (place + 1), time.time() - 30 * (snapshots - place))
            (directory / f"Statistik_{500 * (place + 1)}.json").write_bytes(data)
        made.append(directory)
    return made


class Client:
    """One connection to the page."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[float, bytes]:
        """Ask; give the seconds and the body."""
        start = time.perf_counter()
        self.line.request("GET", path, headers={"X-Statkit-Token": self.token})
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, body)
        return time.perf_counter() - start, body

    def events(self) -> Iterator[tuple[float, dict[str, Any]]]:
        """Listen; give each change with the time it came."""
        with socket.create_connection(("127.0.0.1", self.port)) as line, line.makefile("rb") as lines:
            head = f"GET /api/live HTTP/1.1\r\nHost: localhost\r\nX-Statkit-Token: {self.token}\r\n\r\n"
            line.sendall(head.encode())
            for text in lines:
                if text.startswith(b"data: {"):
                    yield time.perf_counter(), json.loads(text[6:])


@contextmanager
def served(root: Path) -> Iterator[tuple[Client, int]]:
    """Serve a directory by a process of its own; gives a client and the process's number."""
    command = [sys.executable, "-m", "statkit", "serve", str(root), "--port", "0", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)/monitoring\?token=(\S+)", process.stdout.readline())
        assert found is not None
        yield Client(int(found[1]), found[2]), process.pid
    finally:
        process.terminate()
        process.communicate()


def measured(times: list[float]) -> dict[str, float]:
    """Summarise seconds as milliseconds."""
    times = sorted(times)
    return {
        "n": len(times),
        "p50_ms": round(1e3 * statistics.median(times), 2),
        "p95_ms": round(1e3 * times[min(len(times) - 1, int(0.95 * len(times)))], 2),
        "max_ms": round(1e3 * times[-1], 2),
    }


def endpoints(client: Client) -> dict[str, dict[str, float]]:
    """Ask each address first, and then again and again."""
    first, body = client.get("/api/runs")
    listed = json.loads(body)["runs"]
    one = listed[0]["id"]
    sides = [
        f"side={g}:{','.join(r['id'] for r in listed if r['group'] == g)}" for g in ("group-0", "group-1")
    ]
    paths = {
        "runs": "/api/runs",
        "run": f"/api/runs/{one}",
        "series": f"/api/runs/{one}/series?metric=quality_ki_value&metric=total_loss_value",
        "activity": f"/api/runs/{one}/activity",
        "compare": f"/api/compare?{'&'.join(sides)}&metric=quality_ki_value",
        "page": "/monitoring",
        "csv": f"/api/runs/{one}/export.csv",
        "figure": f"/api/runs/{one}/figure.png?metric=quality_ki_value",
    }
    found = {}
    for name, path in paths.items():
        cold = first if name == "runs" else client.get(path)[0]
        times = [client.get(path)[0] for _ in range(30)]
        found[name] = {"first_ms": round(1e3 * cold, 1), **measured(times)}
    return found


def viewers(client: Client, count: int, seconds: float, runs: list[Path]) -> dict[str, float]:
    """Watch with some viewers while one run grows; give the latencies of all their questions."""
    listed = [run["id"] for run in json.loads(client.get("/api/runs")[1])["runs"]]
    times: list[float] = []
    end = time.monotonic() + seconds
    growing = threading.Thread(target=grow, args=(runs[0], lambda: time.monotonic() < end, 1.0))

    def view(number: int) -> None:
        mine = Client(client.port, client.token)
        source = random.Random(number)
        time.sleep(source.random())
        while time.monotonic() < end:
            run = source.choice(listed)
            for path in (
                "/api/runs",
                f"/api/runs/{run}",
                f"/api/runs/{run}/series",
                f"/api/runs/{run}/activity",
            ):
                times.append(mine.get(path)[0])
                time.sleep(source.random() / 2)

    threads = [threading.Thread(target=view, args=(number,)) for number in range(count)]
    listening = threading.Thread(
        target=lambda: [None for _ in client.events() if time.monotonic() > end], daemon=True
    )
    for thread in (growing, listening, *threads):
        thread.start()
    for thread in (growing, *threads):
        thread.join()
    return measured(times)


def grow(run: Path, while_: Callable[[], bool], pause: float) -> None:
    """Save snapshots, as a training does."""
    step = 1_000_000
    while while_():
        step += 500
        replace_file(str(run / f"Statistik_{step}.json"), [snapshot(step, time.time())])
        time.sleep(pause)
    for made in run.glob("Statistik_1??????.json"):
        made.unlink()


def way(client: Client, run: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Measure a file's way: from its rename to the event, and to the row."""
    listed = json.loads(client.get("/api/runs")[1])["runs"]
    mine = next(each["id"] for each in listed if run.samefile(each["path"]))
    events = client.events()
    next(events)
    told, read = [], []
    for number in range(rounds):
        step = 2_000_000 + number
        replace_file(str(run / f"Statistik_{step}.json"), [snapshot(step, time.time())])
        start = time.perf_counter()
        when = next(when for when, data in events if mine in data.get("runs", ()))
        told.append(when - start)
        client.get(f"/api/runs/{mine}/series?metric=quality_ki_value")
        read.append(time.perf_counter() - start)
        time.sleep(0.5)
    for number in range(rounds):
        (run / f"Statistik_{2_000_000 + number}.json").unlink()
    return {"to the event": measured(told), "to the row": measured(read)}


def resident(pid: int) -> float:
    """Give a process's resident size in MiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]


def memory(client: Client, pid: int, run: Path, updates: int) -> dict[str, float]:
    """Write one snapshot again and again, look at the run after each, and see how the server grows."""
    mine = next(
        each["id"] for each in json.loads(client.get("/api/runs")[1])["runs"] if run.samefile(each["path"])
    )
    events = client.events()
    next(events)

    def update(count: int) -> None:
        for _ in range(count):
            replace_file(str(run / "Statistik_500.json"), [snapshot(500, time.time())])
            next(data for _, data in events if mine in data.get("runs", ()))
            for path in (f"/api/runs/{mine}", f"/api/runs/{mine}/series", "/api/runs"):
                client.get(path)

    update(max(100, updates // 3))
    before = resident(pid)
    update(updates)
    grown = resident(pid) - before
    return {
        "updates": updates,
        "before_mib": round(before, 1),
        "grown_mib": round(grown, 2),
        "mib_per_1000": round(1000 * grown / updates, 2),
    }


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--snapshots", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        runs = make_runs(Path(place), asked.runs, asked.snapshots)
        with served(Path(place)) as (client, pid):
            found: dict[str, Any] = {"endpoints": endpoints(client)}
            found["way of a file"] = way(client, runs[0], 15)
            for count in (1, 50):
                found[f"viewers {count}"] = viewers(client, count, asked.seconds, runs)
            found["p95, 50 viewers over 1"] = round(
                found["viewers 50"]["p95_ms"] / found["viewers 1"]["p95_ms"], 2
            )
            found["memory"] = memory(client, pid, runs[1], asked.updates)
    print(json.dumps(found, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
