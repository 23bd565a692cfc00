"""The whole: every image, means with intervals, phases, raters; and what is refused."""

import json

import numpy as np
import pytest

from statkit.errors import UsageError
from statkit.pathology.validation.consensus import majority, staple
from statkit.pathology.validation.distances import distances
from statkit.pathology.validation.overlap import OVERLAPS, overlap
from statkit.pathology.validation.thresholding import Threshold, attended
from statkit.pathology.validation.validation import validate


def of(answer, metric, source="model", phase=None, **more):
    (found,) = [
        row
        for row in answer.aggregates
        if (row.metric, row.source, row.phase) == (metric, source, phase)
        and all(getattr(row, name) == value for name, value in more.items())
    ]
    return found


def test_every_row_is_what_its_parts_say(case):
    images = [case(number) for number in range(3)]
    answer = validate(images, tolerance=1.0, resamples=20)
    assert [row.image for row in answer.per_image] == ["image-0", "image-1", "image-2"]
    for image, row in zip(images, answer.per_image, strict=True):
        annotation = image.annotations["anna"]["Tumor"]
        mask = attended(image.attention["bam"], annotation, Threshold())
        assert {name: getattr(row, name) for name in OVERLAPS} == {
            name: getattr(overlap(mask, annotation), name) for name in OVERLAPS
        }
        apart = distances(mask, annotation, tolerance=1.0)
        assert (row.hausdorff, row.hd95, row.nsd) == (apart.hausdorff, apart.hd95, apart.nsd)
        assert row.annotation_fraction == annotation.mean() == row.attention_fraction
        assert row.lift == pytest.approx(row.energy / annotation.mean())
        assert row.pointing_game == 1.0
    assert of(answer, "dice").mean == pytest.approx(np.mean([row.dice for row in answer.per_image]))
    assert (answer.unit, answer.tolerance, answer.threshold) == ("px", 1.0, "matched")


@pytest.mark.parametrize(("count", "verdict"), [(9, "insufficient"), (10, "estimated")])
def test_fewer_than_ten_images_are_insufficient(case, count, verdict):
    answer = validate([case(number) for number in range(count)], resamples=50)
    found = of(answer, "dice")
    assert (found.n, found.images, found.verdict) == (count, count, verdict)
    assert found.ci[0] <= found.mean <= found.ci[1]
    assert any("insufficient" in note for note in answer.notes) == (verdict == "insufficient")


def test_the_same_picture_ten_times_is_one_image(case):
    answer = validate([case(number, content="same") for number in range(12)], resamples=10)
    found = of(answer, "dice")
    assert (found.n, found.images, found.patients, found.verdict) == (12, 1, 1, "insufficient")
    assert found.ci is None
    assert answer.images == 1


def test_patients_are_resampled_where_they_are_known(case):
    known = [case(number, patient=f"p{number // 4}") for number in range(12)]
    answer = validate(known, resamples=200)
    assert (answer.patients, of(answer, "dice").patients) == (3, 3)
    assert not any("unknown" in note for note in answer.notes)
    unknown = validate([case(number) for number in range(12)], resamples=200)
    assert (unknown.patients, of(unknown, "dice").patients) == (None, 12)
    assert any("unknown" in note for note in unknown.notes)


def test_nothing_drawn_is_null_and_counted(case):
    empty = {"anna": {"Tumor": np.zeros((32, 32), bool)}}
    answer = validate([case(0), case(1, annotations=empty)], resamples=10)
    for metric in ("dice", "iou", "kappa", "hausdorff", "nsd", "average_precision", "lift"):
        assert (of(answer, metric).n, of(answer, metric).n_null) == (1, 1)
    fixed = validate([case(0), case(1, annotations=empty)], threshold="quantile:0.9", resamples=10)
    assert of(fixed, "recall").n_null == 1
    assert of(fixed, "dice").mean == pytest.approx(of(answer, "dice").mean, abs=0.5)
    assert fixed.per_image[1].dice == 0.0


