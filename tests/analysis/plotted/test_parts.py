import math

import numpy as np
import pytest

from statkit.analysis.plotted.parts import loss_parts, weight_parts
from statkit.analysis.plotted.rates import rate_panel
from statkit.analysis.plotted.samples import sample

STEPS = [100, 200]
XS = np.array([100.0, 200.0])


def parts(losses, weights, total=None):
    return loss_parts("r", "r", STEPS, XS, [0, 0], losses, weights, total)


def test_each_part_counts_with_its_weight():
    panel = parts(
        {"L1": ("l1", [1.0, 2.0]), "ms": ("ms", [3.0, 4.0])},
        {"L1": ("w1", [0.5, 0.5]), "ms": ("w2", [2.0, 1.0])},
        [6.5, 5.0],
    )
    assert [part.values.tolist() for part in panel.parts] == [[0.5, 1.0], [6.0, 4.0]]
    assert panel.edges().tolist() == [[0, 0], [0.5, 1.0], [6.5, 5.0]]
    assert panel.total.tolist() == [6.5, 5.0]
    assert "weight" in panel.title
    assert panel.parts[0].fields == ("l1", "w1")


def test_one_weight_missing_and_none_counts():
    panel = parts(
        {"L1": ("l1", [1.0, 2.0]), "ms": ("ms", [3.0, 4.0])}, {"L1": ("w1", [0.5, 0.5])}, [1.0, 1.0]
    )
    assert [part.values.tolist() for part in panel.parts] == [[1.0, 2.0], [3.0, 4.0]]
    assert panel.title == "parts of the loss, without weights"
    assert panel.total is None


def test_a_part_below_zero_is_not_stacked():
    panel = parts({"L1": ("l1", [1.0, -2.0])}, {})
    assert not panel.stacked
    assert "below 0" in panel.notes[0]


def test_what_is_not_finite_is_a_gap():
    panel = parts({"L1": ("l1", [math.inf, None])}, {})
    assert np.isnan(panel.parts[0].values).all()


def test_weights_are_lines():
    panel = weight_parts("r", "r", STEPS, XS, [0, 0], {"L1": ("w1", [0.5, 0.25])})
    assert not panel.stacked
    assert panel.parts[0].values.tolist() == [0.5, 0.25]


def test_phases_of_the_rate_join_and_end_where_the_next_begins():
    xs = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    panel = rate_panel(
        "r", "r", "lr", xs, [1, 2, 3, 2, 1], [0] * 5, ["warmup", None, "cosine", "cosine", "warmup"]
    )
    spans = [(span.name, span.start, span.end) for span in panel.phases]
    assert spans == [("warmup", 1.0, 3.0), ("cosine", 3.0, 5.0), ("warmup", 5.0, 5.0)]


def test_a_rate_without_phases_has_none():
    assert rate_panel("r", "r", "lr", np.array([1.0]), [math.nan], [0], [None]).phases == ()


def test_a_sample_pools_runs_and_counts_what_is_not_finite():
    found = sample("g", None, [[3.0, math.nan, 1.0], [2.0, math.inf]])
    assert found.values.tolist() == [1.0, 2.0, 3.0]
    assert (found.runs, found.nonfinite) == (2, 2)
    assert found.quartiles == pytest.approx(tuple(np.percentile([1.0, 2.0, 3.0], [25, 50, 75])))


def test_an_empty_sample_has_no_quartiles():
    assert sample("g", None, [[math.nan]]).quartiles is None
