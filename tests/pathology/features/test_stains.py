"""Stain separation against scikit-image, and against mixtures whose stains are known."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import color

from statkit.errors import UsageError
from statkit.pathology.features.stains import STAINS, Stains, optical_density, tissue_in

UNIT = -np.log(1e-6)  # scikit-image's densities are natural logarithms over this


def separated(image, stains):
    return stains.separated(optical_density(image / 255))


def r(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


def test_hdab_is_scikit_images(ihc):
    wanted = color.separate_stains(ihc, color.hdx_from_rgb) * UNIT
    np.testing.assert_allclose(separated(ihc, STAINS["H-DAB"]), wanted, atol=1e-9)
    np.testing.assert_allclose(STAINS["H-DAB"].matrix, color.rgb_from_hdx, atol=1e-12)


def test_he_is_scikit_images_with_the_cross_product_for_dab(ihc, recoloured):
    two = color.rgb_from_hed[:2]
    inverse = np.linalg.inv(np.vstack([two, np.cross(*two)]))
    for image in (ihc, recoloured[1]):
        wanted = color.separate_stains(image, inverse) * UNIT
        np.testing.assert_allclose(separated(image, STAINS["H&E"]), wanted, atol=1e-9)


def test_all_three_stains_are_rgb2hed(ihc):
    """Ruifrok's vectors as published; their lengths, scaled to 1 here, are 1 to within 0.4 %."""
    ours = separated(ihc, Stains.of(color.rgb_from_hed))
    lengths = np.linalg.norm(color.rgb_from_hed, axis=1)
    np.testing.assert_allclose(ours, color.rgb2hed(ihc) * UNIT * lengths, atol=1e-9)


def test_known_densities_come_back(recoloured):
    """The recolouring loses what does not fit in bytes: .9998 and .997 are published for it."""
    (hematoxylin, eosin), image = np.moveaxis(recoloured[0], -1, 0), recoloured[1]
    ours = separated(image, STAINS["H&E"])
    assert r(ours[..., 0], hematoxylin) > 0.999
    assert r(ours[..., 1], eosin) > 0.99
    assert abs(ours[..., 0].mean() / hematoxylin.mean() - 1) < 0.02


def test_the_wrong_stains_do_not_give_them_back(ihc, recoloured):
    """Fixed vectors are a choice: DAB has no eosin, and the original program's hue is no stain."""
    assert separated(ihc, STAINS["H&E"])[..., 1].mean() < 0.05
    hue = color.rgb2hsv(ihc)[..., 0] * 180 / 179
    assert abs(r(hue, color.rgb2hed(ihc)[..., 0])) < 0.4
    assert r(separated(ihc, STAINS["H-DAB"])[..., 0], color.rgb2hed(ihc)[..., 0]) > 0.9


@settings(max_examples=30)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))))
def test_any_bytes_by_a_loop(image):
    """Cramer's rule, pixel by pixel."""
    stains = STAINS["H&E"]
    columns = np.array(stains.matrix).T
    ours = separated(image, stains)
    assert np.isfinite(ours).all()
    for y, x in np.ndindex(image.shape[:2]):
        density = [-np.log(max(v / 255, 1e-6)) for v in image[y, x]]
        for place in range(3):
            replaced = columns.copy()
            replaced[:, place] = density
            amount = np.linalg.det(replaced) / np.linalg.det(columns)
            assert ours[y, x, place] == pytest.approx(max(amount, 0), abs=1e-9)


def test_black_is_finite_and_white_is_nothing():
    assert optical_density(np.array([0.0, 1.0])).tolist() == [pytest.approx(13.8155, abs=1e-4), 0]
    for stains in (STAINS["H&E"], Stains.of(np.eye(3))):
        white = separated(np.full((2, 2, 3), 255), stains)
        assert not white.any()
        assert not np.signbit(white).any()  # a mean of -0.0 would be written so
    assert np.isfinite(separated(np.zeros((2, 2, 3)), STAINS["H-DAB"])).all()


