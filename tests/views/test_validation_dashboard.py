import io
import math

import numpy as np
import pytest
from PIL import Image

from statkit.analysis.validation_progress import validation_progress
from statkit.records import Columns
from statkit.views.picture import rendered
from statkit.views.pixels import SEED
from statkit.views.validation_dashboard import compose

LAYERS = (
    "Backward 1",
    "Backward 2",
    "Backward Fuse",
    "Forward 1",
    "Forward 2",
    "Forward Fuse",
    "Final Fusion",
)


def columns(count=24, layers=LAYERS, **more):
    rows = range(count)
    fields = {
        "quality_ki_value": [0.62 - 0.1 * math.exp(-i / 6) + 0.004 * math.sin(3 * i) for i in rows],
        "quality_lr_value": [0.48] * count,
        "quality_improvement_value": [0.14 - 0.1 * math.exp(-i / 6) for i in rows],
        "validation_loss_value": [0.05 / (i + 1) ** 0.5 for i in rows],
        "total_loss_value": [0.5 / (i + 1) for i in rows],
        "l1_loss_value": [0.4 / (i + 1) ** 0.9 for i in rows],
        "perceptual_loss_value": [0.1 / (i + 1) ** 0.5 for i in rows],
        "l1_weight_current": [0.6 - 0.01 * i for i in rows],
        "ms_weight_current": [0.2 + 0.01 * i for i in rows],
        "gradient_clip_val": [1.5] * count,
        "learning_rate_value": [1e-4 * min((i + 1) / 4, math.exp(-i / 8)) for i in rows],
        "lr_phase_name": ["warmup" if i < 4 else "cosine" for i in rows],
        "adaptive_plateau_counter": [i * 7 % 50 for i in rows],
        "adaptive_mode": ["Stable"] * count,
        "step_max": [100_000] * count,
        "epoch_num": [1 + i // 3 for i in rows],
        "iteration_duration": [0.234] * count,
        "vram_usage_gb": [8.45] * count,
        "quality_gap_closed": [0.2] * count,
    } | {
        f"layer_activity_map.{name}": [0.5 + 0.4 * math.sin(i / 4 + place) for i in rows]
        for place, name in enumerate(layers)
    }
    keys = {"series": ["validation"] * count, "step": [500 * (i + 1) for i in rows]}
    return Columns(keys, fields | more)


def picture(found, run="a run"):
    return rendered(lambda sheet: compose(sheet, run, found, SEED))


def test_it_looks_as_it_did(looks_like):
    looks_like(picture(validation_progress(columns(), {})), "validation_dashboard")


@pytest.mark.parametrize("count", [1, 3, 2000])
def test_any_number_of_snapshots_is_drawn_the_same_twice(count):
    first = picture(validation_progress(columns(count), {}))
    assert picture(validation_progress(columns(count), {})) == first


def test_snapshots_of_nothing_known_say_so_in_every_cell():
    found = validation_progress(Columns({"series": ["validation"], "step": [1]}, {"x": [1.0]}), {})
    with Image.open(io.BytesIO(picture(found))) as read:
        pixels = np.asarray(read)
    for place in range(5):
        left, top = 34 + place % 3 * 488, 96 + place // 3 * 440
        assert tuple(pixels[top + 60, left + 20]) == (0xF2, 0xF2, 0xF2)


def test_hostile_names_and_values_stay_on_the_sheet():
    bad = "<script>$\\frac{a}{b}$\n\x1b[31m" + "x" * 300
    found = validation_progress(
        columns(
            6,
            layers=[f"{bad}{n}" for n in range(30)],
            lr_phase_name=[f"{bad}{n}" for n in range(6)],
            adaptive_mode=[bad] * 6,
            total_loss_value=[math.nan, math.inf, -math.inf, 10**400, None, 1e300],
        ),
        {},
    )
    with Image.open(io.BytesIO(picture(found, bad))) as read:
        grey = read.convert("L").point(lambda level: 255 if level < 255 else 0)
    left, _, right, bottom = grey.getbbox()
    assert left >= 30
    assert right <= 1500 - 20
    assert bottom < 1000
