"""Every metric by another road: scipy, numpy's own weights, or the definition in a loop."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage, stats

from statkit.analysis.attention import (
    attention_metrics,
    attention_metrics_of_batch,
    attention_metrics_per_map,
    peak_metrics_of_batch,
)
from statkit.analysis.attention.lattice import on_lattice
from statkit.schema import split_attention

PEAKS = {"num_attention_peaks", "peak_separation_mean", "peak_intensity_mean"}

#: Few levels, so that ties and plateaus are common; exact in float32.
LEVELS = st.integers(-40, 40).map(lambda level: level / 8)
MAPS = hnp.arrays(np.float64, st.tuples(st.integers(1, 18), st.integers(1, 18)), elements=LEVELS)


def gaussian(sigma, side=32, at=None):
    """A blob; in the middle where no place is given."""
    y, x = np.mgrid[:side, :side] - np.reshape(at or [(side - 1) / 2] * 2, (2, 1, 1))
    return np.exp(-(y**2 + x**2) / (2 * sigma**2))


def mass_of(a):
    above = a - a.min()
    return np.full(a.shape, 1 / a.size) if above.max() == 0 else above / above.sum()


def lattice_of(p):
    """Cut every cell into 8×8 equal bits, then gather the bits by blocks."""
    height, width = p.shape
    bits = np.repeat(np.repeat(p, 8, axis=0), 8, axis=1) / 64
    return bits.reshape(8, height, 8, width).sum(axis=(1, 3))


def lorenz(p, share):
    rising = np.concatenate([[0], np.cumsum(np.sort(p.ravel()))])
    return np.interp(share, np.arange(p.size + 1) / p.size, rising)


def oracle(a):
    """The definitions on scipy and loops; only what exists for the map."""
    p, n = mass_of(a), a.size
    height, width = a.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    reach = math.hypot(*middle)
    y, x = np.indices(a.shape)
    centre = np.array(ndimage.center_of_mass(p))
    covariance = np.cov(np.stack([y.ravel(), x.ravel()]), aweights=p.ravel(), ddof=0)
    radii = [math.hypot(i - middle[0], j - middle[1]) for i in range(height) for j in range(width)]
    flat = a.max() == a.min()
    scaled = np.zeros(a.shape) if flat else (a - a.min()) / (a.max() - a.min())
    found = {
        "mean_attention": np.mean(a),
        "std_attention": np.std(a),
        "min_attention": np.min(a),
        "max_attention": np.max(a),
        "attention_kurtosis": None if flat else stats.kurtosis(a.ravel()),
        "attention_skewness": None if flat else stats.skew(a.ravel()),
        "attention_contrast": 0 if flat else (a.max() - a.min()) / (abs(a.max()) + abs(a.min())),
        "attention_entropy": 0 if n == 1 else stats.entropy(lattice_of(p).ravel()),
        "attention_entropy_full_nats": stats.entropy(p.ravel()),
        "attention_entropy_full_bits": stats.entropy(p.ravel(), base=2),
        "attention_entropy_norm": None if n == 1 else stats.entropy(p.ravel(), base=n),
        "attention_effective_cells": math.exp(stats.entropy(p.ravel())),
        "attention_concentration_10": 1 - lorenz(p, 0.9),
        "attention_concentration_20": 1 - lorenz(p, 0.8),
        "attention_sparsity": 0 if flat else sum(v < 0.1 for v in scaled.flat) / n,
        "attention_gini": np.abs(p.ravel() - p.ravel()[:, None]).mean() / (2 * p.mean()),
        "attention_hoyer": None
        if n == 1
        else (math.sqrt(n) - np.linalg.norm(p.ravel(), 1) / np.linalg.norm(p)) / (math.sqrt(n) - 1),
        "attention_center_y": centre[0] / (height - 1) if height > 1 else 0.5,
        "attention_center_x": centre[1] / (width - 1) if width > 1 else 0.5,
        "attention_center_distance": 0 if n == 1 else np.linalg.norm(centre - middle) / reach,
        "attention_radial_mean": 0 if n == 1 else np.average(radii, weights=p.ravel()) / reach,
        "attention_spatial_variance": np.trace(covariance),
        "attention_spatial_std": math.sqrt(max(np.trace(covariance), 0)),
        "attention_flat": flat,
        "attention_nonfinite_fraction": 0,
        "peak_coverage": sum(v >= 0.5 for v in scaled.flat) / n,
    }
    even = np.trace(np.cov(np.stack([y.ravel(), x.ravel()]), ddof=0))  # what an even map has
    found["attention_spatial_variance_norm"] = None if n == 1 else np.trace(covariance) / even
    return found


def assert_same(measured, wanted):
    assert set(measured) == set(wanted)
    for name, value in wanted.items():
        assert (measured[name] is None) == (value is None), name
        if value is not None:
            # the standard deviation of one cell is the root of a rounding error
            assert measured[name] == pytest.approx(value, rel=1e-7, abs=1e-6), name


@given(MAPS)
def test_every_metric_by_another_road(a):
    assert_same(attention_metrics(a, peaks=False), oracle(a))


@pytest.mark.parametrize("shape", [(24, 24), (12, 12), (7, 31), (1, 9), (9, 1), (2, 2), (64, 64)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_smooth_and_noisy_gates(shape, dtype):
    rng = np.random.default_rng(sum(shape))
    gate = (1 / (1 + np.exp(-ndimage.gaussian_filter(3 * rng.normal(size=shape), 1)))).astype(dtype)
    assert_same(attention_metrics(gate, peaks=False), oracle(gate.astype(np.float64)))


def test_half_precision_is_widened_before_any_sum():
    gate = np.full((512, 512), 0.5, dtype=np.float16)  # sums to 131,072, beyond float16
    gate[0, 0] = 1
    assert attention_metrics(gate, peaks=False)["mean_attention"] == pytest.approx(0.5 + 0.5 / 512**2)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_])
def test_whole_numbers_do_not_wrap(dtype):
    a = np.array([[0, 1, 1], [1, 0, 0]], dtype=dtype)
    assert_same(attention_metrics(a, peaks=False), oracle(a.astype(np.float64)))


@pytest.mark.parametrize(
    ("sigma", "bits", "nats", "lattice", "top", "sparsity"),
    [(6, 9.15, 6.35, 3.60, 0.37, 0.49), (4, 8.09, 5.61, 2.91, 0.64, 0.77), (2, 6.09, 4.22, 1.74, 0.98, 0.94)],
)
def test_known_blobs(sigma, bits, nats, lattice, top, sparsity):
    """Values of a centred blob on 32×32 cells that another program measured, its mass the blob itself."""
    found = attention_metrics(gaussian(sigma), normalisation="sum")
    assert found["attention_entropy_full_bits"] == pytest.approx(bits, abs=0.006)
    assert found["attention_entropy_full_nats"] == pytest.approx(nats, abs=0.006)
    assert found["attention_entropy"] == pytest.approx(lattice, abs=0.006)
    assert found["attention_concentration_10"] == pytest.approx(top, abs=0.006)
    assert found["attention_sparsity"] == pytest.approx(sparsity, abs=0.006)
    assert found["attention_center_distance"] == pytest.approx(0, abs=1e-9)
    assert found["num_attention_peaks"] == 1


# --- maps with an end to reach -----------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, -3.5, 1e300, 5e-324])
@pytest.mark.parametrize("shape", [(2, 2), (32, 32), (5, 9), (1, 4)])
def test_a_flat_map_is_even(value, shape):
    n = math.prod(shape)
    found = attention_metrics(np.full(shape, value))
    assert found["attention_flat"] is True
    assert found["attention_entropy"] == pytest.approx(math.log(64))
    assert found["attention_entropy_full_nats"] == pytest.approx(math.log(n))
    assert found["attention_entropy_norm"] == pytest.approx(1)
    assert found["attention_effective_cells"] == pytest.approx(n)
    assert found["attention_concentration_10"] == pytest.approx(0.1, abs=1e-12)
    assert found["attention_concentration_20"] == pytest.approx(0.2, abs=1e-12)
    assert found["attention_spatial_variance_norm"] == pytest.approx(1)
    for name in ("contrast", "sparsity", "gini", "hoyer", "center_distance"):
        assert found["attention_" + name] == pytest.approx(0, abs=1e-7), name
    assert (found["mean_attention"], found["std_attention"]) == (value, 0)
    assert (found["attention_kurtosis"], found["attention_skewness"]) == (None, None)
    assert (found["num_attention_peaks"], found["peak_coverage"]) == (0, 0)
    assert (found["peak_separation_mean"], found["peak_intensity_mean"]) == (None, None)


def test_an_even_map_lies_about_half_way_out():
    assert attention_metrics(np.ones((32, 32)))["attention_radial_mean"] == pytest.approx(0.56, abs=0.01)


def test_one_cell():
    found = attention_metrics([[0.7]])
    assert found["attention_flat"] is True
    zero = ("attention_entropy", "attention_entropy_full_nats", "attention_center_distance")
    assert [found[name] for name in (*zero, "attention_radial_mean", "num_attention_peaks")] == [0] * 5
    null = ("attention_entropy_norm", "attention_hoyer", "attention_spatial_variance_norm")
    assert [found[name] for name in null] == [None] * 3


@pytest.mark.parametrize(("y", "x"), [(0, 0), (0, 15), (31, 0), (31, 15)])
def test_all_attention_in_a_corner(y, x):
    one = np.zeros((32, 16))
    one[y, x] = 1
    found = attention_metrics(one)
    assert found["attention_entropy_full_nats"] == 0
    assert found["attention_concentration_10"] == 1
    assert found["attention_sparsity"] == 511 / 512
    assert found["attention_hoyer"] == pytest.approx(1)
    assert found["attention_gini"] == pytest.approx(511 / 512)
    assert found["attention_center_distance"] == pytest.approx(1)
    assert found["attention_radial_mean"] == pytest.approx(1)
    assert (found["attention_center_y"], found["attention_center_x"]) == (y // 31, x // 15)
    assert found["attention_spatial_variance"] == pytest.approx(0)
    assert (found["num_attention_peaks"], found["peak_intensity_mean"]) == (1, 1)


def test_four_corners_are_central_by_centroid_alone():
    corners = sum(gaussian(2, at=at) for at in ((3, 3), (3, 28), (28, 3), (28, 28)))
    found = attention_metrics(corners)
    assert found["attention_center_distance"] == pytest.approx(0, abs=1e-9)
    assert found["attention_radial_mean"] > 0.75
    assert found["num_attention_peaks"] == 4


# --- what normalising does ---------------------------------------------------------------------------


@given(MAPS.filter(lambda a: a.min() < a.max()))
def test_offset_and_scale_change_only_the_raw_values(a):
    raw = {"mean_attention", "std_attention", "min_attention", "max_attention", "attention_contrast"}
    plain, moved = (
        {name: value for name, value in attention_metrics(each).items() if name not in raw}
        for each in (a, 4 * a - 16)
    )
    assert_same(moved, plain)


def test_contrast_tells_noise_on_a_pedestal_from_a_gate():
    rng = np.random.default_rng(0)
    noise = rng.random((16, 16))
    assert attention_metrics(noise)["attention_contrast"] > 0.95
    assert attention_metrics(1000 + noise)["attention_contrast"] < 0.001


def test_the_positive_part_as_mass():
    a = np.array([[1.0, 3.0], [-5.0, 0.0]])
    found = attention_metrics(a, normalisation="sum")
    assert found["attention_entropy_full_nats"] == pytest.approx(stats.entropy([1, 3]))
    assert found["attention_center_x"] == pytest.approx(0.75)
    assert found["attention_center_y"] == 0
    assert found["attention_contrast"] == 1  # of the raw values, whichever mass


def test_a_map_without_a_positive_value_has_no_positive_mass():
    found = attention_metrics([[-1.0, -2.0], [0.0, -1.0]], normalisation="sum")
    assert found["attention_entropy"] is found["attention_gini"] is found["attention_center_y"] is None
    assert found["attention_sparsity"] == 0.25
    assert found["mean_attention"] == -1
    assert attention_metrics([[-1.0, -1.0]], normalisation="sum")["attention_entropy_norm"] == 1


# --- values no map should have -----------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_cell_makes_every_metric_null(bad):
    a = np.random.default_rng(0).random((6, 4))
    a[2, 3] = bad
    found = attention_metrics(a)
    assert found.pop("attention_nonfinite_fraction") == pytest.approx(1 / 24)
    assert set(found.values()) == {None}


def test_opposite_infinities():
    found = attention_metrics([[np.inf, -np.inf]])
    assert found.pop("attention_nonfinite_fraction") == 1
    assert set(found.values()) == {None}


def test_a_range_beyond_float64_is_not_measured():
    found = attention_metrics([[1.7e308, -1.7e308]])
    assert found.pop("attention_nonfinite_fraction") == 0
    assert set(found.values()) == {None}


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_any_numbers_at_all(a):
    """Whatever the values, no warning, no infinity, and every metric inside its range."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = attention_metrics(a)
    numbers = {name: value for name, value in found.items() if value is not None}
    assert all(math.isfinite(value) for value in numbers.values())
    fractions = ("sparsity", "gini", "hoyer", "entropy_norm", "center_distance", "radial_mean", "contrast")
    for name in (*("attention_" + each for each in fractions), "peak_coverage", "peak_intensity_mean"):
        assert 0 <= numbers.get(name, 0) <= 1 + 1e-12, name
    assert 0 <= numbers.get("attention_entropy", 0) <= math.log(64)
    assert 0.1 - 1e-12 <= numbers.get("attention_concentration_10", 0.1) <= 1 + 1e-12
    assert 0 <= numbers.get("peak_separation_mean", 0) <= 2 + 1e-12


