"""What the page is answered, against the files themselves and the library's own verbs."""

import json
import os
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest

import statkit as sk
from statkit.api.dashboards import dashboard
from statkit.api.exporting import export_bytes
from statkit.errors import MalformedFileError
from statkit.server.assets import assets
from statkit.server.downloads import FILES, Download
from statkit.server.images import images_of, png

RUNS = Path(__file__).parents[2] / "examples" / "runs"


def on_disk(directory):
    """The snapshots of a directory, in order of their steps."""
    files = sorted(directory.glob("Statistik_*.json"), key=lambda file: int(file.stem.partition("_")[2]))
    return [json.loads(file.read_text()) for file in files]


@pytest.fixture(scope="module")
def examples(serve_for_all):
    """The example runs, served once."""
    return serve_for_all(RUNS / "coarse", RUNS / "full", RUNS / "dae_kan")


# --- the list, and one run --------------------------------------------------------------------------


def test_every_run_is_listed_with_its_status_and_group(examples):
    runs = examples.runs()
    kinds = [f"{kind}/seed-{seed}" for kind in ("coarse", "full") for seed in range(5)]
    assert list(runs) == [*kinds, "dae_kan"]
    first = runs["coarse/seed-0"]
    documents = on_disk(RUNS / "coarse" / "seed-0" / "Learn")
    assert first["status"] == "finished"
    assert first["group"] == "coarse"
    assert first["last_update"] == documents[-1]["last_update_time"]
    qualities = [document["quality_ki_value"] for document in documents]
    assert first["best"]["value"] == max(qualities)
    assert first["value"] == qualities[-1]
    assert [(s["name"], s["rows"]) for s in runs["dae_kan"]["series"]] == [("batch", 336)]


def test_a_run_in_full_says_what_its_last_file_says(examples):
    served, run = examples, examples.runs()["coarse/seed-0"]
    found = served.json(f"/api/runs/{run['id']}")
    last = on_disk(RUNS / "coarse" / "seed-0" / "Learn")[-1]
    losses = {card["metric"]: card for card in found["losses"]}
    assert losses["l1_loss_value"]["value"] == last["l1_loss_value"]
    assert losses["l1_loss_value"]["weight"] == last["l1_weight_current"]
    assert losses["total_loss_value"]["title_de"] == "Gesamtverlust"
    assert found["learning_rate"] == last["learning_rate_value"]
    assert found["phase"] == last["lr_phase_name"]
    assert found["adaptive"]["plateau"] == last["adaptive_plateau_counter"]
    assert found["progress"]["step"] == last["step_current"]
    assert found["progress"]["total_steps"] == last["step_max"]
    layers = {card["layer"]: card for card in found["layers"]}
    assert {name: card["value"] for name, card in layers.items()} == last["layer_activity_map"]
    assert layers["Final Fusion"]["trunk"] == "final"
    assert found["peak_activity"]["value"] == max(last["layer_activity_map"].values())
    rules = {finding["rule"] for finding in found["findings"]}
    assert rules == {finding.rule for finding in sk.diagnose(sk.load(RUNS / "coarse" / "seed-0")).findings}
    assert found["config"]["seed"] == 0
    assert {entry["metric"] for entry in found["metrics"]} >= set(found["series_default"])


def test_a_batch_run_has_cards_of_both_phases_and_bands(examples):
    served, run = examples, examples.runs()["dae_kan"]
    found = served.json(f"/api/runs/{run['id']}")
    records = json.loads((RUNS / "dae_kan" / "final_training_metrics.json").read_text())["batch_metrics"]
    latest = {record["phase"]: record for record in records}
    for card in found["losses"]:
        assert card["value"] == latest[card["phase"]][card["metric"]]
    assert {card["phase"] for card in found["losses"]} == {"train", "val"}
    entropy = next(card for card in found["attention"] if card["metric"].endswith("attention_entropy"))
    assert (entropy["low"], entropy["high"]) == (2.0, 4.0)


# --- series -----------------------------------------------------------------------------------------


