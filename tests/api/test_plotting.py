"""What is drawn is what the files say, read here by json alone."""

import json
import math
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

import statkit as sk
from statkit.errors import EmptySeriesError, MetricNotFoundError, UsageError

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "examples" / "runs"
REAL = Path(os.environ.get("STATKIT_REALDATA", ROOT.parent / "shared" / "realdata"))


def snapshots(run):
    """Step and document of every snapshot of a run, in order."""
    files = {int(path.stem.split("_")[1]): path for path in (run / "Learn").glob("Statistik_*.json")}
    return [(step, json.loads(files[step].read_text("utf-8"))) for step in sorted(files)]


def write(directory, step, quality, **more):
    directory.mkdir(parents=True, exist_ok=True)
    values = {"step_current": step, "quality_ki_value": quality, "quality_lr_value": 0.45}
    values |= {
        "validation_loss_value": (1 - quality) / 10 if quality else 0.0,
        "last_update_time": 1e9 + step,
    }
    (directory / f"Statistik_{step}.json").write_text(json.dumps(values | more))
    return directory


def long_lines(axes):
    return [line for line in axes.lines if len(line.get_xdata()) > 2 and line.get_linestyle() != "None"]


def drawn(plot, panel=0):
    return [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in long_lines(plot.axes[panel])]


# --- trends ------------------------------------------------------------------------------------------


def test_each_metric_has_a_panel_with_the_records_of_the_files():
    metrics = ["quality_ki_value", "validation_loss_value", "l1_weight_current"]
    plot = sk.plot(sk.load(RUNS / "coarse" / "seed-0"), metrics)
    documents = snapshots(RUNS / "coarse" / "seed-0")
    for panel, metric in enumerate(metrics):
        assert drawn(plot, panel) == [([s for s, _ in documents], [d[metric] for _, d in documents])]
    assert plot.result.panels[2].best is None


def test_none_named_takes_the_default_of_the_format():
    assert sk.plot(RUNS / "coarse" / "seed-0").result.panels[0].metric == "quality_ki_value"
    assert sk.plot(RUNS / "dae_kan").result.panels[0].metric == "loss"


def test_the_mark_is_what_best_says():
    run = sk.load(RUNS / "full" / "seed-3")
    for metric in ("quality_ki_value", "total_loss_value"):
        mark = sk.plot(run, metric).result.panels[0].curves[0].best
        best = sk.best(run, metric)
        assert (mark.step, mark.value) == (best.step, best.value)


def test_a_group_is_its_mean_and_students_interval():
    plot = sk.plot({"coarse": RUNS / "coarse", "full": str(RUNS / "full" / "*")}, "quality_ki_value")
    for name, line, curve in zip(
        ("coarse", "full"), long_lines(plot.axes[0]), plot.result.panels[0].curves, strict=True
    ):
        table = np.array(
            [[d["quality_ki_value"] for _, d in snapshots(run)] for run in sorted((RUNS / name).iterdir())]
        )
        assert line.get_ydata().tolist() == pytest.approx(table.mean(axis=0).tolist())
        low, high = stats.t.interval(0.95, 4, loc=table.mean(axis=0), scale=stats.sem(table))
        assert curve.lows.tolist() == pytest.approx(low.tolist())
        assert curve.highs.tolist() == pytest.approx(high.tolist())
        assert (curve.side, curve.n) == (name, 5)


def test_both_phases_of_a_batch_run_are_drawn():
    records = json.loads((RUNS / "dae_kan" / "final_training_metrics.json").read_text())["batch_metrics"]
    plot = sk.plot(sk.load(RUNS / "dae_kan"), "loss")
    train = [(record["global_step"], record["loss"]) for record in records if record["phase"] == "train"]
    assert drawn(plot)[0] == ([step for step, _ in train], [loss for _, loss in train])
    by_step = {}
    for record in records:
        if record["phase"] == "val":
            by_step.setdefault(record["global_step"], []).append(record["loss"])
    xs, ys = drawn(plot)[1]
    assert xs == sorted(by_step)
    assert ys == pytest.approx([sum(by_step[step]) / len(by_step[step]) for step in xs])
    assert [curve.phase for curve in plot.result.panels[0].curves] == ["train", "val"]
    assert len(sk.plot(sk.load(RUNS / "dae_kan"), "loss", phase="val").result.panels[0].curves) == 1


