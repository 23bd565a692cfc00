"""Several processes on one directory, and processes that are killed: what counts is what is on the disk."""

import json
import os
import subprocess
import sys

import pytest

from statkit.pathology.annotations import reading
from statkit.pathology.sessions.session import open_session
from statkit.pathology.sessions.store import AnnotationStore

#: Forks children that save as fast as they can; the parent has no thread, so that forking is safe.
SAVERS = """
import os, random, signal, sys, time
from shapely.geometry import Point
from statkit.pathology.annotations.shape import Annotation, Annotations
from statkit.pathology.sessions.faults import ConflictError
from statkit.pathology.sessions.session import open_session
from statkit.pathology.sessions.store import AnnotationStore

run, mode, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = open_session(run)
image = session.images[0].id

def save(who, rounds, told=None):
    store = AnnotationStore(session)
    done = 0
    for n in range(rounds):
        there = store.load(image, "A")
        one = Annotation(geometry=Point(n, who), id=f"{who}-{n}")
        try:
            store.save(image, "A", Annotations(items=(*there.annotations.items[-20:], one)), there.revision)
            done += 1
            if told is not None and done == 1:
                os.write(told, b"1")
        except ConflictError:
            pass
    return done

def race():
    children = []
    for who in range(count):
        end, start = os.pipe()
        child = os.fork()
        if not child:
            os.write(start, b"%d" % save(who, 12))
            os._exit(0)
        children.append((child, end))
    for child, end in children:
        os.waitpid(child, 0)
        print(int(os.read(end, 20)))

def kill():
    chance = random.Random(7)
    for who in range(count):
        end, start = os.pipe()
        child = os.fork()
        if not child:
            save(who, 10**6, start)
        os.read(end, 1)
        time.sleep(chance.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(end)
        os.close(start)

race() if mode == "race" else kill()
"""


def started(run, mode, count):
    line = [sys.executable, "-c", SAVERS, str(run), mode, str(count)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


def versions(directory):
    """Read the kept versions, by number."""
    kept = os.path.join(directory, "revisions")
    names = [name for name in os.listdir(kept) if not name.startswith(".")]
    return {int(name.split(".")[-2]): reading.read(os.path.join(kept, name)) for name in names}


def test_of_writers_at_the_same_time_exactly_one_makes_the_next_revision(run):
    won = started(run, "race", 3)
    session = open_session(run)
    kept = versions(session.directory)
    assert sorted(kept) == list(range(1, sum(won) + 1))
    for number in range(2, len(kept) + 1):  # each builds on the one before: nothing got lost between them
        before = [item.id for item in kept[number - 1].items][-20:]
        assert [item.id for item in kept[number].items][:-1] == before
    store = AnnotationStore(session)
    assert store.load(session.images[0].id, "A").revision == sum(won)
    current = next(name for name in os.listdir(session.directory) if name.endswith(".geojson"))
    assert reading.read(os.path.join(session.directory, current)) == kept[sum(won)]
    with open(os.path.join(session.directory, "journal.jsonl"), encoding="utf-8") as file:
        assert sorted(json.loads(line)["revision"] for line in file) == sorted(kept)
    store.close()


def killed(run, count):
    started(run, "kill", count)
    session = open_session(run)
    store = AnnotationStore(session)
    kept = versions(session.directory)  # every one is read whole
    assert sorted(kept) == list(range(1, len(kept) + 1))
    there = store.load(session.images[0].id, "A")
    assert there.revision == len(kept)
    assert there.annotations.items == kept[len(kept)].items
    current = [name for name in os.listdir(session.directory) if name.endswith(".geojson")]
    shown = reading.read(os.path.join(session.directory, current[0]))
    assert shown in kept.values()
    saved = store.save(session.images[0].id, "A", [], there.revision)
    assert saved.revision == there.revision + 1
    store.close()
    return len(kept)


def test_killed_at_any_moment_every_file_is_whole(run):
    assert killed(run, 12) >= 12


@pytest.mark.slow
def test_killed_hundreds_of_times(run):
    assert killed(run, 200) >= 200
