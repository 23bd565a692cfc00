import io
import math

import numpy as np
import pytest
from PIL import Image

from statkit.analysis.progress import progress
from statkit.views.panels import Panels
from statkit.views.picture import rendered
from statkit.views.records_dashboard import compose, compose_attention, compose_progress

MISSING = ("original", "reconstruction", "error map", "attention")


def panels(count=120, layers=("bam_16", "bam_32"), **more):
    rows = range(count)
    metrics = {
        "attention_entropy": 3.4,
        "attention_concentration_10": 0.3,
        "attention_sparsity": 0.5,
        "num_attention_peaks": 3.0,
        "attention_center_distance": 0.1,
        "attention_contrast": 0.6,
    }
    history = {
        "step": list(rows),
        "phase": ["val" if i % 6 == 5 else "train" for i in rows],
        "loss": [math.exp(-i / 40) + 0.02 * math.sin(9 * i) + 0.03 for i in rows],
        "ssim": [1 - math.exp(-i / 50) for i in rows],
        "psnr": [15 + 0.1 * i for i in rows],
        "mse": [0.1 * math.exp(-i / 40) for i in rows],
        "training_time_ms": [90 + 5 * math.sin(i) for i in rows],
        "inference_time_ms": [30 + math.sin(i) for i in rows],
        "memory_mb": [400 + i / 10 for i in rows],
    } | {
        f"attention_{layer}_{metric}": [level * (1 + 0.2 * math.sin(i / 9 + place)) for i in rows]
        for place, layer in enumerate(layers)
        for metric, level in metrics.items()
    }
    given = {
        "phase": "train",
        "number": 100,
        "epoch": 1,
        "step": count,
        "record": {name: column[-1] for name, column in history.items() if name not in ("step", "phase")},
        "progress": progress(history),
    }
    return Panels(**given | more)


def records_of(made):
    return rendered(lambda sheet: compose(sheet, made, "a run", MISSING))


def figure_of(made, composed):
    return rendered(lambda sheet: composed(sheet, made, "a run"))


def test_it_looks_as_it_did(looks_like):
    looks_like(records_of(panels()), "records_dashboard")


def test_the_comparison_sees_a_line_that_is_gone(looks_like):
    with pytest.raises(AssertionError, match="apart"):
        looks_like(records_of(panels(layers=("bam_16",))), "records_dashboard")


def test_the_figure_of_progress_looks_as_it_did(looks_like):
    looks_like(figure_of(panels(), compose_progress), "figure_progress")


def test_the_figure_of_attention_looks_as_it_did(looks_like):
    looks_like(figure_of(panels(), compose_attention), "figure_attention")


def test_what_is_missing_is_written_and_is_not_cut_by_long_names():
    bad = "x" * 400

    def heading(made, run, missing):
        data = rendered(lambda sheet: compose(sheet, made, run, missing))
        with Image.open(io.BytesIO(data)) as read:
            return np.asarray(read)[55:78]

    long = panels(meta={"sample_ids": [bad], "patient_ids": [bad], "mpp": 0.25, "tile_origin": [1024, 2048]})
    # what the line has no room for goes missing in its middle, and this stands at its beginning
    assert (heading(long, bad, MISSING)[:, 34:700] == heading(panels(), bad, MISSING)[:, 34:700]).all()
    assert (heading(panels(), "run", MISSING) != heading(panels(), "run", MISSING[:3])).any()


@pytest.mark.parametrize("composed", [compose_progress, compose_attention])
@pytest.mark.parametrize(
    "history",
    [
        {},
        {"step": [0], "phase": ["train"], "loss": [1.0]},
        {"step": [0, 1], "phase": ["val", "train"], "loss": [math.nan, math.inf]},
        {
            "step": list(range(20_000)),
            "phase": ["train"] * 20_000,
            "loss": [1.0] * 20_000,
            "attention_bam_attention_entropy": [math.nan] * 20_000,
        },
    ],
    ids=["nothing", "one", "nan", "20,000"],
)
def test_any_history_is_drawn(history, composed):
    made = panels(progress=progress(history), record={})
    assert records_of(made) == records_of(made)
    assert figure_of(made, composed).startswith(b"\x89PNG")


def test_twelve_layers_of_hostile_names_stay_on_the_sheet():
    bad = "<script>$\\frac{a}{b}$" + "x" * 300
    made = panels(layers=[f"{bad}{n}" for n in range(12)])
    for data in (records_of(made), figure_of(made, compose_attention)):
        with Image.open(io.BytesIO(data)) as read:
            grey = read.convert("L").point(lambda level: 255 if level < 255 else 0)
        left, _, right, _ = grey.getbbox()
        assert left >= 30
        assert right <= 1500 - 20
