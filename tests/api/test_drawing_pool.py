import numpy as np
import pytest

from statkit.api.drawing_pool import answers
from statkit.views.panels import Panels, drawn
from statkit.writers import sidecar


def panels(number):
    image = np.full((8, 8, 3), number, np.uint8)
    return Panels(phase="train", number=number, images={"input": image, "output": image})


@pytest.fixture
def jobs(tmp_path):
    made = []
    for number in range(1, 7):
        kept = tmp_path / f"{number}.npz"
        sidecar.write(kept, *panels(number).to_arrays())
        made.append({"sidecar": str(kept), "picture": str(tmp_path / f"{number}.png"), "palette": "seed"})
    return made


def test_every_job_is_answered_once_and_done(tmp_path, jobs):
    jobs[2]["sidecar"] = str(tmp_path / "missing.npz")
    found = dict(answers(jobs, 2))
    assert sorted(found) == list(range(6))
    assert [place for place, error in found.items() if error is not None] == [2]
    assert "no such sidecar" in found[2]
    for number in (1, 2, 4, 5, 6):
        assert (tmp_path / f"{number}.png").read_bytes() == drawn(panels(number))


def test_who_stops_asking_leaves_whole_pictures_and_no_process(tmp_path, jobs):
    asked = answers(jobs, 2)
    next(asked)
    hands = [hand._process for hand in asked.gi_frame.f_locals["hands"]]
    asked.close()
    assert [process.poll() for process in hands] == [0, 0]
    left = {path.name for path in tmp_path.iterdir()} - {f"{n}.npz" for n in range(1, 7)}
    assert left
    for name in left:
        assert (tmp_path / name).read_bytes() == drawn(panels(int(name.removesuffix(".png"))))


def test_nothing_to_do_starts_nothing():
    assert list(answers([], 4)) == []
