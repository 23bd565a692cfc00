"""A run's sidecars against annotation files: what belongs together, and what is said of the rest."""

import json
import sys

import numpy as np
import pytest

from statkit.api.validating import validate
from statkit.errors import MissingExtraError, RunNotFoundError, UsageError
from statkit.pathology.annotations.facts import pixel_sha256
from statkit.views.panels import Panels
from statkit.writers import sidecar

SIDE = 24


def picture(number):
    return np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def attention(number):
    return np.random.default_rng(1000 + number).random((6, 6)).astype(np.float32)


def write_sidecar(run, phase, number, image=None, step=None, **told):
    images = {"input": picture(number) if image is None else image}
    maps = {"bam": attention(number), "kan": -attention(number)}
    panels = Panels(
        phase=phase,
        number=number,
        step=number if step is None else step,
        images=images,
        attention=maps,
        meta={"data_range": 1.0, "kinds": {"bam": "gate", "kan": "energy"}, **told},
    )
    sidecar.write(run / f"{phase}_batch_{number:06d}.npz", *panels.to_arrays())
    return images["input"]


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    rows = [{"batch_idx": i, "phase": "train", "loss": 1 / (i + 1)} for i in range(5)]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for phase, number in (("train", 10), ("train", 20), ("val", 3)):
        write_sidecar(directory, phase, number)
    return directory


@pytest.fixture
def drawn(tmp_path):
    directory = tmp_path / "drawn"
    directory.mkdir()
    return directory


def square(left, top, side, label="Tumor", **metadata):
    ring = [[left, top], [left + side, top], [left + side, top + side], [left, top + side], [left, top]]
    properties = {
        "objectType": "annotation",
        "metadata": {f"statkit:{k}": str(v) for k, v in metadata.items()},
    }
    if label:
        properties["classification"] = {"name": label}
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties,
    }


def draw(path, *features):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))


def messages(answer):
    return [f"{notice.path}: {notice.message}" for notice in answer.warnings]


def test_by_the_name_of_the_sidecar(run, drawn):
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8))
    answer = validate(run, drawn)
    assert (answer.run, answer.path) == ("run", str(run))
    assert [(row.image, row.layer, row.phase) for row in answer.per_image] == [
        ("val_batch_000003", "bam", "val"),
        ("val_batch_000003", "kan", "val"),
    ]
    assert answer.per_image[0].annotation_fraction == 64 / SIDE**2
    assert answer.raters == ("unnamed",)
    assert answer.labels == ("Tumor",)
    (warning,) = messages(answer)
    assert "2 of 3 pictures have no annotation: train_batch_000010, train_batch_000020" in warning


def test_the_numbers_are_those_of_the_arrays(run, drawn):
    draw(drawn / "train_batch_000010.geojson", square(4, 4, 8))
    row = validate(run, drawn, layer="bam", threshold="quantile:0.75").per_image[0]
    annotation = np.zeros((SIDE, SIDE), bool)
    annotation[4:12, 4:12] = True
    from statkit.pathology.validation.overlap import overlap
    from statkit.pathology.validation.thresholding import Threshold, attended

    found = overlap(attended(attention(10), annotation, Threshold(0.75)), annotation)
    assert (row.dice, row.kappa, row.attention_fraction) == (found.dice, found.kappa, 0.25)


def test_raters_by_name_and_by_directory(run, drawn):
    draw(drawn / "val_batch_000003.anna.geojson", square(4, 4, 8))
    draw(drawn / "ben" / "val_batch_000003.geojson", square(5, 4, 8))
    draw(drawn / "val_batch_000003.geojson", square(4, 5, 8, rater="Çelik"))
    answer = validate(run, drawn, consensus="majority")
    assert answer.raters == ("anna", "ben", "Çelik")
    assert len(answer.humans) == 3
    assert answer.agreement[0].fleiss_kappa is not None
    assert answer.per_image[0].annotation_fraction == pytest.approx(64 / SIDE**2, abs=0.01)


def test_by_the_digest_whatever_the_name(run, drawn):
    digest = pixel_sha256(picture(20))
    for said in (digest, digest.upper()):
        draw(drawn / "case 7.geojson", square(4, 4, 8, image_sha256=said))
        assert validate(run, drawn).per_image[0].image == "train_batch_000020"