def test_where_everything_is_annotated_nothing_can_be_told_apart(case):
    full = {"anna": {"Tumor": np.ones((32, 32), bool)}}
    row = validate([case(0, annotations=full)], resamples=10).per_image[0]
    assert row.dice == 1.0
    assert row.kappa is row.average_precision is row.pointing_game is row.energy is row.lift is None


@pytest.mark.parametrize("plane", [np.ones((8, 8)), np.full((8, 8), np.nan)])
def test_attention_that_says_nothing_is_null_with_its_reason(case, plane):
    answer = validate([case(0), case(1, attention={"bam": plane})], resamples=10)
    row = answer.per_image[1]
    assert row.dice is row.hd95 is row.average_precision is row.attention_fraction is None
    assert "flat" in row.reason
    assert (of(answer, "dice").n, of(answer, "dice").n_null) == (1, 1)


def test_a_mask_can_stand_for_the_attention(case):
    image = case(0)
    mask = image.annotations["anna"]["Tumor"]
    row = validate([case(0, attention={"segmenter": mask})], resamples=10).per_image[0]
    assert (row.layer, row.dice, row.hausdorff, row.average_precision) == ("segmenter", 1.0, 0.0, None)


def test_several_raters_become_one_mask(case):
    raters = ("anna", "ben", "cho")
    images = [case(number, raters) for number in range(2)]
    for method, one in (("staple", lambda masks: staple(masks).mask), ("majority", majority)):
        answer = validate(images, consensus=method, resamples=10)
        masks = np.stack(list(images[0].masks("Tumor").values()))
        assert answer.per_image[0].annotation_fraction == one(masks).mean()
        assert answer.per_image[0].raters == raters
        assert answer.consensus == method


def test_people_stand_beside_the_model(case):
    answer = validate([case(number, ("anna", "ben", "cho")) for number in range(3)], resamples=10)
    assert len(answer.humans) == 9
    assert of(answer, "dice", "human").n == 9
    assert of(answer, "dice", "human").images == 3
    assert of(answer, "fleiss_kappa", "raters").n == 3
    assert of(answer, "cohen_kappa", "raters").n_null == 3
    assert answer.pooled_alpha["Tumor"] == pytest.approx(
        of(answer, "krippendorff_alpha", "raters").mean, abs=0.1
    )
    alone = validate([case(0)], resamples=10)
    assert (alone.humans, alone.agreement, alone.pooled_alpha) == ((), (), {})


def test_training_stands_beside_validation(case):
    train = [case(number, phase="train", off=0) for number in range(12)]
    val = [case(number, phase="val", off=6) for number in range(20, 32)]
    answer = validate(train + val, resamples=400)
    (dice,) = [row for row in answer.phases if row.metric == "dice"]
    assert (
        dice.train
        == of(answer, "dice", phase="train").mean
        > dice.val
        == of(answer, "dice", phase="val").mean
    )
    assert dice.difference == pytest.approx(dice.val - dice.train)
    assert dice.ci[0] < dice.difference < dice.ci[1] < 0
    assert (dice.train_images, dice.val_images, dice.verdict) == (12, 12, "estimated")
    assert of(answer, "dice").n == 24
    assert validate(train, resamples=10).phases == ()
    assert not any("training and in validation at once" in note for note in answer.notes)


def test_the_patients_of_the_two_phases_are_drawn_apart(case):
    train = [case(number, phase="train", patient=f"a{number}") for number in range(10)]
    val = [case(number, phase="val", patient=f"b{number}", image=f"again-{number}") for number in range(10)]
    answer = validate(train + val, resamples=200)
    (dice,) = [row for row in answer.phases if row.metric == "dice"]
    assert dice.difference == 0.0
    assert dice.ci[0] < 0 < dice.ci[1]
    assert not any("In training and in validation" in note for note in answer.notes)