def test_gaps_between_detailed_records_are_no_gaps_of_the_line():
    plot = sk.plot(sk.load(RUNS / "dae_kan"), "ssim", phase="train")
    ((_, ys),) = drawn(plot)
    assert np.isfinite(ys).all()
    assert len(ys) > 5


def test_real_batch_metrics_with_nan_throughout(tmp_path):
    source = REAL / "auto_analysis_elated-firebrand-3"
    if source.is_dir():
        run = sk.load(source)
    else:
        rows = [
            {"batch_idx": i, "phase": "train", "loss": 1 / (i + 1), "timestamp": 1e9 + i}
            | {"attention_bam_384_attention_entropy": math.nan}
            for i in range(40)
        ]
        (tmp_path / "metrics_20251004_141145.json").write_text(json.dumps({"batch_metrics": rows}))
        run = sk.load(tmp_path)
    plot = sk.plot(run, ["loss", "attention_bam_384_attention_entropy"], smooth="0.9", log=True)
    assert plot.result.panels[1].curves[-1].finite == 0
    assert "no finite value" in [text.get_text() for text in plot.axes[1].texts]
    assert len(long_lines(plot.axes[0])) >= 2


def test_a_value_that_was_not_measured_is_neither_drawn_nor_best(tmp_path):
    for step in range(500, 5001, 500):
        write(tmp_path, step, 0.0 if step == 500 else 0.5 + step / 1e5)
    plot = sk.plot(tmp_path, ["quality_ki_value", "validation_loss_value"])
    for panel in plot.result.panels:
        (curve,) = panel.curves
        assert curve.unmeasured.tolist() == [500]
        assert curve.best.step == 5000
    assert all(0.0 not in ys for panel in (0, 1) for _, ys in drawn(plot, panel))


def resumed(directory):
    """Steps 500 to 3000, then a resume from 1500 that wrote 2000 to 4000 again."""
    for step in range(500, 3001, 500):
        write(directory, step, 0.5 + step / 1e5)
    kept = directory / "superseded" / "1"
    kept.mkdir(parents=True)
    for step in (2000, 2500, 3000):
        shutil.move(directory / f"Statistik_{step}.json", kept / f"Statistik_{step}.json")
    for step in range(2000, 4001, 500):
        write(directory, step, 0.4 + step / 1e5, last_update_time=2e9 + step)
    return directory


def test_a_resume_breaks_the_line_though_its_old_rows_are_gone(tmp_path):
    plot = sk.plot(sk.load(resumed(tmp_path)), "quality_ki_value")
    assert [xs for xs, _ in drawn(plot)] == [[500, 1000, 1500], [2000, 2500, 3000, 3500, 4000]]
    assert plot.result.panels[0].curves[0].breaks == [2000]


def test_all_rows_of_a_resume_are_two_lines(tmp_path):
    plot = sk.plot(sk.load(resumed(tmp_path), on_rewind="all"), "quality_ki_value")
    assert sorted(xs for xs, _ in drawn(plot)) == [
        [500, 1000, 1500, 2000, 2500, 3000],
        [2000, 2500, 3000, 3500, 4000],
    ]


def test_a_rewind_among_batches_breaks_both_phases(tmp_path):
    rows = []
    order = [*range(10), *range(6, 14)]
    for place, i in enumerate(order):
        rows.append({"batch_idx": i, "phase": "train", "loss": 1 / (place + 1), "timestamp": 1e9 + place})
    (tmp_path / "metrics_20251004_141145.json").write_text(json.dumps({"batch_metrics": rows}))
    plot = sk.plot(tmp_path, "loss")
    assert [len(xs) for xs, _ in drawn(plot)] == [6, 8]


def test_smoothing_is_the_houses(tmp_path):
    import pandas as pd

    plot = sk.plot(sk.load(RUNS / "coarse" / "seed-0"), "quality_ki_value", smooth="tb:0.6")
    values = [d["quality_ki_value"] for _, d in snapshots(RUNS / "coarse" / "seed-0")]
    expected = pd.Series(values).ewm(alpha=0.4, adjust=True).mean()
    assert [drawn(plot)[0][1], drawn(plot)[1][1]] == [values, pytest.approx(expected.tolist())]
    assert plot.result.smoothing == "tb:0.6"
    assert sk.plot(sk.load(RUNS / "coarse" / "seed-0"), smooth=0.6).result.smoothing == "tb:0.6"


