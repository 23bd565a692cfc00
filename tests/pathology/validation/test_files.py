"""Names of annotation files: image, rater, and what is passed over."""

import pytest

from statkit.errors import RunNotFoundError, UsageError
from statkit.pathology.validation.files import annotation_files


def test_image_and_rater_by_name_or_by_directory(tmp_path):
    names = [
        "val_batch_000031.geojson",
        "val_batch_000031.anna.geojson",
        "val_batch_000031[3].anna-1f.GeoJSON",
        "ben/val_batch_000031.xml",
        "ben/train_batch_000300.json",
        "ben/val_batch_000032.anna.geojson",
        "revisions/val_batch_000031.anna.1.geojson",
        ".hidden.geojson",
        "ben/deeper/val_batch_000031.geojson",
        "README.md",
        "journal.jsonl",
    ]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    found = {file.name: (file.stem, file.rater) for file in annotation_files(str(tmp_path))}
    assert found == {
        "val_batch_000031.geojson": ("val_batch_000031", None),
        "val_batch_000031.anna.geojson": ("val_batch_000031", "anna"),
        "val_batch_000031[3].anna-1f.GeoJSON": ("val_batch_000031[3]", "anna-1f"),
        "ben/val_batch_000031.xml": ("val_batch_000031", "ben"),
        "ben/train_batch_000300.json": ("train_batch_000300", "ben"),
        "ben/val_batch_000032.anna.geojson": ("val_batch_000032", "anna"),
    }
    assert list(found) == sorted(found)


def test_a_directory_that_is_none(tmp_path):
    with pytest.raises(RunNotFoundError, match="no such directory"):
        annotation_files(str(tmp_path / "gone"))
    file = tmp_path / "a.geojson"
    file.write_text("{}")
    with pytest.raises(UsageError, match="name the directory"):
        annotation_files(str(file))
    with pytest.raises(UsageError, match="is no path"):
        annotation_files("a\0b")
