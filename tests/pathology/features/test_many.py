"""Many tiles: in order, the same as one by one, whoever measures them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from statkit.errors import StatkitError, UsageError
from statkit.pathology.features import features_of_images, macenko, tile_features


@pytest.fixture(scope="module")
def tiles(ihc):
    return [ihc[y : y + 48, x : x + 48] for y in (0, 200) for x in (0, 100, 200, 300, 400)]


def test_one_by_one(tiles):
    seen = []
    found = features_of_images(
        tiles, stains="H-DAB", mpp=0.5, levels=8, progress=lambda done, total: seen.append((done, total))
    )
    assert found == [tile_features(each, stains="H-DAB", mpp=0.5, levels=8) for each in tiles]
    assert len({each.hematoxylin_mean for each in found}) == len(tiles)
    assert seen == [(place, 10) for place in range(1, 11)]


def test_by_two_processes(tiles):
    """More tiles than are taken at once."""
    taken, seen = [], []

    def images():
        for each in [*tiles, *tiles[::-1]]:
            taken.append(each)
            yield each

    found = features_of_images(
        images(), stains="H-DAB", jobs=2, progress=lambda done, total: seen.append(len(taken))
    )
    assert 2 <= seen[0] <= 8
    assert seen[-1] == 20
    alone = [tile_features(each, stains="H-DAB") for each in tiles]
    assert found == alone + alone[::-1]


@pytest.mark.slow
def test_a_tile_that_a_process_refuses(tiles):
    seen = []
    stains = macenko(tiles)
    images = [*tiles, *tiles, tiles[0] / 255 * 2 - 1, tiles[0]]
    with pytest.raises(UsageError, match=r"^Image 20: Found floats in .*undo='\[-1,1\]'"):
        features_of_images(
            (each for each in images),
            stains=stains,
            jobs=2,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert seen == [(place, None) for place in range(1, 21)]


def test_a_generator_is_not_held_whole(tiles):
    taken = []

    def images():
        for place, each in enumerate(tiles):
            taken.append(place)
            yield each

    features_of_images(images(), progress=lambda done, total: taken.append(f"done {done}"))
    assert taken[:4] == [0, "done 1", 1, "done 2"]


def test_none_and_one(tiles):
    assert features_of_images([]) == []
    assert features_of_images([], jobs=4) == []
    assert features_of_images(tiles[:1], jobs=4) == [tile_features(tiles[0])]
    assert features_of_images(np.stack(tiles[:2])) == [tile_features(each) for each in tiles[:2]]


def test_a_refused_tile_is_named(tiles):
    with pytest.raises(UsageError, match=r"^Image 1: Found an array of shape \(48, 48\)"):
        features_of_images([tiles[0], tiles[0][..., 0]])


@pytest.mark.parametrize("options", [{"jobs": 0}, {"jobs": 2.5}, {"jobs": "2"}, {"levels": 3}, {"mpp": -1}])
def test_options_are_checked_before_anything_is_read(options):
    with pytest.raises(UsageError, match=r"^Found"):
        features_of_images(iter([None]), **options)


def run(script, tmp_path, *command):
    path = Path(tmp_path, "measure.py")
    path.write_text(script)
    return subprocess.Popen(
        [sys.executable, str(path), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


UNGUARDED = """
import sys, numpy
from statkit.errors import StatkitError
from statkit.pathology.features import features_of_images
try:
    features_of_images([numpy.zeros((9, 9, 3))] * 4, jobs=2)
except StatkitError as error:
    print(error)
"""

ENDLESS = """
import multiprocessing, os, sys, numpy
from statkit.pathology.features import features_of_images

def tiles():
    while True:
        yield numpy.zeros((9, 9, 3), "u1")

def show(done, total):
    if done == 1:
        print(*[child.pid for child in multiprocessing.active_children()], flush=True)

if __name__ == "__main__":
    features_of_images(tiles(), jobs=2, progress=show)
"""


@pytest.mark.slow
def test_a_script_that_starts_itself_over_is_told_so(tmp_path):
    finished = run(UNGUARDED, tmp_path)
    out, _ = finished.communicate(timeout=120)
    assert 'if __name__ == "__main__"' in out
    assert issubclass(UsageError, StatkitError)


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "whole_group"), [(signal.SIGKILL, False), (signal.SIGINT, True)])
def test_no_process_is_left_when_the_caller_ends(tmp_path, sent, whole_group):
    running = run(ENDLESS, tmp_path)
    children = [int(pid) for pid in running.stdout.readline().split()]
    assert len(children) == 2
    (os.killpg if whole_group else os.kill)(running.pid, sent)
    _, error = running.communicate(timeout=60)
    assert running.returncode != 0
    for _ in range(100):
        left = [pid for pid in children if alive(pid)]
        if not left:
            break
        time.sleep(0.1)
    assert not left
    if whole_group:
        assert error.count("Traceback") == 1
        assert error.rstrip().endswith("KeyboardInterrupt")


def alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
