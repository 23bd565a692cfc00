"""Files that grow are read from where the last reading ended: the answers are those of reading them anew."""

import io
import json
import math
import os
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statkit.data.load import load
from statkit.sources import batches, lists, logged, windows
from statkit.sources.base import File, Group
from statkit.sources.following import Following
from statkit.writers import BatchMetricsWriter

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Small files are read as huge ones are, and are trusted as soon as they are written."""
    monkeypatch.setattr(batches, "LARGE", 0)
    monkeypatch.setattr(logged, "RESTED_NS", -(10**12))


@pytest.fixture
def read(monkeypatch):
    """How many bytes were read of each file."""
    counts = Counter()

    class Counted(io.FileIO):
        def __init__(self, path, **options):
            super().__init__(path, **options)
            self.base = os.path.basename(path)

        def read(self, size=-1):
            data = super().read(size)
            counts[self.base] += len(data)
            return data

        def readinto(self, buffer):
            got = super().readinto(buffer)
            counts[self.base] += got
            return got

    monkeypatch.setattr(lists, "io", SimpleNamespace(FileIO=Counted))
    return counts


def file_of(path):
    status = path.stat()
    return File(path.name, str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def group_of(path):
    return Group(str(path), "", [file_of(each) for each in sorted(path.iterdir())])


def plain(columns):
    tables = (columns.keys, columns.fields, columns.provenance)
    return (
        [{name: repr(list(column)) for name, column in table.items()} for table in tables],
        columns.notices,
        columns.files,
    )


class Follower:
    """Reads a directory again and again, and compares each answer with that of a first reading."""

    def __init__(self, path, fields):
        self.path, self.fields = path, fields
        self.source, self.before = batches.BatchSource(), None

    def look(self, fields=()):
        self.fields = fields if fields != () else self.fields
        group = group_of(self.path)
        if not any(file.size for file in group.files):
            return
        columns, self.before = self.source.read_on(group, self.fields, self.before)
        assert plain(columns) == plain(batches.BatchSource().read(group, self.fields))
        for row in range(0, len(columns), 7):
            name, place = (columns.provenance[each][row] for each in ("file", "row"))
            one = self.source.one(group, name, place)
            if one is not None:
                assert repr(one.key("batch_index")[0]) == repr(columns.key("batch_index")[row])


def lines(first, count, **changes):
    return b"".join(
        json.dumps(
            {"batch_idx": n, "phase": "train", "loss": 1 / (n + 1), "timestamp": 1.7e9 + n, **changes}
        ).encode()
        + b"\n"
        for n in range(first, first + count)
    )


def test_the_batch_source_follows():
    assert isinstance(batches.BatchSource(), Following)


PIECES = st.sampled_from(
    [
        lines(0, 3),
        lines(3, 40),
        lines(50, 2, odd=[1, 2]),
        lines(60, 2, loss=math.nan),
        lines(70, 1, note={"a": 1}),
        lines(80, 2)[:-1],
        lines(80, 2)[:-40],
        lines(0, 1),
        lines(90, 1, loss="text"),
        lines(90, 1, loss=2**70),
        b"\n",
        b"{\n",
        b"\r\n",
        b" ",
        b"}",
        b'{"loss": ',
        b"1}\n",
        b"5\n",
    ]
)
DEEDS = st.one_of(
    st.tuples(st.just("append"), PIECES),
    st.tuples(st.just("append"), PIECES),
    st.tuples(st.just("append"), PIECES),
    st.tuples(st.sampled_from(["truncate", "rewrite", "replace", "rotate", "edit", "gather"]), PIECES),
)


def do(path, deed, piece):
    """Change a directory as a training, a rotation or a user does."""
    log = path / "batch_metrics.jsonl"
    text = log.read_bytes() if log.exists() else b""
    if deed == "append":
        with log.open("ab") as opened:
            opened.write(piece)
    elif deed == "truncate":
        os.truncate(log, len(text) // 2)
    elif deed == "rewrite":  # the same inode, as copytruncate does
        with log.open("r+b") as opened:
            opened.truncate(0)
            opened.write(piece * 3)
    elif deed == "replace":
        (path / ".new").write_bytes(text + piece)
        os.replace(path / ".new", log)
    elif deed == "rotate":
        log.rename(path / f"old_{len(list(path.iterdir()))}.jsonl")
        log.write_bytes(piece)
    elif deed == "edit" and text:
        with log.open("r+b") as opened:
            opened.seek(len(text) // 3)
            opened.write(b"7")
    elif deed == "gather":
        whole = [line for line in text.split(b"\n") if line.startswith(b'{"batch') and line.endswith(b"}")]
        body = b",\n".join(whole)
        (path / "final_training_metrics.json").write_bytes(b'{"batch_metrics": [\n' + body + b"\n]}")


@QUICK
@given(
    st.lists(DEEDS, min_size=1, max_size=8),
    st.sampled_from([None, ["loss"], ["note.a", "loss", "odd"]]),
    st.sampled_from([["loss"], ["odd"], []]),
    st.sampled_from([64, 300, 4096]),
)
def test_what_is_followed_is_what_a_first_reading_gives(
    tmp_path, monkeypatch, deeds, fields, narrower, chunk
):
    monkeypatch.setattr(windows, "CHUNK", chunk)
    for path in tmp_path.iterdir():
        path.unlink()
    follower = Follower(tmp_path, fields)
    for deed, piece in [("append", lines(0, 5)), *deeds]:
        do(tmp_path, deed, piece)
        follower.look(fields if deed == "append" else narrower)


def append(path, text):
    with (path / "batch_metrics.jsonl").open("ab") as opened:
        opened.write(text)


@pytest.mark.parametrize("fields", [None, ["loss"]])
def test_of_a_log_that_grew_only_the_new_bytes_are_read(tmp_path, read, fields):
    append(tmp_path, lines(0, 2000))
    source = batches.BatchSource()
    _, before = source.read_on(group_of(tmp_path), fields)
    assert read["batch_metrics.jsonl"] >= len(lines(0, 2000))
    for start in (2000, 2010, 2020):
        read.clear()
        append(tmp_path, lines(start, 10))
        columns, before = source.read_on(group_of(tmp_path), fields, before)
        assert list(columns.fields["loss"]) == [1 / (n + 1) for n in range(start + 10)]
        assert len(lines(start, 10)) <= read["batch_metrics.jsonl"] <= len(lines(start, 10)) + 2 * 4096


def test_fields_asked_in_turn_are_all_read_on(tmp_path, read):
    append(tmp_path, lines(0, 2000, ssim=0.5))
    run = load(str(tmp_path), cache=False)
    for start in (2000, 2010, 2020):
        for fields in (["loss"], ["ssim"]):
            run.columns("batch", fields)
        append(tmp_path, lines(start, 10, ssim=0.25))
        read.clear()
        assert run.refresh()
        for fields in (["ssim"], ["loss"]):
            assert list(run.columns("batch", fields).fields) == fields
        assert read["batch_metrics.jsonl"] < 20_000


def test_half_a_line_is_read_with_its_rest(tmp_path):
    text = lines(0, 30)
    append(tmp_path, text[:-50])
    source = batches.BatchSource()
    first, before = source.read_on(group_of(tmp_path), ["loss"])
    assert [notice.code for notice in first.notices] == ["skipped-file"]
    append(tmp_path, text[-50:])
    columns, _ = source.read_on(group_of(tmp_path), ["loss"], before)
    assert (len(first), len(columns), columns.notices) == (29, 30, [])


def test_a_log_that_was_emptied_and_grew_longer_is_read_anew(tmp_path):
    append(tmp_path, lines(0, 30))
    source = batches.BatchSource()
    _, before = source.read_on(group_of(tmp_path), ["loss"])
    with (tmp_path / "batch_metrics.jsonl").open(
        "r+b"
    ) as opened:  # the same inode, as copytruncate leaves it
        opened.truncate(0)
        opened.write(lines(500, 60))
    columns, _ = source.read_on(group_of(tmp_path), ["loss"], before)
    assert list(columns.fields["loss"]) == [1 / (n + 1) for n in range(500, 560)]


def test_a_last_line_that_becomes_another_is_no_longer_what_a_list_repeats(tmp_path):
    follower = Follower(tmp_path, None)
    append(tmp_path, lines(0, 5)[:-1])
    do(tmp_path, "gather", b"")
    follower.look()
    append(tmp_path, b" 7\n" + lines(5, 1))
    follower.look()


def test_what_was_given_before_is_not_changed_by_reading_on(tmp_path):
    append(tmp_path, lines(0, 30))
    source = batches.BatchSource()
    first, before = source.read_on(group_of(tmp_path), None)
    kept = plain(first)
    append(tmp_path, lines(30, 30))
    source.read_on(group_of(tmp_path), None, before)
    assert plain(first) == kept


def train(writer, epoch, count=200):
    for batch in range(count):
        writer.append({"batch_idx": batch, "phase": "train", "epoch": epoch, "loss": 1 / (batch + 1 + epoch)})


def test_a_run_is_followed_through_its_epochs(tmp_path, read, monkeypatch):
    """Each refresh reads the records that are new, and of the log what a new epoch's file repeats."""
    monkeypatch.setattr(windows, "CHUNK", 4096)
    writer = BatchMetricsWriter(tmp_path, echo=lambda line: None)
    train(writer, 0, 3000)
    run = load(str(tmp_path), cache=False)
    assert len(run.columns("batch", ["loss"])) == 3000
    whole = read["batch_metrics.jsonl"]
    for epoch in range(1, 4):
        read.clear()
        train(writer, epoch)
        assert run.refresh()
        assert len(run.columns("batch", ["loss"])) == 3000 + 200 * epoch
        assert read["batch_metrics.jsonl"] < whole / 4
        read.clear()
        assert writer.save_epoch(epoch)
        assert run.refresh()
        columns = run.columns("batch", ["loss"])
        assert read["batch_metrics.jsonl"] < whole / 2
        assert plain(columns) == plain(load(str(tmp_path), cache=False).columns("batch", ["loss"]))
    assert writer.finish()
    writer.close()
    assert run.refresh()
    assert len(run.columns("batch", ["loss"])) == 3600
    assert run.notices == []
