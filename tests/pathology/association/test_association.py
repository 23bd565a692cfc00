import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from statsmodels.stats.multitest import multipletests

from statkit.errors import StatkitError, UsageError
from statkit.pathology.association import associate, batch_association, spatial_consistency
from statkit.pathology.association.grid import area_averaged

FEW = {"permutations": 499, "resamples": 200}


def smooth(count, seed, side=24):
    noise = np.random.default_rng(seed).normal(size=(count, side, side))
    return gaussian_filter(noise, (0, 2, 2)) * 8


FEATURES = {"hematoxylin": smooth(12, 0), "counterstain": smooth(12, 1), "luminance": -smooth(12, 0)}
ATTENTION = {
    "bam_8": [
        area_averaged(f, (8, 8)) + 0.1 * n for f, n in zip(smooth(12, 0), smooth(12, 2, 8), strict=True)
    ],
    "bam_6": list(smooth(12, 3, 6)),
}
MASKS = {"nuclei": smooth(12, 0) > 0.8}


@pytest.fixture(scope="module")
def told():
    randomised = {"bam_8": smooth(12, 5, 8)}
    return associate(ATTENTION, FEATURES, MASKS, randomised=randomised, **FEW)


def test_one_row_a_layer_and_feature(told):
    rows = [(row.layer, row.feature, row.grid, row.kind) for row in told.associations]
    assert rows == [
        ("bam_8", "hematoxylin", (8, 8), "attention"),
        ("bam_8", "counterstain", (8, 8), "attention"),
        ("bam_6", "hematoxylin", (6, 6), "attention"),
        ("bam_6", "counterstain", (6, 6), "attention"),
    ]
    assert told.associations[0].verdict == "associated"
    assert {row.verdict for row in told.associations[1:]} == {"not shown"}
    assert [(row.layer, row.mask) for row in told.localisations] == [("bam_8", "nuclei"), ("bam_6", "nuclei")]


def test_p_is_adjusted_over_layers_and_features(told):
    p_values = [row.p for row in told.associations]
    theirs = multipletests(p_values, method="fdr_bh")[1]
    assert [row.p_adjusted for row in told.associations] == pytest.approx(theirs)
    assert all(row.p_adjusted is None for row in told.controls)


def test_controls_are_simple_features_both_ways_and_randomised_weights(told):
    rows = [(row.kind, row.layer, row.feature, row.grid) for row in told.controls]
    assert rows == [
        ("simple feature", "bam_8", "luminance", (8, 8)),
        ("simple feature", "bam_6", "luminance", (6, 6)),
        ("simple feature as attention", "luminance", "hematoxylin", (8, 8)),
        ("simple feature as attention", "luminance", "counterstain", (8, 8)),
        ("simple feature as attention", "luminance", "hematoxylin", (6, 6)),
        ("simple feature as attention", "luminance", "counterstain", (6, 6)),
        ("randomised weights", "bam_8", "hematoxylin", (8, 8)),
        ("randomised weights", "bam_8", "counterstain", (8, 8)),
        ("randomised weights", "bam_8", "luminance", (8, 8)),
    ]
    assert told.controls[0].r == pytest.approx(-told.associations[0].r)
    assert told.controls[2].r == pytest.approx(-1)
    assert told.controls[2].verdict == "associated"
    assert told.controls[6].verdict == "not shown"


def test_the_three_single_values_are_those_of_the_first_layer(told):
    assert told.layer == "bam_8"
    assert told.tissue_attention_correlation == told.associations[0].r > 0.8
    assert told.nuclear_attention_overlap == told.localisations[0].iou > 0.3
    assert told.spatial_consistency is None


def test_a_batch_has_the_same_numbers_to_the_last_bit(told):
    quick = batch_association(ATTENTION, FEATURES, MASKS)
    assert quick == {
        "tissue_attention_correlation": told.tissue_attention_correlation,
        "nuclear_attention_overlap": told.nuclear_attention_overlap,
        "attention_bam_8_tissue_attention_correlation": told.associations[0].r,
        "attention_bam_8_nuclear_attention_overlap": told.localisations[0].iou,
        "attention_bam_6_tissue_attention_correlation": told.associations[2].r,
        "attention_bam_6_nuclear_attention_overlap": told.localisations[1].iou,
    }


def test_a_batch_has_what_it_can():
    assert batch_association({"bam": [None]}, {"hematoxylin": [np.eye(3)]}, {"nuclei": [np.eye(3)]}) == {
        "tissue_attention_correlation": None,
        "nuclear_attention_overlap": None,
        "attention_bam_tissue_attention_correlation": None,
        "attention_bam_nuclear_attention_overlap": None,
    }
    assert batch_association(ATTENTION, {"luminance": FEATURES["luminance"]}, {}) == {}
    with pytest.raises(UsageError, match="nuclei: 11"):
        batch_association(ATTENTION, {}, {"nuclei": MASKS["nuclei"][:11]})