def test_a_series_is_given_at_full_resolution_and_from_a_row_on(serve_runs, write_run):
    directory = write_run(count=7, values=lambda n: {"total_loss_value": float("nan")} if n == 3 else {})
    served = serve_runs(directory)
    (run,) = served.runs().values()
    path = f"/api/runs/{run['id']}/series?metric=total_loss_value&metric=quality_ki_value"
    whole = served.json(path)
    documents = on_disk(directory)
    assert whole["step"] == [100, 200, 300, 400, 500, 600, 700]
    assert whole["time"] == [document["last_update_time"] for document in documents]
    assert whole["values"]["quality_ki_value"] == [document["quality_ki_value"] for document in documents]
    assert whole["values"]["total_loss_value"][2] is None
    assert whole["values"]["total_loss_value"][3] == documents[3]["total_loss_value"]
    assert whole["phase"] is None
    rest = served.json(f"{path}&since=5&lineage={whole['lineage']}")
    assert (rest["since"], rest["rows"], rest["step"]) == (5, 7, [600, 700])
    foreign = served.json(f"{path}&since=5&lineage=another")
    assert foreign["since"] == 0
    assert served.json(f"{path}&since=99&lineage={whole['lineage']}")["since"] == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [("metric=nothing", 404), ("series=nothing", 404), ("since=-1", 400), ("since=x", 400),
     ("since=1e3", 400), ("&".join(["metric=a"] * 300), 400), ("metric=quality_ki_value&since=", 400)],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_sentence(examples, query, status):
    served, run = examples, examples.runs()["coarse/seed-0"]
    answer = served.get(f"/api/runs/{run['id']}/series?{query}")
    assert answer.status == status
    assert isinstance(answer.json()["error"], str)


def test_batches_come_with_phase_and_epoch(examples):
    served, run = examples, examples.runs()["dae_kan"]
    found = served.json(f"/api/runs/{run['id']}/series?metric=loss")
    records = json.loads((RUNS / "dae_kan" / "final_training_metrics.json").read_text())["batch_metrics"]
    assert found["values"]["loss"] == [record["loss"] for record in records]
    assert found["phase"] == [record["phase"] for record in records]


def test_the_activity_of_layers_is_the_files_own(serve_runs, write_run):
    directory = write_run(count=4)
    served = serve_runs(directory)
    (run,) = served.runs().values()
    found = served.json(f"/api/runs/{run['id']}/activity")
    assert [layer["layer"] for layer in found["layers"]] == ["Backward 1", "Forward 1", "Final Fusion"]
    assert found["bins"] == 1
    assert found["steps"] == [100, 200, 300, 400]
    for row, document in zip(found["values"], on_disk(directory), strict=True):
        assert row == [document["layer_activity_map"][layer["layer"]] for layer in found["layers"]]


# --- compared ---------------------------------------------------------------------------------------


def test_runs_compared_get_the_verdict_of_the_library_and_bands(examples):
    served, sides = examples, {}
    for run in served.json("/api/runs")["runs"]:
        if run["group"] in ("coarse", "full"):
            sides.setdefault(run["group"], []).append(run["id"])
    query = "&".join(f"side={name}:{','.join(ids)}" for name, ids in sides.items())
    found = served.json(f"/api/compare?{query}&metric=quality_ki_value")
    own = sk.compare(RUNS / "coarse", RUNS / "full", names=["coarse", "full"], metric="quality_ki_value")
    told = found["comparisons"][0]
    assert told["verdict"] == own.comparisons[0].verdict
    assert told["difference"] == own.comparisons[0].difference
    band = found["bands"]["coarse"]
    table = [
        {
            d["step_current"]: d["quality_ki_value"]
            for d in on_disk(RUNS / "coarse" / f"seed-{seed}" / "Learn")
        }
        for seed in range(5)
    ]
    assert band["n"] == [5] * 16
    for step, mean in zip(band["step"], band["mean"], strict=True):
        assert mean == pytest.approx(sum(run[step] for run in table) / 5)
    assert all(
        low < mean < high for low, mean, high in zip(band["low"], band["mean"], band["high"], strict=True)
    )


@pytest.mark.parametrize("query", ["", "side=a", "side=:x", "side=a:nothing", "side=a:../..", "side=a:"])
def test_a_comparison_without_runs_is_refused(examples, query):
    answer = examples.get(f"/api/compare?{query}")
    assert answer.status == 400
    assert answer.json()["error"]


# --- pictures ---------------------------------------------------------------------------------------


def test_pictures_are_listed_by_their_steps(examples):
    served, run = examples, examples.runs()["dae_kan"]
    assert served.json(f"/api/runs/{run['id']}")["images"] is True
    images = {image["name"]: image for image in served.json(f"/api/runs/{run['id']}/images")["images"]}
    kept = {file.stem for kind in ("png", "npz") for file in (RUNS / "dae_kan").glob(f"*_batch_*.{kind}")}
    assert images.keys() == {f"{stem}.png" for stem in kept}
    records = json.loads((RUNS / "dae_kan" / "final_training_metrics.json").read_text())["batch_metrics"]
    for image in images.values():
        mine = [record for record in records if record["phase"] == image["phase"]]
        assert image["step"] == mine[image["number"] - 1]["global_step"]