@pytest.mark.parametrize(
    ("call", "given_", "said"),
    [
        (attention_metrics, np.zeros((2, 2, 2)), r"\(2, 2, 2\).*attention_metrics_of_batch"),
        (attention_metrics, np.zeros((0, 3)), r"\(1, 0, 3\)"),
        (attention_metrics, [["a", "b"]], "dtype"),
        (attention_metrics, np.ones((2, 2), dtype=complex), "complex"),
        (attention_metrics_of_batch, np.zeros((2, 2)), r"\(B, H, W\)"),
        (attention_metrics_of_batch, np.zeros((0, 2, 2)), r"\(0, 2, 2\)"),
        (peak_metrics_of_batch, np.zeros(3), r"\(3,\)"),
    ],
)
def test_what_is_no_map_is_refused(call, given_, said):
    with pytest.raises(ValueError, match=said):
        call(given_)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match=r"softmax.*choose 'minmax' or 'sum'"):
        attention_metrics(np.eye(3), normalisation="softmax")


def test_the_input_is_left_as_it_was():
    maps = np.random.default_rng(0).random((2, 5, 5))
    maps[0, 0, 0] = np.nan
    before = maps.copy()
    attention_metrics_of_batch(maps)
    np.testing.assert_array_equal(maps, before)


# --- batches -----------------------------------------------------------------------------------------


