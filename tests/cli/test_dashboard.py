"""statkit dashboard: which pictures, where they go, and what is said of them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pexpect
import pytest

from statkit.views.panels import Panels, drawn
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "examples" / "runs" / "coarse" / "seed-0"


def panels(number, phase="train", side=16):
    rng = np.random.default_rng(number)
    image = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Panels(phase=phase, number=number, images={"input": image, "output": image})


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "a run"
    directory.mkdir()
    rows = [{"batch_idx": i, "phase": "train", "loss": 1 / (i + 1)} for i in range(20)]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for phase, number in (("train", 10), ("train", 20), ("val", 1)):
        name = f"{phase}_batch_{number:06d}.npz"
        sidecar.write(directory / name, *panels(number, phase).to_arrays())
    return directory


def names(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.png"))


def test_one_file_of_the_bytes_the_training_drew(statkit, run, tmp_path):
    done = statkit("dashboard", run, "-o", "x.png")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "x.png").read_bytes() == drawn(panels(20))
    assert "x.png" in done.out
    assert "sidecar" in done.out


def test_all_of_them_by_two_processes_into_a_directory(statkit, run, tmp_path):
    done = statkit("dashboard", run, "--all", "--jobs", "2", "-o", "out/", "--json")
    assert done.code == 0
    assert names(tmp_path / "out") == [
        "train_batch_000010.png",
        "train_batch_000020.png",
        "val_batch_000001.png",
    ]
    assert done.json["schema"] == "statkit.dashboard/1"
    told = done.json["dashboards"]
    assert [(each["phase"], each["number"], each["origin"]) for each in told] == [
        ("train", 10, "sidecar"),
        ("train", 20, "sidecar"),
        ("val", 1, "sidecar"),
    ]
    assert told[0]["missing"] == ["error map", "attention"]
    assert (tmp_path / told[2]["picture"]).read_bytes() == drawn(panels(1, "val"))


def test_without_a_place_they_go_below_dashboards_and_the_run_stays_as_it_is(statkit, run, tmp_path):
    before = sorted(path.name for path in run.iterdir())
    assert statkit("dashboard", run).code == 0
    assert sorted(path.name for path in run.iterdir()) == before
    (made,) = names(tmp_path / "dashboards")
    assert made.startswith("a-run-")
    assert made.endswith("/train_batch_000020.png")


def test_several_runs_get_a_directory_each(statkit, tmp_path):
    done = statkit("dashboard", SNAPSHOTS, SNAPSHOTS.with_name("seed-1"), "-o", "out")
    assert done.code == 0
    assert names(tmp_path / "out") == ["seed-0/dashboard.png", "seed-1/dashboard.png"]


def test_a_picture_goes_to_standard_output(run):
    command = [sys.executable, "-m", "statkit", "dashboard", str(run), "--batch", "10", "-o", "-"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == drawn(panels(10))


def test_missing_panels_are_said(statkit, run):
    done = statkit("dashboard", run, "--batch", "7", "-o", "x.png", "--csv")
    assert done.out.splitlines()[0] == "run,path,picture,phase,number,origin,missing"
    assert '"[""original"",""reconstruction"",""error map"",""attention""]"' in done.out


def test_a_damaged_one_of_many_is_left_out_and_alone_it_is_an_error(statkit, run, tmp_path):
    (run / "train_batch_000020.npz").write_bytes(b"PK\x03\x04")
    done = statkit("dashboard", run, "--all", "-o", "out/")
    assert done.code == 0
    assert "warning: skipped-file" in done.err
    assert len(names(tmp_path / "out")) == 2
    alone = statkit("dashboard", run, "-o", "x.png")
    assert alone.code == 2
    assert len(alone.err.splitlines()) == 1
    assert "train_batch_000020.npz" in alone.err
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--all", "-o", "x.png"), "name a directory"),
        (("-o", "x.pdf"), "a dashboard is a PNG"),
        (("--batch", "10", "--all"), "contradict"),
        (("--batch", "99"), "Possible: train 1 to 20"),
        (("--phase", "test"), "Possible: train, val"),
        (("--palette", "jet"), "Possible: seed, safe"),
        (("--jobs", "0"), "--jobs"),
        (("-o", "absent/\0/x.png"), "cannot be written"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(statkit, run, tmp_path, arguments, words):
    if "\0" in arguments[-1]:
        (tmp_path / "absent").write_text("a file")
        arguments = ("-o", "absent/x.png")
    done = statkit("dashboard", run, *arguments)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert words in done.err
    assert not names(tmp_path)


def test_a_terminal_sees_a_bar_that_goes_and_a_pipe_does_not(run, statkit, tmp_path):
    command = f"{sys.executable} -m statkit dashboard '{run}' --all -o '{tmp_path}/out/'"
    child = pexpect.spawn("/bin/sh", ["-c", command], dimensions=(24, 100), encoding="utf-8", timeout=60)
    shown = child.read()
    assert "3/3" in shown
    assert statkit("dashboard", run, "--all", "-o", "again/").err == ""
    assert (
        "/3" not in pexpect.run(f'/bin/sh -c "{command.replace("--all", "--all -q")}"', timeout=60).decode()
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_it_at_once_and_leaves_whole_pictures_alone(run, tmp_path, jobs):
    for number in range(100, 700):
        sidecar.write(run / f"train_batch_{number:06d}.npz", *panels(number).to_arrays())
    out = tmp_path / "out"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "statkit",
            "dashboard",
            str(run),
            "--all",
            "--jobs",
            str(jobs),
            "-o",
            f"{out}/",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (out.is_dir() and len(names(out)) >= 3):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    printed, said = process.communicate(timeout=30)
    assert (process.returncode, printed, said) == (130, "", "")
    made = names(out)
    assert sorted(path.name for path in out.iterdir()) == made  # no temporary file
    time.sleep(0.5)
    assert names(out) == made  # nobody draws on
    for name in (made[0], made[-1]):
        number = int(name.split("_")[2].removesuffix(".png"))
        assert (out / name).read_bytes() == drawn(panels(number))
