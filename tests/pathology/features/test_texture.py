"""Texture against scikit-image called directly, and against pairs counted one by one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.color import rgb2gray
from skimage.feature import graycomatrix, graycoprops

from statkit.errors import UsageError
from statkit.pathology.features.texture import texture

NAMES = ("contrast", "dissimilarity", "homogeneity", "asm", "energy", "correlation", "entropy")

#: Rows down and columns right for 0, 45, 90 and 135 degrees, diagonals rounded: √2 to 1, 3/√2 to 2.
STEPS = [
    (-round(d * math.sin(a)), round(d * math.cos(a))) for d in (1, 2, 3) for a in np.pi / 4 * np.arange(4)
]


def pairs(grey, levels, step):
    """Count the pairs one step apart, both ways round; None where there is none."""
    counts = [[0] * levels for _ in range(levels)]
    height, width = len(grey), len(grey[0])
    for y in range(height):
        for x in range(width):
            v, u = y + step[0], x + step[1]
            if 0 <= v < height and 0 <= u < width:
                counts[grey[y][x]][grey[v][u]] += 1
                counts[grey[v][u]][grey[y][x]] += 1
    total = sum(map(sum, counts))
    return np.array(counts) / total if total else None


def haralick(p):
    """Haralick's sums over the cells of one matrix."""
    cells = [(i, j, p[i, j]) for i in range(len(p)) for j in range(len(p)) if p[i, j]]
    mean = sum(i * v for i, _, v in cells)
    spread = sum((i - mean) ** 2 * v for i, _, v in cells)
    shared = sum((i - mean) * (j - mean) * v for i, j, v in cells)
    asm = sum(v * v for _, _, v in cells)
    return {
        "contrast": sum((i - j) ** 2 * v for i, j, v in cells),
        "dissimilarity": sum(abs(i - j) * v for i, j, v in cells),
        "homogeneity": sum(v / (1 + (i - j) ** 2) for i, j, v in cells),
        "asm": asm,
        "energy": math.sqrt(asm),
        "correlation": shared / spread if spread > 1e-12 else 1.0,
        "entropy": -sum(v * math.log(v) for _, _, v in cells),
    }


def by_hand(luminance, levels):
    grey = [[min(int(v * levels), levels - 1) for v in row] for row in luminance.tolist()]
    found = [haralick(p) for step in STEPS if (p := pairs(grey, levels, step)) is not None]
    return {f"glcm_{n}": sum(each[n] for each in found) / len(found) if found else None for n in NAMES}


def assert_same(ours, wanted):
    assert set(ours) == set(wanted)
    for name, value in wanted.items():
        assert (ours[name] is None) == (value is None), name
        assert value is None or ours[name] == pytest.approx(value, abs=1e-9), name


LUMINANCES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    elements=st.integers(0, 20).map(lambda v: v / 20),
)


@settings(max_examples=40)
@given(LUMINANCES, st.sampled_from([8, 16, 32]))
def test_any_tile_by_counting_pairs(luminance, levels):
    assert_same(texture(luminance, levels), by_hand(luminance, levels))


@pytest.mark.parametrize("levels", [8, 16, 32])
def test_a_real_tile_by_scikit_image(tile, levels):
    luminance = rgb2gray(tile)
    grey = (luminance * levels).astype(np.uint8)
    angles = np.deg2rad([0, 45, 90, 135])
    matrices = graycomatrix(grey, [1, 2, 3], angles, levels, symmetric=True, normed=True)
    ours = texture(luminance, levels)
    for name, standard in zip(NAMES[:6], (*NAMES[:3], "ASM", *NAMES[4:6]), strict=True):
        assert ours[f"glcm_{name}"] == pytest.approx(graycoprops(matrices, standard).mean(), abs=1e-12), name


def test_degrees_would_be_other_directions(tile):
    """The original program gave degrees where radians are taken: stripes then look the same both ways."""
    stripes = np.tile(np.arange(60) // 2 % 2, (60, 1)).astype(np.uint8)
    for angles, apart in (([0, np.pi / 2], True), ([0, 135], False)):
        contrasts = graycoprops(graycomatrix(stripes, [1], angles, 2, True, True), "contrast")[0]
        assert (abs(contrasts[0] - contrasts[1]) > 0.1) == apart
    wrong = graycomatrix((rgb2gray(tile) * 16).astype(np.uint8), [1, 2, 3], [0, 45, 90, 135], 16, True, True)
    ours = texture(rgb2gray(tile))["glcm_contrast"]
    assert abs(ours - graycoprops(wrong, "contrast").mean()) > 1e-3


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_tile_of_one_grey(value):
    wanted = {"contrast": 0, "dissimilarity": 0, "homogeneity": 1, "asm": 1, "energy": 1}
    wanted |= {"correlation": 1, "entropy": 0}
    assert texture(np.full((9, 9), value)) == {f"glcm_{n}": pytest.approx(v) for n, v in wanted.items()}


def test_a_chessboard():
    """Steps with an odd sum change the colour, the others do not: 4 of 12 keep it, as rounded."""
    board = np.indices((40, 40)).sum(axis=0) % 2 * 0.99
    kept = sum((down + right) % 2 == 0 for down, right in STEPS)
    assert texture(board, 8)["glcm_contrast"] == pytest.approx(49 * (12 - kept) / 12)
    assert texture(board, 8)["glcm_entropy"] == pytest.approx(math.log(2), abs=1e-3)


def test_a_single_pixel_has_no_texture():
    assert set(texture(np.zeros((1, 1))).values()) == {None}


@pytest.mark.parametrize("levels", [0, 4, 256, 16.5, "16"])
def test_other_levels_are_refused(levels):
    with pytest.raises(UsageError, match="possible: 8, 16, 32"):
        texture(np.zeros((4, 4)), levels)