def test_a_difference_of_single_patients_has_no_interval(case):
    images = [case(0, phase="train"), case(1, phase="val"), case(2, phase="val")]
    (dice,) = [row for row in validate(images, resamples=20).phases if row.metric == "dice"]
    assert dice.difference is not None
    assert dice.ci is None


def test_a_patient_of_both_phases_is_told(case):
    images = [case(0, phase="train", patient="x"), case(1, phase="val", patient="x")]
    assert any("x" in note and "not independent" in note for note in validate(images, resamples=10).notes)
    same = [case(0, phase="train", content="c"), case(1, phase="val", content="c")]
    assert any("Images in training and in validation" in note for note in validate(same, resamples=10).notes)


def test_lengths_are_micrometres_where_every_image_says_how_large_a_pixel_is(case):
    pixels = validate([case(0)], resamples=10).per_image[0]
    lengths = validate([case(0, mpp=0.5)], resamples=10)
    assert lengths.unit == "µm"
    assert lengths.per_image[0].hausdorff == pytest.approx(pixels.hausdorff / 2)
    mixed = validate([case(0, mpp=0.5), case(1)], resamples=10)
    assert mixed.unit == "px"
    assert mixed.per_image[0].hausdorff == pixels.hausdorff
    assert any("only 1 of 2 images" in note for note in mixed.notes)


def test_raters_who_saw_the_attention_are_told(case):
    answer = validate([case(0, unblinded=frozenset({"anna"}))], resamples=10)
    assert any(note.endswith("anna.") and "in view" in note for note in answer.notes)


def test_layers_and_labels_can_be_chosen(case):
    image = case(0)
    drawn = {"anna": {"Tumor": image.masks("Tumor")["anna"], "Stroma": ~image.masks("Tumor")["anna"]}}
    both = {"bam": image.attention["bam"], "kan": -image.attention["bam"]}
    images = [case(0, annotations=drawn, attention=both)]
    answer = validate(images, resamples=10)
    assert (answer.labels, answer.layers) == (("Stroma", "Tumor"), ("bam", "kan"))
    assert len(answer.per_image) == 4
    some = validate(images, layers=["kan"], labels=["Stroma"], resamples=10)
    assert [(row.layer, row.label) for row in some.per_image] == [("kan", "Stroma")]
    assert some.per_image[0] == next(r for r in answer.per_image if (r.layer, r.label) == ("kan", "Stroma"))


def test_the_same_input_gives_the_same_numbers_and_they_are_plain(case):
    images = [case(number, ("anna", "ben")) for number in range(3)]
    answers = [json.dumps(validate(images, resamples=30).to_dict()) for _ in range(2)]
    assert answers[0] == answers[1]
    rows = validate(images, resamples=10).rows()
    assert len(rows) == 3
    assert rows[0]["raters"] == "anna, ben"
    assert not any(isinstance(value, list | dict) for value in rows[0].values())


def test_progress_is_told(case):
    told = []
    validate([case(0), case(1)], resamples=10, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layers": ["kan"]}, "no layer 'kan'.*bam"),
        ({"labels": ["tumour"]}, "no label 'tumour'.*Tumor"),
        ({"threshold": "otsu"}, "otsu"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"consensus": "mean"}, "staple, majority"),
        ({"resamples": 0}, "resamples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_that_cannot_be(case, options, said):
    with pytest.raises(UsageError, match=said):
        validate([case(0)], **options)


def test_cases_that_cannot_be(case):
    with pytest.raises(UsageError, match="nothing to compare"):
        validate([])
    with pytest.raises(UsageError, match="two images are called 'image-0'"):
        validate([case(0), case(0)])
    with pytest.raises(UsageError, match="phase 'test'"):
        validate([case(0, phase="test")])
    with pytest.raises(UsageError, match="no label"):
        validate([case(0, annotations={"anna": {}})])
    uneven = {"anna": {"Tumor": np.eye(32)}, "ben": {"Tumor": np.eye(31)}}
    with pytest.raises(UsageError, match="of one shape"):
        validate([case(0, annotations=uneven)])