def test_consistency_is_that_of_the_probe_tiles():
    tiles = smooth(8, 7, 6).reshape(2, 4, 6, 6)
    told = associate(ATTENTION, {}, {}, probes={"bam_8": tiles}, **FEW)
    assert told.spatial_consistency == pytest.approx(np.mean([spatial_consistency(tile) for tile in tiles]))
    assert told.consistencies[0].n_tiles == 2
    assert told.associations == told.localisations == told.controls == ()
    assert told.tissue_attention_correlation is None


def test_the_result_is_strict_json_and_a_table(told):
    assert (
        json.loads(json.dumps(told.to_dict(), allow_nan=False))["associations"][0]["feature"] == "hematoxylin"
    )
    rows = told.rows()
    assert len(rows) == 4
    assert list(told.to_frame().columns) == list(rows[0])
    assert "associated" in told._repr_html_()


def test_the_same_arguments_give_the_same_answer(told):
    again = associate(ATTENTION, FEATURES, MASKS, randomised={"bam_8": smooth(12, 5, 8)}, **FEW)
    assert again == told
    other = associate(ATTENTION, FEATURES, MASKS, seed=1, **FEW)
    assert [row.r for row in other.associations] == [row.r for row in told.associations]
    assert [row.p for row in other.associations] != [row.p for row in told.associations]


def test_the_order_of_images_does_not_matter_to_what_is_seen(told):
    order = np.random.default_rng(0).permutation(12)
    moved = associate(
        {name: [maps[at] for at in order] for name, maps in ATTENTION.items()},
        {name: maps[order] for name, maps in FEATURES.items()},
        {name: maps[order] for name, maps in MASKS.items()},
        **FEW,
    )
    for ours, theirs in zip(moved.associations, told.associations, strict=True):
        assert ours.r == pytest.approx(theirs.r)
        assert ours.p == pytest.approx(theirs.p, abs=0.1)


def test_notes_say_what_was_not_looked_at(told):
    assert "not a relevance" in told.notes[0]
    assert any("12 of 12 images is not known" in note for note in told.notes)
    assert not any("Randomised" in note or "luminance" in note for note in told.notes)
    bare = associate(
        {"bam": smooth(3, 0, 6)}, {"hematoxylin": smooth(3, 1)}, {}, patients=["a", "b", "c"], **FEW
    )
    said = " ".join(bare.notes)
    assert "is not known" not in said
    for missing in ("toroidal-shift null", "No luminance or edges", "randomised weights", "No probe tiles"):
        assert missing in said
    assert bare.associations[0].verdict == "insufficient"


def test_no_quality_is_spoken_of(told):
    words = json.dumps(told.to_dict()).lower()
    for adjective in ("excellent", "good", "poor", "strong", "weak", "moderate", "significant", "ready"):
        assert adjective not in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, {}, {}), "No attention maps"),
        (({"bam": smooth(3, 0)}, {"hematoxylin": smooth(2, 0)}, {}), "bam: 3, hematoxylin: 2"),
        (({"bam": smooth(3, 0)}, {}, {"nuclei": smooth(3, 0)}), "a mask says yes or no"),
        (({"bam": smooth(3, 0)[None]}, {}, {}), r"shape \(3, 24, 24\)"),
    ],
)
def test_bad_input_is_told_in_one_line(arguments, message):
    with pytest.raises(UsageError, match=message) as raised:
        associate(*arguments)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value, StatkitError)


def test_patients_and_randomised_maps_go_with_the_images():
    with pytest.raises(UsageError, match="2 patients for 12 images"):
        associate(ATTENTION, {}, {}, patients=["a", "b"])
    with pytest.raises(UsageError, match="bam_8: 3"):
        associate(ATTENTION, {}, {}, randomised={"bam_8": smooth(3, 0)})


def test_a_seed_is_not_negative():
    with pytest.raises(UsageError, match="seed of -1"):
        associate(ATTENTION, {}, {}, seed=-1)


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_is_a_distance(tolerance):
    with pytest.raises(UsageError, match="tolerance"):
        associate(ATTENTION, {}, MASKS, tolerance=tolerance)


@pytest.mark.parametrize("nothing", [{"permutations": 0}, {"resamples": -1}])
def test_something_has_to_be_drawn(nothing):
    with pytest.raises(UsageError, match="one of each or more"):
        associate(ATTENTION, {}, {}, **nothing)


def test_without_scipy_the_extra_is_named():
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from statkit.errors import MissingExtraError\n"
        "try: import statkit.pathology.association\n"
        "except MissingExtraError as error: print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "statkit[pathology]" in shown.stdout


def test_it_is_light():
    code = (
        "import sys, statkit.pathology.association\n"
        "print(sorted({'pandas', 'torch', 'matplotlib', 'skimage', 'scipy.stats'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