@pytest.mark.slow
def test_a_picture_without_a_file_is_drawn_from_its_sidecar(examples):
    run = examples.runs()["dae_kan"]
    images = examples.json(f"/api/runs/{run['id']}/images")["images"]
    image = next(image for image in images if not (RUNS / "dae_kan" / image["name"]).exists())
    drawn = examples.get(f"/api/runs/{run['id']}/images/{image['id']}")
    own = dashboard(RUNS / "dae_kan", batch=image["number"], phase=image["phase"])
    assert drawn.body == own.png()


def test_a_picture_that_leads_out_of_its_run_is_not_there(serve_runs, tmp_path):
    picture = b"\x89PNG\r\n\x1a\n and what follows"
    (tmp_path / "secret.png").write_bytes(picture)
    directory = tmp_path / "run"
    directory.mkdir()
    records = [{"batch_idx": n, "phase": "train", "loss": 0.5} for n in range(5)]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (directory / "train_batch_000001.png").symlink_to(tmp_path / "secret.png")
    (directory / "train_batch_000002.png").write_text("no picture")
    (directory / "train_batch_000003.png").mkdir()
    (directory / "train_batch_000004.png").write_bytes(picture)
    served = serve_runs(directory)
    (run,) = served.runs().values()
    images = served.json(f"/api/runs/{run['id']}/images")["images"]
    assert [image["number"] for image in images] == [2, 3, 4]
    answers = [served.get(f"/api/runs/{run['id']}/images/{image['id']}") for image in images]
    assert [answer.status for answer in answers] == [404, 404, 200]
    assert answers[0].json()["error"]
    assert answers[2].body == picture
    assert answers[2].headers["Content-Type"] == "image/png"


def test_a_picture_is_looked_at_again_before_it_is_sent(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    (directory / "batch_metrics.jsonl").write_text('{"batch_idx": 0, "phase": "train", "loss": 0.5}\n')
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n secret")
    (directory / "train_batch_000001.png").write_bytes(b"\x89PNG\r\n\x1a\n own")
    run = sk.load(directory)
    (image,) = images_of(run)
    assert png(run, image).endswith(b"own")
    (directory / "train_batch_000001.png").unlink()
    (directory / "train_batch_000001.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(MalformedFileError, match="leads out of its run"):
        png(run, image)


# --- downloads --------------------------------------------------------------------------------------


def test_downloads_are_what_is_on_disk_and_what_the_commands_write(examples):
    served, run = examples, examples.runs()["coarse/seed-0"]
    base = f"/api/runs/{run['id']}"
    own = sk.load(RUNS / "coarse" / "seed-0")
    own.name = run["name"]
    snapshot = served.get(f"{base}/snapshot")
    assert snapshot.body == (RUNS / "coarse" / "seed-0" / "Learn" / "Statistik_3200.json").read_bytes()
    assert snapshot.headers["Content-Disposition"] == 'attachment; filename="Statistik_3200.json"'
    assert served.get(f"{base}/export.csv").body == export_bytes([own], "csv")
    assert served.get(f"{base}/export.parquet").body == export_bytes([own], "parquet")
    lines = export_bytes([own], "ndjson").splitlines()
    assert served.json(f"{base}/export.json") == [json.loads(line) for line in lines]
    assert served.get(f"{base}/report.html").body.startswith(b"<!doctype html>")
    svg = served.get(f"{base}/figure.svg?metric=quality_ki_value")
    assert svg.body.startswith(b"<?xml")
    assert svg.headers["Content-Disposition"].startswith("attachment")
    assert served.get(f"{base}/figure.svg?metric=nothing").status == 404


def test_the_snapshot_is_that_of_the_last_step_not_of_the_last_name(serve_runs, write_run):
    directory = write_run(count=12)
    served = serve_runs(directory)
    (run,) = served.runs().values()
    answer = served.get(f"/api/runs/{run['id']}/snapshot")
    assert answer.body == (directory / "Statistik_1200.json").read_bytes()


# --- ids and addresses ------------------------------------------------------------------------------


def test_ids_are_looked_up_and_never_joined_to_a_path(serve_runs, write_run):
    directory = write_run(count=2)
    served = serve_runs(directory)
    (run,) = served.runs().values()
    hostile = [
        "..", "%2e%2e", "..%2f..", "%2e%2e%2f", "%252e%252e", "%00", quote(str(directory), safe=""),
        "run", "%2fetc%2fpasswd", "..%5c..", run["id"][:-1], run["id"].upper() + "x", run["id"] + "%00",
    ]  # fmt: skip
    for name in hostile:
        for rest in ("", "/series", "/snapshot", "/images", "/images/x"):
            answer = served.get(f"/api/runs/{name}{rest}")
            assert answer.status == 404, (name, rest)
            assert b"passwd" not in answer.body
        assert served.get(f"/static/{name}").status == 404
        assert served.get(f"/api/runs/{run['id']}/images/{name}").status == 404


def test_the_packaged_files_are_a_fixed_index(examples):
    served = examples
    index = assets()
    assert {"monitoring.html", "monitoring.js", "uPlot.iife.min.js"} <= index.keys()
    assert "report.js" not in index
    for name in ("monitoring.html", "uPlot.iife.min.js"):
        answer = served.get(f"/static/{name}")
        assert answer.body == index[name].data
        again = served.get(f"/static/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
    assert served.get("/static/page.py").status == 404
    assert served.get("/").headers["Location"] == "/monitoring"


def test_ids_stay_the_same_from_one_start_to_the_next(serve_runs, write_run):
    directory = write_run(count=1)
    first, second = serve_runs(directory), serve_runs(directory)
    assert [run["id"] for run in first.runs().values()] == [run["id"] for run in second.runs().values()]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"a\ntext%2Fhtml\r\nX-Evil: 1.csv", "a_text%2Fhtml__X-Evil: 1.csv"),
        (b'caf\xe9 "q".csv', "caf_ _q_.csv"),
    ],
)
def test_a_file_of_any_name_is_handed_out_under_one_a_header_can_hold(serve_runs, tmp_path, name, said):
    text = b"step,loss\n1,0.5\n2,0.25\n"
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as stream:
        stream.write(text)
    served = serve_runs(tmp_path)
    (run,) = served.runs().values()
    answer = served.get(f"/api/runs/{run['id']}/snapshot")
    assert (answer.status, answer.body) == (200, text)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{said}"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "X-Evil" not in answer.headers