def test_own_vectors_have_any_length_and_base(ihc):
    decadic = np.array(STAINS["H-DAB"].matrix)[:2] * [[2], [0.3]] / np.log(10)
    lengths = np.linalg.norm(STAINS["H-DAB"].matrix[:2], axis=1)
    ours = separated(ihc, Stains.of(decadic, "own H-DAB", ("hematoxylin", "DAB")))
    wanted = separated(ihc, STAINS["H-DAB"])[..., :2] * lengths
    np.testing.assert_allclose(ours[..., :2], wanted, atol=1e-9)


def test_three_vectors_of_ones_own():
    stains = Stains.of(np.eye(3), names=("cyan", "magenta", "yellow"))
    assert stains.names == ("cyan", "magenta", "yellow")
    assert Stains.of(np.eye(3)).names == ("hematoxylin", "counterstain", "third")
    assert Stains.of(color.rgb_from_hdx, names=("hematoxylin", "DAB")).names[2] == "residual"
    image = np.array([[[0.5, 0.25, 1.0]]])
    np.testing.assert_allclose(stains.separated(optical_density(image)), [[[np.log(2), np.log(4), 0]]])
    assert stains.unexplained(optical_density(image)) is None


@pytest.mark.parametrize("name", STAINS)
def test_unexplained_is_the_distance_from_the_stains_plane(tile, name):
    density = optical_density(tile / 255)
    across = np.cross(*STAINS[name].matrix[:2])
    distances = [abs(pixel @ across) / math.hypot(*across) for row in density for pixel in row]
    assert STAINS[name].unexplained(density) == pytest.approx(sum(distances) / len(distances))


def test_what_stains_do_not_explain():
    """Cyan and magenta dyes explain no yellow, whose density is ln 2 on a quarter of the pixels."""
    stains = Stains.of(np.eye(3)[:2])
    image = np.ones((2, 2, 3))
    image[..., :2] = [0.3, 0.7]
    assert stains.unexplained(optical_density(image)) == pytest.approx(0, abs=1e-12)
    image[0, 0, 2] = 0.5
    assert stains.unexplained(optical_density(image)) == pytest.approx(np.log(2) / 4)


def test_the_right_stains_leave_least(ihc, recoloured):
    for image, right, wrong in ((ihc, "H-DAB", "H&E"), (recoloured[1], "H&E", "H-DAB")):
        density = optical_density(image / 255)
        assert STAINS[right].unexplained(density) < STAINS[wrong].unexplained(density) / 4


BAD = {
    "one row": [[0.6, 0.7, 0.3]],
    "a name": "H and E",
    "four rows": np.eye(4)[:, :3],
    "NaN": [[np.nan, 0.7, 0.3], [0.1, 0.9, 0.1]],
    "zero": [[0, 0, 0], [0.1, 0.9, 0.1]],
    "the same twice": [[0.6, 0.7, 0.3], [1.2, 1.4, 0.6]],
    "a sum": [[1, 0, 0], [0, 1, 0], [1, 1, 0]],
    "the inverse": color.hed_from_rgb,
    "nothing": None,
}


@pytest.mark.parametrize("name", BAD)
def test_vectors_that_are_none_are_refused(name):
    with pytest.raises(UsageError, match=r"^Found stain"):
        Stains.of(BAD[name])


def test_stains_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        STAINS["H&E"].name = "other"
    assert STAINS["H&E"].names == ("hematoxylin", "eosin", "residual")


def test_tissue_is_what_absorbs():
    """exp(-0.15) = 0.8607 of the light, as the mean of the channels' densities."""
    grey = np.array([1.0, 0.87, 0.86, 0.5, 0.0])[:, None] * np.ones(3)
    assert tissue_in(optical_density(grey)).tolist() == [False, False, True, True, True]
    assert tissue_in(optical_density(np.array([[1.0, 0.6, 1.0]]))).tolist() == [True]
    assert tissue_in(optical_density(np.array([[1.0, 0.7, 1.0]]))).tolist() == [False]