def test_a_batch_is_the_mean_of_its_maps_without_nulls():
    rng = np.random.default_rng(3)
    maps = rng.random((6, 10, 12))
    maps[1] = 0.5  # flat: no kurtosis, no peak
    maps[2, 3, 3] = np.nan  # not measured
    maps[4] = gaussian(2, side=12)[:10]  # one peak: no separation
    single = [attention_metrics(each) for each in maps]
    batch = attention_metrics_of_batch(maps)
    assert batch.pop("attention_flat_fraction") == pytest.approx(1 / 5)
    assert set(batch) == set(single[0]) - {"attention_flat"}
    for name, value in batch.items():
        there = [each[name] for each in single if each[name] is not None]
        assert value == pytest.approx(np.mean(there)), name
    assert batch["attention_nonfinite_fraction"] == pytest.approx(1 / 720)


def test_the_mean_of_metrics_is_not_the_metric_of_the_mean():
    maps = np.stack([gaussian(2, at=(8, 8)), gaussian(2, at=(24, 24))])
    batch, blurred = attention_metrics_of_batch(maps), attention_metrics(maps.mean(axis=0))
    assert batch["num_attention_peaks"] == 1
    assert blurred["num_attention_peaks"] == 2


def test_a_batch_that_cannot_be_measured():
    batch = attention_metrics_of_batch(np.full((3, 4, 4), np.nan))
    assert batch.pop("attention_nonfinite_fraction") == 1
    assert set(batch.values()) == {None}


