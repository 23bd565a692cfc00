import io
import os
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from statkit.errors import MalformedFileError, RunNotFoundError, SourceError, TruncatedFileError
from statkit.sources import sidecar
from statkit.writers.sidecar import encoded

KINDS = st.sampled_from([np.uint8, np.bool_, np.int32, np.int64, np.float32, np.float64])


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_/]{0,8}[a-z]", fullmatch=True),
        KINDS.flatmap(lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(min_dims=0, max_dims=4))),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.floats() | st.text(), max_size=4),
)
def test_what_is_written_comes_back(tmp_path_factory, given_arrays, meta):
    path = tmp_path_factory.mktemp("sidecar") / "a.npz"
    meta.pop("non_finite", None)
    path.write_bytes(encoded(given_arrays, {"values": list(meta.values())}))
    read, told = sidecar.read(path)
    assert set(read) == set(given_arrays)
    for name, array in given_arrays.items():
        back = np.asarray(read[name])
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)
    np.testing.assert_equal(told["values"], list(meta.values()))


def test_arrays_are_views_that_cannot_be_written(tmp_path):
    (tmp_path / "a.npz").write_bytes(encoded({"x": np.ones((2, 2))}, {}))
    view = sidecar.read(tmp_path / "a.npz")[0]["x"]
    assert view.readonly
    assert not np.asarray(view).flags.owndata


def test_numpys_own_archives_are_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(6.0).reshape(2, 3))
    arrays, meta = sidecar.read(tmp_path / "a.npz")
    np.testing.assert_array_equal(np.asarray(arrays["x"]), np.arange(6.0).reshape(2, 3))
    assert meta == {}


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(RunNotFoundError, match="no such sidecar"):
        sidecar.read(tmp_path / "a.npz")


def test_every_truncation_is_refused(tmp_path):
    whole = encoded({"x": np.arange(3, dtype=np.float32)}, {"a": 1})
    path = tmp_path / "a.npz"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises((TruncatedFileError, MalformedFileError)):
            sidecar.read(path)


def test_no_changed_byte_does_more_than_raise_our_errors(tmp_path):
    array = np.arange(3, dtype=np.float32)
    whole = encoded({"x": array}, {"a": 1})
    path = tmp_path / "a.npz"
    for place in range(len(whole)):
        for value in (0, 255, whole[place] ^ 1):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            with suppress(SourceError):
                arrays, meta = sidecar.read(path)
                assert all(bytes(each) == array.tobytes() for each in arrays.values())
                assert meta in ({"a": 1}, {})


def _archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _npy(header, body):
    padded = header + b" " * 20 + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + body


def test_a_flipped_bit_of_an_array_is_found_by_its_checksum(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.full(64, 7, dtype=np.uint8))  # stored, not packed
    whole = path.read_bytes()
    place = whole.index(b"\x07" * 64) + 30
    path.write_bytes(whole[:place] + b"\x06" + whole[place + 1 :])
    with pytest.raises(MalformedFileError, match="CRC"):
        sidecar.read(path)


def test_pickles_are_never_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MalformedFileError, match="possible"):
        sidecar.read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "member",
    [
        _npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", b"\0" * 4),
        _npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", b""),
        _npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", b"\0" * 4),
        _npy(b"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", b"\0" * 4),
        _npy(b"__import__('os')", b""),
        b"no array",
        b"",
    ],
    ids=["claims too much", "empty", "nine sides", "fortran", "code", "text", "nothing"],
)
def test_arrays_that_lie_are_refused_before_anything_is_allocated(tmp_path, member):
    (tmp_path / "a.npz").write_bytes(_archive({"x.npy": member}))
    with pytest.raises(MalformedFileError):
        sidecar.read(tmp_path / "a.npz")


def test_a_bomb_is_refused_by_what_it_would_unpack_to(tmp_path, monkeypatch):
    (tmp_path / "a.npz").write_bytes(_archive({"x.npy": b"\0" * 2_000_000}))
    monkeypatch.setattr(sidecar, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(MalformedFileError, match="possible are"):
        sidecar.read(tmp_path / "a.npz")


def test_too_many_members_are_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(_archive({f"{i}.npy": b"" for i in range(sidecar.MAX_MEMBERS + 1)}))
    with pytest.raises(MalformedFileError, match="members"):
        sidecar.read(tmp_path / "a.npz")


def test_a_file_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "a.npz"
    with path.open("wb") as stream:
        stream.truncate(sidecar.MAX_FILE + 1)
    with pytest.raises(MalformedFileError, match="256 MiB"):
        sidecar.read(path)


def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(MalformedFileError, match="regular"):
        sidecar.read(tmp_path / "a.npz")


def test_members_are_named_without_unpacking(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(encoded({"images/input": np.zeros((2, 2, 3), np.uint8), "error": np.zeros((2, 2))}, {}))
    assert sorted(sidecar.members(path)) == ["error", "images/input"]
    with pytest.raises(RunNotFoundError):
        sidecar.members(tmp_path / "missing.npz")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError):
        sidecar.members(path)


def test_sidecars_are_listed_by_phase_and_number(tmp_path):
    names = (
        "val_batch_000002.npz",
        "train_batch_1000000.npz",
        "train_batch_000900.npz",
        "train_batch_000010.npz",
    )
    for name in (*names, "train_batch_000900.png", "test_batch_000001.npz", "other.npz", ".npz"):
        (tmp_path / name).touch()
    found = sidecar.listed(tmp_path)
    assert [tuple(image) for image in found] == [
        ("train", 10),
        ("train", 900),
        ("train", 1_000_000),
        ("val", 2),
    ]
    assert found[("val", 2)] == str(tmp_path / "val_batch_000002.npz")
    assert sidecar.listed(tmp_path / "missing") == {}
