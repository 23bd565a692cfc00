import errno
import io
import subprocess
import sys
import zipfile
from contextlib import suppress

import numpy as np
import pytest

from statkit.writers import sidecar

ARRAYS = {
    "images/input": np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3),
    "error": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4),
    "curves/0": np.array([[1.5, np.nan], [np.inf, -0.0]]),
    "steps": np.arange(4, dtype=np.int64),
    "count": np.array([1, -2], dtype=np.int32),
    "kept": np.array([True, False]),
    "one": np.float64(3.5),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(12, dtype=np.float32)[::3],
}


def test_numpy_reads_what_is_written(tmp_path):
    sidecar.write(tmp_path / "a.npz", ARRAYS, {"loss": 0.5})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as read:
        assert set(read.files) == {*ARRAYS, "meta.json"}
        for name, array in ARRAYS.items():
            assert read[name].dtype == np.asarray(array).dtype
            assert read[name].shape == np.shape(array)
            np.testing.assert_array_equal(read[name], array)


def test_meta_is_strict_json_that_unzip_shows(tmp_path):
    sidecar.write(tmp_path / "a.npz", {}, {"record": {"loss": float("nan")}, "ids": ["tile 1"]})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        text = archive.read("meta.json").decode()
    assert "NaN" not in text.replace('"NaN"', "")
    assert '"record.loss": "NaN"' in text
    assert '"tile 1"' in text


def test_the_same_input_gives_the_same_bytes():
    turned = dict(reversed(ARRAYS.items()))
    assert sidecar.encoded(ARRAYS, {"a": 1}) == sidecar.encoded(turned, {"a": 1})


def test_no_member_carries_a_date():
    with zipfile.ZipFile(io.BytesIO(sidecar.encoded(ARRAYS, {}))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_numpys_own_header_is_written():
    ours = zipfile.ZipFile(io.BytesIO(sidecar.encoded({"error": ARRAYS["error"]}, {}))).read("error.npy")
    theirs = io.BytesIO()
    np.lib.format.write_array(theirs, ARRAYS["error"], version=(1, 0))
    assert ours == theirs.getvalue()


@pytest.mark.parametrize(
    "array",
    [np.array([object()]), np.zeros(3, np.float16), np.zeros((0, 3)), np.array(["a"]), np.zeros(2, ">f4")],
    ids=["object", "float16", "empty", "text", "big-endian"],
)
def test_what_cannot_be_read_back_is_refused(array):
    with pytest.raises(ValueError, match="array 'x'"):
        sidecar.encoded({"x": array}, {})


@pytest.mark.parametrize("name", ["", "../x", "/x", "a\\b", "a\nb", "C:x"])
def test_names_that_could_leave_a_directory_are_refused(name):
    with pytest.raises(ValueError, match="cannot name an array"):
        sidecar.encoded({name: np.zeros(1)}, {})


def test_a_failure_leaves_the_old_file(tmp_path, faulty_system):
    path = tmp_path / "a.npz"
    sidecar.write(path, {"x": np.zeros(1)}, {})
    before = path.read_bytes()
    counter = faulty_system()
    sidecar.write(path, {"x": np.zeros(1)}, {}, system=counter)
    for at in range(1, counter.calls + 1):
        broken = faulty_system(errno.ENOSPC, at)
        with suppress(OSError):
            sidecar.write(path, {"x": np.ones(1)}, {}, system=broken)
        assert path.read_bytes() in (before, sidecar.encoded({"x": np.ones(1)}, {}))
        path.write_bytes(before)
    assert [entry.name for entry in tmp_path.iterdir() if not entry.name.endswith(".tmp")] == ["a.npz"]


def test_numpy_is_not_imported():
    code = "import sys, statkit.writers.sidecar; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "False"
