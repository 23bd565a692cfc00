import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score, roc_auc_score

from statkit.pathology.association.precision_recall import average_precision, roc_auc
from statkit.pathology.association.ranked import Ranked

planes = arrays(np.float64, (4, 6), elements=st.integers(-4, 4).map(float))
masks = arrays(np.bool_, (4, 6))


@hypothesis_settings(max_examples=25, deadline=None)
@given(planes, masks)
def test_they_are_scikit_learns_with_ties_too(plane, mask):
    assume(mask.any() and not mask.all())
    ranked = Ranked.of(plane)
    assert average_precision(ranked, mask) == pytest.approx(
        average_precision_score(mask.ravel(), plane.ravel())
    )
    assert roc_auc(ranked, mask) == pytest.approx(roc_auc_score(mask.ravel(), plane.ravel()))


@hypothesis_settings(max_examples=15, deadline=None)
@given(planes, masks)
def test_turning_the_map_or_the_mask_over_turns_the_area(plane, mask):
    assume(mask.any() and not mask.all())
    area = roc_auc(Ranked.of(plane), mask)
    assert roc_auc(Ranked.of(-plane), mask) == pytest.approx(1 - area)
    assert roc_auc(Ranked.of(plane), ~mask) == pytest.approx(1 - area)


def test_a_flat_map_is_chance():
    mask = np.arange(20).reshape(4, 5) < 6
    ranked = Ranked.of(np.full((4, 5), 0.2))
    assert average_precision(ranked, mask) == pytest.approx(0.3)
    assert roc_auc(ranked, mask) == 0.5