def test_along_epochs_and_time():
    documents = snapshots(RUNS / "coarse" / "seed-0")
    run = sk.load(RUNS / "coarse" / "seed-0")
    epochs = [d["epoch_num"] - 1 + d["epoch_step_current"] / d["epoch_step_total"] for _, d in documents]
    assert drawn(sk.plot(run, x="epoch"))[0][0] == pytest.approx(epochs)
    first = documents[0][1]["last_update_time"]
    plot = sk.plot(run, x="time")
    assert plot.result.x_label == "time since the first record (s)"
    seconds = [d["last_update_time"] - first for _, d in documents]
    assert drawn(plot)[0][0] == pytest.approx(seconds, abs=1e-5)


def test_a_run_without_times_says_so(tmp_path):
    (tmp_path / "t.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    with pytest.raises(UsageError, match="has no times"):
        sk.plot(tmp_path / "t.csv", "loss", x="time")


def test_patterns_match_metrics_of_any_run():
    plot = sk.plot(RUNS / "coarse" / "seed-0", "*_weight_current")
    assert [panel.metric for panel in plot.result.panels] == [
        "l1_weight_current",
        "ms_weight_current",
        "gradient_weight_current",
        "perceptual_weight_current",
    ]


def test_a_run_without_the_metric_is_left_out(tmp_path):
    write(tmp_path / "a", 500, 0.5)
    write(tmp_path / "a", 1000, 0.6)
    write(tmp_path / "b", 500, 0.5, extra=1.0)
    assert [curve.run for curve in sk.plot(sk.load(tmp_path), "extra").result.panels[0].curves] == ["b"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"metrics": "qualty_ki_value"}, MetricNotFoundError, "Did you mean quality_ki_value"),
        ({"metrics": "nothing_*"}, MetricNotFoundError, "nothing_"),
        ({"kind": "pie"}, UsageError, "trend, losses"),
        ({"x": "day"}, UsageError, "step, epoch, time"),
        ({"smooth": "foo:1"}, UsageError, "tb:0.6"),
        ({"kind": "layers", "smooth": "0.6"}, UsageError, "smooth means nothing"),
        ({"kind": "layers", "log": True}, UsageError, "log means nothing"),
        ({"kind": "correlation", "x": "time"}, UsageError, "x means nothing"),
        ({"kind": "losses", "metrics": "loss"}, UsageError, "no meaning"),
        ({"style": "poster"}, UsageError, "screen, paper"),
        ({"kind": "correlation", "method": "tau"}, UsageError, "spearman"),
        ({"phase": "test"}, EmptySeriesError, "rows asked for"),
    ],
)
def test_what_cannot_be_drawn_says_what_can(options, error, words):
    with pytest.raises(error, match=words):
        sk.plot(RUNS / "coarse" / "seed-0", **options)


def test_an_unknown_band_is_named():
    with pytest.raises(UsageError, match="ci, sd"):
        sk.plot({"a": RUNS / "coarse"}, band="iqr")


def test_no_run_is_an_error():
    with pytest.raises(UsageError, match="nothing to plot"):
        sk.plot([])


# --- other kinds -------------------------------------------------------------------------------------

STEMS = ("l1", "ms", "gradient", "perceptual")


def test_losses_stack_to_loss_times_weight():
    (panel,) = sk.plot(RUNS / "coarse" / "seed-0", kind="losses").result.panels
    for row, (step, document) in enumerate(snapshots(RUNS / "coarse" / "seed-0")):
        shares = [document[f"{s}_loss_value"] * document[f"{s}_weight_current"] for s in STEMS]
        assert panel.steps[row] == step
        assert [part.values[row] for part in panel.parts] == pytest.approx(shares)
        assert panel.total[row] == document["total_loss_value"]


def test_weights_are_those_of_the_files():
    (panel,) = sk.plot(RUNS / "coarse" / "seed-0", kind="weights").result.panels
    documents = snapshots(RUNS / "coarse" / "seed-0")
    for stem, part in zip(STEMS, panel.parts, strict=True):
        assert part.values.tolist() == [d[f"{stem}_weight_current"] for _, d in documents]


