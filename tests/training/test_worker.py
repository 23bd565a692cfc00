import json
import os
import threading
import time

import numpy as np
import pytest

from statkit.sources import sidecar
from statkit.training import worker as module
from statkit.training.dashboard import Dashboard
from statkit.training.guard import Guard
from statkit.training.worker import Worker
from statkit.views.panels import Panels


def dashboard(number, size=100, panels=None):
    def make():
        return Panels(phase="train", number=number, error=np.full((4, 4), number, np.float32))

    return Dashboard(
        name=f"train_batch_{number:06d}.png", panels=panels or make, size=size, record={"number": number}
    )


class FakeDrawer:
    """Draws by writing the job's name into the picture; it can be slow, fail, or die."""

    made = ()

    def __init__(self, answer, behave=lambda job, number: {"error": None}):
        self.answer, self.behave, self.jobs, self.closed = answer, behave, [], False
        type(self).made = (*type(self).made, self)

    def send(self, job):
        self.jobs.append(job)
        threading.Thread(target=self._work, args=(job, len(self.jobs))).start()

    def _work(self, job, number):
        answer = self.behave(job, number)
        if answer is not None and answer["error"] is None and "picture" in job:
            assert os.path.exists(job["sidecar"]), "the arrays are kept before the picture is asked for"
            with open(job["picture"], "w") as picture:
                picture.write("drawn")
        self.answer(answer)

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def drawers():
    FakeDrawer.made = ()
    return lambda: FakeDrawer.made


@pytest.fixture
def worker_with(tmp_path, lines):
    def make(behave=lambda job, number: {"error": None}, patience=20.0):
        return Worker(
            tmp_path / "run", Guard(lines.append), lambda answer: FakeDrawer(answer, behave), patience
        )

    return make


def pictures(tmp_path):
    return sorted(p.name for p in (tmp_path / "run").glob("*.png"))


def test_every_dashboard_has_its_arrays_and_its_picture(tmp_path, worker_with, lines, drawers):
    worker = worker_with()
    for number in range(1, 6):
        assert worker.submit(dashboard(number))
    worker.close()
    assert pictures(tmp_path) == [f"train_batch_{n:06d}.png" for n in range(1, 6)]
    arrays, meta = sidecar.read(tmp_path / "run" / "train_batch_000003.npz")
    assert np.asarray(arrays["error"]).tolist() == np.full((4, 4), 3.0).tolist()
    assert meta["number"] == 3
    assert [record["number"] for _, record in worker.finished()] == [1, 2, 3, 4, 5]
    assert worker.finished() == []
    assert lines == []
    assert [drawer.closed for drawer in drawers()] == [True]


def test_a_busy_drawer_delays_pictures_and_holds_up_nobody(tmp_path, worker_with):
    go = threading.Event()
    worker = worker_with(lambda job, number: go.wait(20) and {"error": None})
    start = time.monotonic()
    for number in range(1, 41):
        worker.submit(dashboard(number))
    assert time.monotonic() - start < 5
    deadline = time.monotonic() + 20
    while worker._held and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(list((tmp_path / "run").glob("*.npz"))) == 40, "arrays are kept while the drawer is busy"
    assert worker._held == 0, "and no memory is"
    assert pictures(tmp_path) == []
    go.set()
    assert worker.drain()
    assert len(pictures(tmp_path)) == 40
    worker.close()


def test_what_cannot_be_drawn_is_said_and_the_rest_goes_on(tmp_path, worker_with, lines):
    worker = worker_with(lambda job, number: {"error": "ValueError: no image" if number == 2 else None})
    for number in range(1, 4):
        worker.submit(dashboard(number))
    worker.close()
    assert pictures(tmp_path) == ["train_batch_000001.png", "train_batch_000003.png"]
    assert lines == [
        "⚠️  train_batch_000002.png is not made: ValueError: no image — fix: draw it later from "
        "train_batch_000002.npz"
    ]


def test_a_drawer_that_dies_is_replaced_and_its_picture_tried_again(tmp_path, worker_with, lines, drawers):
    died = []

    def behave(job, number):
        if "000002" in job["picture"] and not died:
            died.append(job)
            return None
        return {"error": None}

    worker = worker_with(behave)
    for number in range(1, 4):
        worker.submit(dashboard(number))
    worker.close()
    assert len(pictures(tmp_path)) == 3
    assert len(drawers()) == 2
    assert lines == []


def test_drawers_that_keep_dying_are_given_up(tmp_path, worker_with, lines, drawers):
    worker = worker_with(lambda job, number: None)
    for number in range(1, 9):
        worker.submit(dashboard(number))
    worker.close()
    assert len(drawers()) == 3
    assert pictures(tmp_path) == []
    assert len(list((tmp_path / "run").glob("*.npz"))) == 8
    assert [line.split(" — ")[0] for line in lines] == [
        "⚠️  train_batch_000001.png is not made: the drawing process ended",
        "⚠️  train_batch_000002.png is not made: no process draws",
    ]