def test_two_comparisons_asked_for_in_turn_are_each_made_once(serve_runs, write_run, monkeypatch):
    write_run("runs/a")
    served = serve_runs(write_run("runs/b").parent)
    made = []
    monkeypatch.setattr("statkit.server.monitoring.comparison", lambda *asked: made.append(asked) or {})
    a, b = (run["id"] for run in served.runs().values())
    for _ in range(3):
        served.json(f"/api/compare?side=x:{a}&side=y:{b}")
        served.json(f"/api/compare?side=x:{b}&side=y:{a}")
    assert len(made) == 2


def test_a_report_that_takes_long_keeps_nobody_else_waiting(serve_runs, write_run, monkeypatch):
    for number in range(6):
        directory = write_run(f"runs/{number}")
    served = serve_runs(directory.parent)
    gate, begun, waited = threading.Event(), threading.Semaphore(0), []

    def slow(run):
        begun.release()
        waited.append(gate.wait(30))
        return Download("x", "text/html", b"")

    monkeypatch.setitem(FILES, "report.html", slow)
    ids = [run["id"] for run in served.runs().values()]
    asked = [
        threading.Thread(target=served.get, args=(f"/api/runs/{run}{what}",))
        for what in ("/report.html", "/series", "/activity", "")
        for run in ids[:4]
    ]
    for each in asked[:4]:
        each.start()
    assert begun.acquire(timeout=20)
    for each in asked[4:]:
        each.start()
    time.sleep(0.3)  # they are on their way, and those of a run that is being reported wait
    assert served.json(f"/api/runs/{ids[5]}")["name"] == "5"
    assert served.json(f"/api/runs/{ids[5]}/series")["rows"] == 5
    gate.set()
    for each in asked:
        each.join(20)
    assert waited == [True] * 4


def test_hostile_names_are_data(serve_runs, write_run):
    name = "<img src=x onerror=alert(1)> \u202e\n'\""
    directory = write_run(name, count=2, values=lambda n: {"</script><b>": 0.5})
    served = serve_runs(directory)
    (run,) = served.runs().values()
    assert run["name"] == name
    found = served.json(f"/api/runs/{run['id']}")
    assert "</script><b>" in {entry["metric"] for entry in found["metrics"]}
    header = served.get(f"/api/runs/{run['id']}/export.csv").headers["Content-Disposition"]
    assert "<" not in header
    assert "\n" not in header


def test_the_run_directory_is_left_as_it_was(serve_runs, write_run):
    directory = write_run(count=3)
    before = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in directory.iterdir()}
    served = serve_runs(directory)
    (run,) = served.runs().values()
    for path in ("", "/series", "/activity", "/images", "/snapshot", "/export.csv", "/report.html"):
        assert served.get(f"/api/runs/{run['id']}{path}").status == 200
    after = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in directory.iterdir()}
    assert after == before
    assert sorted(os.listdir(directory.parent)) == [directory.name]


def test_a_broken_answer_is_no_traceback(serve_runs, write_run, capsys):
    served = serve_runs(write_run(count=1))
    served.page.watch.get = lambda run: 1 / 0
    answer = served.get("/api/runs/x")
    assert answer.status == 500
    assert b"Traceback" not in answer.body
    assert b"ZeroDivision" not in answer.body
    assert "ZeroDivisionError" in capsys.readouterr().err