def test_a_drawing_on_what_the_network_saw_belongs_to_the_picture_it_was_to_restore(run, drawn):
    noisy = picture(70)
    panels = Panels(
        phase="val",
        number=70,
        step=70,
        images={"input": noisy, "target": picture(71)},
        attention={"bam": attention(70)},
        meta={"data_range": 1.0},
    )
    sidecar.write(run / "val_batch_000070.npz", *panels.to_arrays())
    draw(drawn / "noisy.geojson", square(4, 4, 8, image_sha256=pixel_sha256(noisy)))
    assert {row.image for row in validate(run, drawn).per_image} == {"val_batch_000070"}
    assert validate(run, drawn).per_image[0].content == pixel_sha256(picture(71))


def test_width_comes_before_height(run, drawn):
    wide = np.random.default_rng(8).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    write_sidecar(run, "val", 80, image=wide)
    draw(drawn / "val_batch_000080.geojson", square(4, 4, 8, image_size="24x16"))
    assert validate(run, drawn).per_image[0].annotation_fraction == 64 / (24 * 16)


def test_who_drew_is_what_the_file_says_before_what_it_is_called(run, drawn):
    draw(drawn / "ben" / "val_batch_000003.anna.geojson", square(4, 4, 8, rater="Çelik"))
    assert validate(run, drawn).raters == ("Çelik",)
    draw(drawn / "ben" / "val_batch_000003.anna.geojson", square(4, 4, 8))
    assert validate(run, drawn).raters == ("anna",)


def test_a_digest_of_another_picture_is_believed_more_than_the_name(run, drawn):
    draw(drawn / "train_batch_000010.geojson", square(4, 4, 8, image_sha256="ab" * 32))
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8))
    answer = validate(run, drawn)
    assert {row.image for row in answer.per_image} == {"val_batch_000003"}
    assert any("train_batch_000010.geojson" in m and "no picture of the run" in m for m in messages(answer))


def test_a_picture_that_comes_again_has_the_latest_attention(run, drawn):
    write_sidecar(run, "val", 4, image=picture(3))
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8))
    answer = validate(run, drawn, layer="bam")
    (row,) = answer.per_image
    assert row.image == "val_batch_000004"
    alone = validate(run, drawn, layer="bam", threshold="quantile:0.5")
    assert alone.per_image[0].attention_fraction == pytest.approx(0.5, abs=0.01)
    write_sidecar(run, "train", 30, image=picture(3))
    both = validate(run, drawn, layer="bam")
    assert [row.phase for row in both.per_image] == ["train", "val"]
    assert both.images == 1
    assert any("Images in training and in validation" in note for note in both.notes)


def test_patients_and_sizes_come_from_the_sidecars(run, drawn):
    for number, patient in ((40, "p1"), (50, "p2")):
        write_sidecar(run, "train", number, patient_ids=[patient], mpp=0.5)
        draw(drawn / f"train_batch_0000{number}.geojson", square(4, 4, 8))
    answer = validate(run, drawn)
    assert (answer.patients, answer.unit) == (2, "µm")
    pixels = validate(run, drawn, mpp=1.0)
    assert pixels.per_image[0].hausdorff == pytest.approx(2 * answer.per_image[0].hausdorff)


def test_one_bad_file_is_left_out_and_named(run, drawn):
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8))
    (drawn / "train_batch_000010.geojson").write_text('{"type": "FeatureColl')
    (drawn / "train_batch_000020.xml").write_text("<html/>")
    draw(drawn / "val_batch_000099.geojson", square(4, 4, 8))
    draw(drawn / "ben" / "train_batch_000010.geojson", square(4, 4, 8, image_size="96x96"))
    (run / "train_batch_000020.npz").write_bytes(b"PK\x03\x04 cut")
    said = "\n".join(messages(validate(run, drawn)))
    for name in ("train_batch_000010.geojson", "train_batch_000020.xml", "train_batch_000020.npz"):
        assert name in said
    assert "no picture of the run is 'val_batch_000099'" in said
    assert "96 × 96" in said


def test_what_covers_no_pixel_is_said(run, drawn):
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3, 3]}, "properties": {}}
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8), point)
    draw(drawn / "train_batch_000010.geojson", square(9_000, 9_000, 50))
    said = "\n".join(messages(validate(run, drawn)))
    assert "a Point covers no pixel" in said
    assert "nothing of it lies inside the 24 × 24 pixels of train_batch_000010" in said


def test_two_files_of_one_rater(run, drawn):
    draw(drawn / "anna" / "val_batch_000003.geojson", square(4, 4, 8))
    draw(drawn / "val_batch_000003.anna.geojson", square(5, 4, 8))
    assert any("anna drew on the same picture in anna/val" in m for m in messages(validate(run, drawn)))