def test_peaks_can_be_left_out_and_added_later():
    maps = np.random.default_rng(0).random((3, 12, 12))
    quick, slow = attention_metrics_of_batch(maps, peaks=False), peak_metrics_of_batch(maps)
    assert set(slow) == PEAKS
    assert quick | slow == attention_metrics_of_batch(maps)
    assert not PEAKS & set(attention_metrics(maps[0], peaks=False))


def test_per_map_values_line_up():
    maps = np.random.default_rng(0).random((4, 9, 9))
    maps[2] = np.inf
    table = attention_metrics_per_map(maps)
    for row, each in enumerate(maps):
        for name, value in attention_metrics(each).items():
            np.testing.assert_allclose(table[name][row], np.nan if value is None else value, err_msg=name)


def test_values_are_plain_numbers():
    found = attention_metrics(gaussian(3).astype(np.float32))
    assert type(found["num_attention_peaks"]) is int
    assert type(found["attention_flat"]) is bool
    assert {
        type(each) for name, each in found.items() if name not in ("num_attention_peaks", "attention_flat")
    } <= {
        float,
        type(None),
    }
    assert {type(each) for each in attention_metrics_of_batch(np.eye(4)[None]).values()} <= {
        float,
        type(None),
    }


def test_the_catalogue_knows_the_original_names():
    original = """
        mean_attention std_attention max_attention min_attention attention_entropy attention_kurtosis
        attention_skewness attention_sparsity attention_concentration_10 attention_concentration_20
        attention_center_y attention_center_x attention_center_distance attention_spatial_variance
        attention_spatial_std num_attention_peaks peak_separation_mean peak_intensity_mean peak_coverage"""
    found = attention_metrics(np.eye(8))
    assert set(original.split()) <= set(found)
    for name in original.split():
        assert split_attention(f"attention_bam_32_{name}") == ("bam_32", name)


# --- the lattice -------------------------------------------------------------------------------------


@given(MAPS.map(np.abs), st.integers(1, 11))
def test_the_lattice_keeps_the_mass_of_every_size(a, side):
    p = mass_of(a)
    found = on_lattice(p[None], side)[0]
    assert found.shape == (side, side)
    assert found.sum() == pytest.approx(1)
    if side == 8:
        np.testing.assert_allclose(found, lattice_of(p), atol=1e-12)


def test_the_lattice_is_area_resampling_by_hand():
    p = np.arange(1.0, 7).reshape(2, 3)
    found = on_lattice(p[None], 2)[0]
    np.testing.assert_allclose(found, [[1 + 2 / 2, 3 + 2 / 2], [4 + 5 / 2, 6 + 5 / 2]])