def test_the_rate_and_its_phases_are_those_of_the_files():
    (panel,) = sk.plot(RUNS / "coarse" / "seed-0", kind="rate", log=True).result.panels
    documents = snapshots(RUNS / "coarse" / "seed-0")
    assert panel.values.tolist() == [d["learning_rate_value"] for _, d in documents]
    phases = list(dict.fromkeys(d["lr_phase_name"] for _, d in documents))
    assert [span.name for span in panel.phases] == phases
    assert panel.phases[1].start == next(s for s, d in documents if d["lr_phase_name"] == phases[1])


def test_layers_are_those_of_the_files():
    (panel,) = sk.plot(RUNS / "coarse" / "seed-0", kind="layers").result.panels
    documents = snapshots(RUNS / "coarse" / "seed-0")
    for row, layer in enumerate(panel.layers):
        assert panel.values[row].tolist() == [d["layer_activity_map"][layer] for _, d in documents]
    assert panel.layers[0] == "Backward 1"
    assert panel.layers[-1] == "Final Fusion"


def test_old_and_new_layer_activity_are_never_on_one_scale(tmp_path):
    rng = random.Random(0)
    for step in range(100, 1100, 100):
        values = {"Backward 2": rng.random(), "Backward 10": rng.random(), "Final Fusion": rng.random()}
        if step <= 500:
            values = {name: round(100 * value) for name, value in values.items()}
        write(tmp_path, step, 0.5, layer_activity_map=values)
    plot = sk.plot(tmp_path, kind="layers")
    assert [(panel.unit, len(panel.xs)) for panel in plot.result.panels] == [("percent", 5), ("raw", 5)]
    assert plot.result.panels[0].layers == ("Backward 2", "Backward 10", "Final Fusion")
    assert any("panel of its own" in note for note in plot.notes)


def test_a_correlation_is_scipys():
    metrics = ["loss", "psnr", "ssim"]
    (panel,) = sk.plot(RUNS / "dae_kan", metrics, kind="correlation").result.panels
    records = json.loads((RUNS / "dae_kan" / "final_training_metrics.json").read_text())["batch_metrics"]
    pairs = [(r["loss"], r["ssim"]) for r in records if r["phase"] == "train" and r.get("ssim") is not None]
    assert panel.values[2, 0] == pytest.approx(stats.spearmanr(*zip(*pairs, strict=True))[0])
    assert (panel.phase, panel.counts[2, 0]) == ("train", len(pairs))


def test_a_correlation_chooses_metrics_that_have_a_direction():
    (panel,) = sk.plot(RUNS / "coarse" / "seed-0", kind="correlation").result.panels
    assert {"quality_ki_value", "validation_loss_value", "total_loss_value"} <= set(panel.metrics)
    assert "iteration_duration" not in panel.metrics


def test_a_distribution_holds_every_value_of_its_runs():
    plot = sk.plot({"coarse": RUNS / "coarse"}, kind="distribution")
    (found,) = plot.result.panels[0].samples
    values = [d["quality_ki_value"] for run in (RUNS / "coarse").iterdir() for _, d in snapshots(run)]
    assert found.values.tolist() == sorted(values)
    assert found.runs == 5


@pytest.mark.parametrize("kind", ["losses", "weights", "layers", "rate"])
def test_a_run_without_such_fields_says_so(kind):
    with pytest.raises(MetricNotFoundError):
        sk.plot(RUNS / "dae_kan", kind=kind)


# --- what is loaded, and on whose axes ---------------------------------------------------------------


def test_ones_own_axes_are_drawn_on():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    plot = sk.plot(RUNS / "coarse" / "seed-0", ["quality_ki_value", "total_loss_value"], ax=[left, right])
    assert plot.axes == [left, right]
    assert len(long_lines(left)) == 1


def test_a_figure_needs_neither_pyplot_nor_seaborn_nor_a_frame():
    script = (
        "import sys, statkit\n"
        f"statkit.plot({str(RUNS / 'coarse')!r}, smooth='0.6').to_bytes('svg')\n"
        "print(sorted({'pandas', 'polars', 'seaborn', 'matplotlib.pyplot', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_resumed_run_is_read_once_more_however_many_metrics(tmp_path, monkeypatch):
    from statkit.api import plotted_rows

    read = []
    load_all = plotted_rows.load_all
    monkeypatch.setattr(plotted_rows, "load_all", lambda *a, **k: read.append(a) or load_all(*a, **k))
    sk.plot(sk.load(resumed(tmp_path)), ["quality_ki_value", "validation_loss_value", "quality_lr_value"])
    assert len(read) == 1
