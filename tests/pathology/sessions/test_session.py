import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from statkit.errors import MalformedFileError, RunNotFoundError, SourceError, UsageError
from statkit.pathology.annotations.facts import pixel_sha256
from statkit.pathology.sessions import images
from statkit.pathology.sessions.faults import SessionError, UnknownImageError
from statkit.pathology.sessions.rendering import attention_map, image_png, overlay_png
from statkit.pathology.sessions.session import open_session

from .conftest import tile, write_sidecar


def opened(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_the_images_of_a_run_with_what_is_known_of_them(run, session):
    (image,) = session.images
    assert image.title == "val batch 1, step 10"
    assert image.stems == ("val_batch_000001",)
    assert image.size == (12, 8)
    assert image.sha256 == pixel_sha256(tile(1))
    assert (image.mpp, image.phase, image.layers) == (0.5, "val", ("layer0",))
    assert session.directory == str(run / "annotations")
    assert session.image(image.id) is image
    assert not os.path.exists(session.directory)


def test_an_id_is_looked_up_and_never_a_path(session):
    for id in ("../../etc/passwd", "", session.images[0].path, "val_batch_000001"):
        with pytest.raises(UnknownImageError, match="No image"):
            session.image(id)


def test_the_same_pixels_are_one_image_with_the_latest_attention(run):
    later = np.ones((3, 4))
    write_sidecar(run, "val_batch_000002", [tile(1)], [later], step=20)
    write_sidecar(run, "val_batch_000003", [tile(2)], step=30)
    write_sidecar(run, "train_batch_000009", [tile(1)], [later * 2], step=5)
    first, second = open_session(run).images
    assert first.stems == ("train_batch_000009", "val_batch_000001", "val_batch_000002")
    assert (attention_map(first, "layer0") == later).all()
    assert second.stems == ("val_batch_000003",)
    assert second.layers == ()


def test_the_latest_step_counts_whatever_the_order_of_the_names(run):
    latest = np.full((3, 4), 7)
    write_sidecar(run, "train_batch_000001", [tile(1)], [latest], step=99)
    (image,) = open_session(run).images
    assert (attention_map(image, "layer0") == latest).all()


def test_every_sample_of_a_batch_is_an_image(run):
    maps = np.arange(24).reshape(2, 3, 4)
    write_sidecar(
        run,
        "val_batch_000002",
        [tile(3), tile(4)],
        [maps],
        step=20,
        sample_ids=["S1", None],
        patient_ids=["P1", "P2"],
        tile_origin=[[100, 200], [300, 400]],
    )
    _, one, two = open_session(run).images
    assert [one.title, two.title] == ["S1 (val batch 2, step 20)", "val batch 2, step 20, sample 2"]
    assert [one.stems, two.stems] == [("val_batch_000002",), ("val_batch_000002[1]",)]
    assert [one.patient, two.patient] == ["P1", "P2"]
    assert [one.tile_origin, two.tile_origin] == [(100, 200), (300, 400)]
    assert (attention_map(two, "layer0") == maps[1]).all()
    assert (opened(image_png(two)) == tile(4)).all()


def test_what_cannot_be_an_image_is_named(run, tmp_path):
    (run / "val_batch_000002.npz").write_bytes(b"PK\x03\x04 torn")
    outside = tmp_path / "outside"
    outside.mkdir()
    write_sidecar(outside, "val_batch_000003", [tile(9)])
    (run / "val_batch_000003.npz").symlink_to(outside / "val_batch_000003.npz")
    found = open_session(run)
    assert len(found.images) == 1
    assert [loss.where for loss in found.losses] == ["val_batch_000002.npz", "val_batch_000003.npz"]
    assert "leads out of the directory" in found.losses[1].what


def test_pictures_of_a_directory(tmp_path):
    Image.fromarray(tile(1)).save(tmp_path / "b 10.png")
    Image.fromarray(tile(2)[..., 0]).save(tmp_path / "b 2.PNG")
    Image.fromarray(tile(3)).save(tmp_path / "train_batch_000001.png")  # a dashboard
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "text.txt").write_text("x")
    found = open_session(tmp_path)
    assert [image.title for image in found.images] == ["b 2", "b 10"]
    assert (opened(image_png(found.images[1])) == tile(1)).all()
    assert found.images[0].layers == ()
    assert [loss.where for loss in found.losses] == ["torn.jpg"]


def test_pictures_in_place_of_the_sidecars(run, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    name = "é" * 90 + ".png"  # 180 bytes: no room for a rater
    Image.fromarray(tile(5)).save(pictures / name)
    found = open_session(run, images=pictures, annotations=tmp_path / "elsewhere", raters=["B", "A ", "B"])
    (image,) = found.images
    assert image.title == name[:-4]
    assert image.stems == (image.id,)
    assert found.directory == str(tmp_path / "elsewhere")
    assert found.raters == ("B", "A")


def test_a_picture_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 10)
    Image.fromarray(tile(1)).save(tmp_path / "a.png")
    with pytest.raises(MalformedFileError, match="12 × 8 pixels are more than the 10"):
        images.picture_pixels(str(tmp_path / "a.png"))


def test_nothing_to_draw_on(tmp_path):
    with pytest.raises(SessionError, match="no image to annotate"):
        open_session(tmp_path)
    with pytest.raises(RunNotFoundError, match="no such directory"):
        open_session(tmp_path / "none")
    with pytest.raises(UsageError, match="no name of a rater"):
        open_session(tmp_path, raters=["a\nb"])


def test_the_image_and_its_attention_as_pictures(session):
    (image,) = session.images
    assert (opened(image_png(image)) == tile(1)).all()
    overlay = opened(overlay_png(image, "layer0")).astype(int)
    assert overlay.shape == (8, 12, 3)
    brightness = overlay.sum(axis=2)
    assert brightness[0, 0] == brightness.min()
    assert brightness[-1, -1] == brightness.max()


def test_a_layer_or_a_file_that_is_not_there(run, session):
    (image,) = session.images
    with pytest.raises(SourceError, match="no attention of layer 'x'; it has: layer0"):
        overlay_png(image, "x")
    write_sidecar(run, "val_batch_000001", [tile(7)])
    with pytest.raises(SourceError, match="no longer holds these pixels"):
        image_png(image)
    os.unlink(run / "val_batch_000001.npz")
    with pytest.raises(SourceError, match="no such sidecar"):
        image_png(image)


def test_a_constant_map_and_one_without_a_number(run):
    nothing = np.full((3, 4), np.nan)
    write_sidecar(run, "val_batch_000002", [tile(6)], [np.ones((3, 4)), nothing], step=20)
    image = open_session(run).images[1]
    assert len(np.unique(opened(overlay_png(image, "layer0")).reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(opened(overlay_png(image, "layer1")).reshape(-1, 3), axis=0)) == 1


def test_without_shapely_the_extra_is_named():
    code = (
        "import sys; sys.modules['shapely'] = None\n"
        "from statkit.errors import MissingExtraError\n"
        "try: import statkit.pathology.sessions.session\n"
        "except MissingExtraError as error: print(error.name, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "shapely shapely is not installed. Run: pip install 'statkit[pathology]'\n"