def test_labels(run, drawn):
    draw(
        drawn / "val_batch_000003.geojson",
        square(4, 4, 8, "Tumor: Positive"),
        square(0, 0, 3, None),
        square(0, 8, 3, "Ignore*"),
    )
    assert validate(run, drawn).labels == ("Tumor: Positive", "unclassified")
    for label, pixels in (("Tumor", 64), ("Ignore*", 9), ("unclassified", 9)):
        row = validate(run, drawn, label=label).per_image[0]
        assert (row.label, row.annotation_fraction) == (label, pixels / SIDE**2)


def test_a_class_that_is_called_what_shapes_without_one_are_called(run, drawn):
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8, "unclassified"), square(0, 0, 3, None))
    for label in (None, "unclassified"):
        answer = validate(run, drawn, label=label)
        assert answer.labels == ("unclassified",)
        assert answer.per_image[0].annotation_fraction == (64 + 9) / SIDE**2


def test_what_a_class_leaves_out_of_measurements_is_left_out_under_its_name_too(run, drawn):
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8), square(14, 14, 3, "Tumor: Ignore*"))
    for label, pixels in ((None, 64), ("Tumor", 64), ("Tumor: Ignore*", 9)):
        assert validate(run, drawn, label=label).per_image[0].annotation_fraction == pixels / SIDE**2


def test_a_mended_outline_is_named_and_not_called_left_out(run, drawn):
    bow = square(4, 4, 8)
    ring = bow["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    draw(drawn / "val_batch_000003.geojson", bow)
    (said,) = [message for message in messages(validate(run, drawn)) if "repaired" in message]
    assert "left out" not in said


def test_why_there_is_nothing_to_compare_is_said(run, drawn):
    far = square(4, 4, 8)
    far["geometry"]["coordinates"][0][1] = [1e300, 4]
    draw(drawn / "val_batch_000003.geojson", far)
    with pytest.raises(UsageError, match=r"no shape.*val_batch_000003\.geojson: feature 1.*1e\+300"):
        validate(run, drawn)


def test_one_shape_of_several_drawn_with_the_attention_in_view_is_enough(run, drawn):
    shapes = [square(4, 4, 8, overlay_shown="false"), square(0, 0, 3, overlay_shown="true")]
    draw(drawn / "val_batch_000003.anna.geojson", *shapes)
    assert any("in view" in note and "anna" in note for note in validate(run, drawn).notes)


def test_who_saw_the_attention_is_told(run, drawn):
    draw(drawn / "val_batch_000003.anna.geojson", square(4, 4, 8, overlay_shown="true"))
    assert any("in view" in note and "anna" in note for note in validate(run, drawn).notes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layer": "bam_16"}, "no layer 'bam_16'.*bam, kan"),
        ({"label": "Tumour"}, "no label 'Tumour'.*Tumor"),
        ({"threshold": "0.5"}, r"quantile:0\.8"),
        ({"consensus": "union"}, "staple, majority"),
        ({"mpp": 0.0}, "above 0"),
        ({"mpp": float("nan")}, "above 0"),
        ({"tolerance": float("nan")}, "tolerance"),
    ],
)
def test_options_that_cannot_be(run, drawn, options, said):
    draw(drawn / "val_batch_000003.geojson", square(4, 4, 8))
    with pytest.raises(UsageError, match=said):
        validate(run, drawn, **options)


def test_nothing_belongs_together(run, drawn, tmp_path):
    with pytest.raises(UsageError, match="holds no annotations"):
        validate(run, drawn)
    draw(drawn / "slide-9.geojson", square(4, 4, 8))
    with pytest.raises(UsageError, match=r"train_batch_000010.*no picture of the run is 'slide-9'"):
        validate(run, drawn)
    draw(drawn / "val_batch_000003.geojson")
    with pytest.raises(UsageError, match="no shape"):
        validate(run, drawn)
    with pytest.raises(RunNotFoundError, match="no such directory"):
        validate(run, tmp_path / "gone")
    for npz in run.glob("*.npz"):
        npz.unlink()
    with pytest.raises(RunNotFoundError, match="no sidecar"):
        validate(run, drawn)


def test_without_the_extra_one_line_says_what_to_install(run, drawn, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("statkit.pathology.validation")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "shapely", None)
    with pytest.raises(MissingExtraError, match=r"shapely is not installed.*'statkit\[pathology\]'"):
        validate(run, drawn)
