"""Results to draw, and what is read of a drawn figure."""

import io
import random

import numpy as np
from PIL import Image

from statkit.analysis.plotted.curves import Rows, run_curve
from statkit.analysis.plotted.means import group_curve
from statkit.analysis.plotted.panels import TrendFigure, TrendPanel
from statkit.analysis.smoothing import parse_smoothing


def rows(name, count=16, seed=0, every=200, **more):
    rng = random.Random(seed)
    steps = [every * (k + 1) for k in range(count)]
    values = [0.45 + 0.1 * (1 - 0.8**k) + rng.gauss(0, 0.004) for k in range(count)]
    given = {"side": name, "run": name, "steps": steps, "xs": steps, "values": values}
    return Rows(**{"believed": [True] * count, "segments": [0] * count} | given | more)


def trends(panels=None, **more):
    """Make a figure of trends from lists of curves by metric."""
    panels = {"quality_ki_value": [run_curve(rows("seed-0"), "max")]} if panels is None else panels
    made = tuple(
        TrendPanel(metric=metric, unit="fraction", direction="max", curves=tuple(curves))
        for metric, curves in panels.items()
    )
    given = {"x": "step", "x_label": "step", "smoothing": None, "log": False}
    return TrendFigure(**given | {"panels": made} | more)


def group(name, count=5, first=0, **more):
    members = [rows(f"seed-{i}", seed=first + i) for i in range(count)]
    return group_curve(name, members, "max", **more)


def smoothed(name, text="tb:0.6", **more):
    return run_curve(rows(name, **more), "max", parse_smoothing(text))


def pixels(plot):
    with Image.open(io.BytesIO(plot.to_bytes("png"))) as read:
        return np.asarray(read).astype(float)