def test_a_drawer_that_hangs_is_replaced(tmp_path, worker_with, lines, drawers):
    hang = threading.Event()

    def behave(job, number):
        if len(drawers()) == 1:
            hang.wait(30)
        return {"error": None}

    worker = worker_with(behave, patience=0.3)
    worker.submit(dashboard(1))
    deadline = time.monotonic() + 20
    while not pictures(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    hang.set()
    worker.close()
    assert pictures(tmp_path) == ["train_batch_000001.png"]
    assert len(drawers()) == 2


def test_no_process_to_be_had_is_said(tmp_path, lines):
    def refuse(answer):
        raise OSError("no more processes")

    worker = Worker(tmp_path / "run", Guard(lines.append), refuse)
    for number in range(1, 4):
        worker.submit(dashboard(number))
    worker.close()
    assert len(list((tmp_path / "run").glob("*.npz"))) == 3
    assert len(lines) == 2
    assert "OSError: no more processes" in lines[0]


def test_panels_that_fail_cost_one_dashboard(tmp_path, worker_with, lines):
    worker = worker_with()
    worker.submit(dashboard(1, panels=lambda: 1 / 0))
    worker.submit(dashboard(2))
    worker.close()
    assert pictures(tmp_path) == ["train_batch_000002.png"]
    assert "ZeroDivisionError" in lines[0]


def test_storage_that_refuses_costs_the_dashboards_and_one_line(tmp_path, worker_with, lines):
    (tmp_path / "run").write_text("in the way")
    worker = worker_with()
    for number in range(1, 4):
        worker.submit(dashboard(number))
    worker.close()
    assert len(lines) == 1
    assert "dashboard" in lines[0]


def test_memory_is_bounded_where_the_storage_hangs(tmp_path, worker_with, lines, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    go = threading.Event()
    worker = worker_with()

    def hanging():
        go.wait(20)
        return Panels(phase="train", number=1)

    taken = [worker.submit(dashboard(number, size=400, panels=hanging)) for number in range(1, 6)]
    assert taken == [True, True, False, False, False]
    assert "train_batch_000003.png is given up" in lines[0]
    go.set()
    worker.close()
    assert len(pictures(tmp_path)) == 2


def test_one_dashboard_larger_than_the_bound_is_still_made(worker_with, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    worker = worker_with()
    assert worker.submit(dashboard(1, size=400))
    worker.close()


def test_leaving_early_says_how_many_are_not_drawn(tmp_path, worker_with, lines):
    go = threading.Event()
    worker = worker_with(lambda job, number: go.wait(20) and {"error": None})
    for number in range(1, 4):
        worker.submit(dashboard(number))
    worker.close(seconds=0.3)
    go.set()
    assert "3 dashboards are not drawn" in lines[0]
    worker.close()
    assert len(lines) == 1


def test_a_dashboard_of_an_earlier_training_is_kept(tmp_path, worker_with):
    for _ in range(2):
        worker = worker_with()
        worker.submit(dashboard(1))
        worker.close()
    assert (tmp_path / "run" / "superseded" / "1" / "train_batch_000001.npz").exists()


def test_the_report_is_asked_for_when_the_pictures_are_done(tmp_path, worker_with, drawers):
    worker = worker_with()
    worker.submit(dashboard(1))
    worker.report()
    worker.close()
    assert [list(job) for job in drawers()[0].jobs] == [["sidecar", "picture"], ["report"]]
    assert drawers()[0].jobs[1]["report"] == str(tmp_path / "run")
    assert [path.name for path, _ in worker.finished()] == ["train_batch_000001.png"]


def test_a_worker_with_nothing_to_do_starts_nothing(worker_with, drawers):
    worker = worker_with()
    assert worker.drain()
    worker.close()
    assert drawers() == ()


def test_the_real_process_draws_and_reports(tmp_path, lines):
    worker = Worker(tmp_path / "run", Guard(lines.append))
    worker.submit(dashboard(1))
    assert worker.drain()
    record = {"batch_idx": 0, "phase": "train", "epoch": 0, "global_step": 1, "loss": 0.5}
    (tmp_path / "run" / "batch_metrics.jsonl").write_text(json.dumps(record) + "\n")
    worker.report()
    worker.close()
    assert lines == []
    assert (tmp_path / "run" / "train_batch_000001.png").read_bytes().startswith(b"\x89PNG")
    assert "# Training Final Summary" in (tmp_path / "run" / "final_summary_report.md").read_text()


def test_what_the_drawing_computes_comes_into_the_record_and_is_remembered(worker_with, lines):
    values = {"pathology_layer": "bam_6", "tissue_attention_correlation": 0.5}
    worker = worker_with(lambda job, number: {"error": None, "values": {**values, "batch": number}})
    assert worker.pathology == {}
    made = [dashboard(number) for number in (1, 2)]
    for each in made:
        each.record["global_step"] = each.record["number"]
        worker.submit(each)
    worker.close()
    assert made[0].record["tissue_attention_correlation"] == 0.5
    assert [record["batch"] for _, record in worker.finished()] == [1, 2]
    assert worker.pathology == {**values, "batch": 2, "pathology_step": 2}
    assert lines == []


def test_what_could_not_be_computed_is_said_once_and_the_picture_is_there(tmp_path, worker_with, lines):
    worker = worker_with(lambda job, number: {"error": None, "notice": "UsageError: no image"})
    for number in (1, 2):
        worker.submit(dashboard(number))
    worker.close()
    assert len(pictures(tmp_path)) == 2
    said = "⚠️  No pathology of train_batch_000001.png: UsageError: no image"
    assert lines == [f"{said} — fix: statkit pathology {tmp_path / 'run'}"]
    assert worker.pathology == {}
