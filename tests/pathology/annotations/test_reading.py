import json
import os
from pathlib import Path

import pytest
from shapely.geometry import box

from statkit.errors import (
    MalformedFileError,
    RunNotFoundError,
    TruncatedFileError,
    UnknownFormatError,
    UsageError,
)
from statkit.pathology.annotations import reading, writing
from statkit.pathology.annotations.shape import Annotation, Annotations

DRAWN = Annotations(items=(Annotation(geometry=box(10, 10, 14, 14), label="Tumor"),))


@pytest.mark.parametrize("format", ["geojson", "w3c", "asap"])
def test_each_format_is_written_and_recognised_by_its_content(tmp_path, format):
    path = tmp_path / "a.txt"
    assert writing.write(path, DRAWN, format) == ()
    found = reading.read(path)
    assert found.format == format
    assert found.losses == ()
    assert found.items[0].geometry.equals(DRAWN.items[0].geometry)
    assert found.items[0].label == "Tumor"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="'svg' is no format of annotations; possible: geojson, w3c, asap"):
        writing.write(tmp_path / "a", DRAWN, "svg")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("text", ["[]", '{"type":"FeatureCollection","features":[]}'])
def test_nothing_drawn(text, tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(text)
    assert reading.read(path) == Annotations()


def test_encodings(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_bytes(writing.written(DRAWN)[0].decode().encode("utf-16"))
    assert reading.read(path).items == DRAWN.items


def test_percent_needs_the_size(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"type": "Annotation", "target": "x#xywh=percent:0,0,50,50"}))
    assert reading.read(path).items == ()
    assert reading.read(path, image_size=(10, 20)).items[0].geometry.area == 50


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", TruncatedFileError, "empty"),
        (b'{"type": "Feat', TruncatedFileError, "ends in the middle"),
        (b"\x89PNG\r\n", MalformedFileError, "not JSON"),
        (b"{}", UnknownFormatError, "a.geojson: JSON that holds an object; possible: QuPath GeoJSON"),
        (b'{"type": "Topology"}', UnknownFormatError, "JSON of type 'Topology'"),
        (b"<svg/>", UnknownFormatError, "'svg'"),
        (b'{"type": "Polygon"', TruncatedFileError, "ends in the middle"),
    ],
)
def test_a_clear_error_in_one_line(tmp_path, data, error, said):
    path = tmp_path / "a.geojson"
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        reading.read(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("a.geojson: ")
    assert "\n" not in str(caught.value)


def test_no_file_a_directory_a_pipe_too_large(tmp_path):
    with pytest.raises(RunNotFoundError, match="no such file of annotations"):
        reading.read(tmp_path / "none")
    with pytest.raises(MalformedFileError, match="cannot be read"):
        reading.read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MalformedFileError, match="is no regular file"):
        reading.read(tmp_path / "pipe")
    huge = tmp_path / "huge.geojson"
    with Path(huge).open("wb") as file:
        file.truncate(reading.MAX_BYTES + 1)
    with pytest.raises(MalformedFileError, match="more than the 64 MiB"):
        reading.read(huge)
