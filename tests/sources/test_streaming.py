"""Huge files are read piece by piece: the answers are those of reading them whole."""

import json
import math
import os
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statkit import json_text
from statkit.errors import SourceError, StatkitError
from statkit.records import Coded
from statkit.sources import batches, gathering, progress, windows
from statkit.sources import whole as whole_road
from statkit.sources.base import File, Group
from statkit.sources.logs import LinesRead, read_lines
from statkit.writers import BatchMetricsWriter

MANY = 1 << 60


def file_of(path):
    os.utime(path, (1.7e9, 1.7e9))  # no file that is still being written
    status = path.stat()
    return File(path.name, str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def group_of(directory, *names, explicit=False):
    paths = sorted(directory.path.iterdir()) if not names else [directory.path / name for name in names]
    return Group(str(directory.path), "", [file_of(path) for path in paths], explicit=explicit)


def plain(columns):
    """Everything in Columns as text, so that NaN equals NaN and 1 differs from 1.0."""
    tables = (columns.keys, columns.fields, columns.provenance)
    return (
        [{name: repr(list(column)) for name, column in table.items()} for table in tables],
        columns.notices,
        columns.files,
    )


def outcome(group, fields, large, chunk, monkeypatch):
    monkeypatch.setattr(batches, "LARGE", large)
    monkeypatch.setattr(windows, "CHUNK", chunk)
    try:
        return plain(batches.BatchSource().read(group, fields))
    except StatkitError as error:
        return type(error), str(error)


@pytest.fixture
def both(directory, monkeypatch):
    """Read a directory whole and streamed, and tell whether streaming really happened."""

    def read(fields=None, chunk=64, explicit=False, large=0):
        group = group_of(directory, explicit=explicit)
        whole = outcome(group, fields, MANY, chunk, monkeypatch)
        streamed = []
        kept = whole_road.read_whole
        monkeypatch.setattr(whole_road, "read_whole", lambda *args: streamed.append(False) or kept(*args))
        quick = outcome(group, fields, large, chunk, monkeypatch)
        monkeypatch.setattr(whole_road, "read_whole", kept)
        assert quick == whole
        return not streamed

    return read


TRICKY = st.sampled_from(
    [
        '},\n{"batch_idx"',
        '"}],',
        "NaN",
        ":NaN,",
        "[1,2]",
        '\\"},{',
        "\\",
        "\x7f",
        '{"batch_metrics": [',
        "]",
        "é☃𝄞",
        "",
    ]
)
TEXT = TRICKY | st.text(max_size=6)
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from(
        [2**63, -(2**63) - 1, 10**40, 0, -0.0, 1e300, 5e-324, 0.1, math.nan, math.inf, -math.inf]
    )
)
SCALARS = NUMBERS | TEXT | st.booleans() | st.none()
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["loss", "ssim", "a", "a.b", "attention_layers", "non_finite", "x\x7fy"]) | TEXT
KEYS = {
    "batch_idx": st.integers(-1, 3) | NESTED,
    "phase": st.sampled_from(["train", "val"]) | NESTED,
    "timestamp": st.floats(1e9, 2e9) | NESTED,
    "epoch": st.integers(0, 2) | NESTED,
    "global_step": st.integers(0, 5) | NESTED,
    "loss": NUMBERS,
    "non_finite": st.dictionaries(
        FIELDS, st.sampled_from(["NaN", "Infinity", "-Infinity", "no"]), max_size=2
    ),
}
RECORDS = st.builds(
    lambda keys, more: {**keys, **more},
    st.fixed_dictionaries({}, optional=KEYS),
    st.dictionaries(FIELDS, NESTED, max_size=3),
)
ELEMENTS = st.lists(st.one_of(RECORDS, RECORDS, RECORDS, NESTED), max_size=8)
OTHERS = st.dictionaries(
    st.sampled_from(["summary", "metadata", "scope", "batch_metrics_", "epoch"]) | TEXT,
    NESTED | st.builds(lambda rows: {"batch_metrics": rows}, st.lists(RECORDS, max_size=2)),
    max_size=2,
)
STYLES = st.sampled_from(
    [
        {},
        {"indent": 2},
        {"indent": 0},
        {"separators": (",", ":")},
        {"separators": (" , ", " : ")},
        {"indent": "\t"},
    ]
)


@st.composite
def documents(draw):
    elements = draw(ELEMENTS)
    elements += draw(st.lists(st.sampled_from(elements), max_size=3)) if elements else []
    document = {**draw(OTHERS), "batch_metrics": elements, **draw(OTHERS)}
    return json.dumps(document, ensure_ascii=draw(st.booleans()), **draw(STYLES)).encode(
        "utf-8", "surrogatepass"
    )


QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUICK
@given(
    documents(),
    st.none() | st.lists(FIELDS | st.sampled_from(list(KEYS)), max_size=4),
    st.sampled_from([64, 100, 333, 4096]),
)
def test_any_document_is_read_as_it_is_read_whole(directory, both, text, fields, chunk):
    directory.put("final_training_metrics.json", text)
    both(fields, chunk)


@QUICK
@given(documents(), st.data())
def test_damaged_documents_are_refused_as_they_are_read_whole(directory, both, text, data):
    text = bytearray(text)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        piece = data.draw(
            st.sampled_from(
                [b"", b"\xff", b"NaN", b'"', b"\\", b"\\ud800", b"}", b"]", b"[", b",", b"1e999", b"\0"]
            )
        )
        text[place : place + data.draw(st.integers(0, 2))] = piece
    if data.draw(st.booleans()):
        del text[data.draw(st.integers(1, len(text))) :]
    directory.put("final_training_metrics.json", bytes(text))
    both(None, 100)


def regular(directory, count, **changes):
    return [
        directory.batch(i % 10, ("train", "val")[i % 10 > 7], timestamp=1.7e9 + i, loss=i / 7, **changes)
        for i in range(count)
    ]


def sound(directory, count):
    return regular(directory, count, attention_bam_384_attention_entropy=0.5)


def test_an_ordinary_file_is_streamed_and_lies_in_compact_columns(directory, both, monkeypatch):
    directory.put("final_training_metrics.json", directory.metrics(sound(directory, 500)))
    assert both(None, 2000)
    monkeypatch.setattr(batches, "LARGE", 0)
    columns = batches.BatchSource().read(group_of(directory))
    assert columns.fields["loss"].typecode == "d"
    assert columns.keys["batch_index"].typecode == "q"
    assert isinstance(columns.keys["phase"], Coded)
    assert isinstance(columns.fields["attention_layers"], Coded)


@pytest.fixture
def parsed(monkeypatch):
    """The lengths of what takes the tolerant road."""
    lengths = []

    def loads(data):
        lengths.append(len(data))
        return json_text.loads(data)

    monkeypatch.setattr(gathering, "json_text", SimpleNamespace(loads=loads))
    return lengths


@pytest.mark.parametrize("fields", [None, ["loss"], ["loss", "attention_bam_384_attention_entropy"], []])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_bare_tokens_do_not_leave_the_fast_road(directory, both, fields, value, parsed):
    records = regular(directory, 300, attention_bam_384_attention_entropy=value)
    directory.put("final_training_metrics.json", directory.metrics(records))
    assert both(fields, 4000)
    assert len(parsed) == (fields is None)  # the first chunk tells which fields there are


def test_the_writers_names_of_non_finite_numbers_do_not_leave_it_either(directory, both, parsed):
    names = {"loss": "NaN", "ssim": "-Infinity"}
    records = [record | {"loss": None, "ssim": None, "non_finite": names} for record in sound(directory, 300)]
    directory.put("final_training_metrics.json", directory.metrics(records))
    assert both(["loss", "ssim"], 4000)
    assert not parsed


def cumulative(directory, sizes, style, records):
    for number, size in enumerate(sizes):
        document = {"batch_metrics": records[:size], "summary": {"n": size}, "metadata": {}}
        directory.put(f"metrics_20251004_1411{number:02}.json", json.dumps(document, **style))


@pytest.mark.parametrize("style", [{}, {"indent": 2}, {"separators": (",", ":")}])
@pytest.mark.parametrize("fields", [None, ["loss"]])
def test_of_cumulative_files_only_the_longest_is_parsed(directory, both, style, fields, parsed):
    cumulative(directory, [10, 200, 30, 30, 199], style, sound(directory, 200))
    assert both(fields, 4000)
    assert len(parsed) <= 1


@QUICK
@given(
    st.lists(RECORDS, min_size=1, max_size=8),
    st.lists(st.integers(0, 8), max_size=3),
    STYLES,
    st.data(),
)
def test_cumulative_files_of_any_kind(directory, both, records, sizes, style, data):
    for path in directory.path.iterdir():
        path.unlink()
    cumulative(directory, [len(records), *sizes], style, records)
    if data.draw(st.booleans()):  # one of them is damaged, or says something else
        path = sorted(directory.path.iterdir())[data.draw(st.integers(0, len(sizes)))]
        text = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from([b"", b"7", b" ", b"}", b'"'])
        )
        path.write_bytes(text)
    both(
        data.draw(st.sampled_from([None, ["loss"], ["epoch", "a"]])),
        data.draw(st.sampled_from([64, 200, 4096])),
    )


def test_a_list_inside_a_record_is_no_end_of_another_file(directory, both):
    directory.put("metrics_20251004_000001.json", '{"batch_metrics": [{"a": [{"b": 1}]}]}')
    directory.put("metrics_20251004_000002.json", '{"batch_metrics": [{"a": [{"b": 1}, {"b": 2}]}]}')
    assert not both()


@pytest.mark.parametrize("scope", ["epoch", "run"])
def test_the_scope_of_an_epoch_is_expected_to_repeat(directory, both, scope):
    records = sound(directory, 40)
    directory.put("final_training_metrics.json", json.dumps(directory.metrics(records)))
    directory.put("epoch_0_metrics.json", json.dumps({"scope": scope, "batch_metrics": records[:20]}))
    assert both(chunk=1000)
    columns = batches.BatchSource().read(group_of(directory))
    assert bool(columns.notices) == (scope == "run")


def test_summaries_without_records_stand_beside_a_streamed_list(directory, both):
    directory.put("final_training_metrics.json", directory.metrics(sound(directory, 40)))
    directory.put("epoch_3_metrics.json", {"summary": {"total_batches": 4, "loss_mean": 2.0}, "metadata": {}})
    directory.put("epoch_4_metrics.json", '{"summary": {"total_bat')
    assert both(chunk=1000, large=500)


@pytest.mark.parametrize("large", [0, MANY], ids=["streamed", "whole"])
def test_a_file_named_by_the_caller_that_is_damaged_is_an_error(directory, both, monkeypatch, large):
    directory.put("final_training_metrics.json", json.dumps(directory.metrics(sound(directory, 40)))[:-1])
    both(chunk=1000, explicit=True)
    kind, said = outcome(group_of(directory, explicit=True), None, large, 1000, monkeypatch)
    assert issubclass(kind, SourceError)
    assert "final_training_metrics.json" in said


@pytest.mark.parametrize("fields", [None, ["loss"], []])
@pytest.mark.parametrize("with_time", [True, False])
def test_records_equal_in_every_field_count_once(directory, both, fields, with_time):
    records = sound(directory, 60)
    if not with_time:
        records = [{name: value for name, value in each.items() if name != "timestamp"} for each in records]
    odd = [records[7], {**records[7], "note": "x"}, {**records[8], "ssim": 0.25}, records[7], records[30]]
    directory.put("final_training_metrics.json", directory.metrics([*records, *odd]))
    assert both(fields, 1000)


@pytest.fixture
def streamed(directory, monkeypatch):
    """A source that has streamed a file of 60 records, and its group."""
    directory.put("final_training_metrics.json", directory.metrics(regular(directory, 60)))
    monkeypatch.setattr(batches, "LARGE", 0)
    monkeypatch.setattr(windows, "CHUNK", 1000)
    return batches.BatchSource(), group_of(directory)


def test_one_record_is_read_again_from_its_place(streamed):
    source, group = streamed
    whole = source.read(group)
    for row in (0, 17, 59):
        one = source.one(group, "final_training_metrics.json", row)
        assert plain(one)[0][1] == plain(whole.take([row]))[0][1]
        assert one.keys["time"] == [whole.keys["time"][row]]
    assert batches.BatchSource().one(group, "final_training_metrics.json", 0) is None


def test_documents_of_a_huge_file_come_stretch_by_stretch(streamed, parsed):
    source, group = streamed
    documents = source.documents(group)
    first = next(documents)
    assert (first.row, first.content["batch_idx"]) == (0, 0)
    assert [document.row for document in documents] == list(range(1, 60))


def test_a_file_that_changed_is_an_error_not_a_wrong_record(streamed, directory):
    source, group = streamed
    source.read(group)
    directory.put("final_training_metrics.json", directory.metrics([]))
    with pytest.raises(StatkitError):
        source.one(group, "final_training_metrics.json", 59)


def test_what_watches_is_told_how_far_the_reading_is(streamed):
    source, group = streamed
    told = []
    with progress.watched(lambda *where: told.append(where)):
        source.read(group)
    size, path = group.files[0].size, group.files[0].path
    assert told[-1] == (size, size, path)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert len(told) > 5
    source.read(group)
    assert told[-1] == (size, size, path)


def test_what_the_watcher_raises_stops_the_reading(streamed):
    source, group = streamed

    def stop(*_where):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), progress.watched(stop):
        source.read(group)


def test_a_huge_damaged_file_is_left_out_and_the_others_are_read(directory, monkeypatch):
    monkeypatch.setattr(batches, "LARGE", 0)
    monkeypatch.setattr("statkit.sources.cumulative._WHOLE", 0)
    directory.put("final_training_metrics.json", json.dumps(directory.metrics(sound(directory, 60)))[:-200])
    directory.put("metrics_20251004_000001.json", directory.metrics(sound(directory, 10)))
    columns = batches.BatchSource().read(group_of(directory))
    assert len(columns) == 10
    assert [(notice.code, notice.path) for notice in columns.notices] == [
        ("skipped-file", "final_training_metrics.json")
    ]
    assert "ends in the middle" in columns.notices[0].message
    with pytest.raises(StatkitError, match=r"final_training_metrics\.json: ends in the middle"):
        batches.BatchSource().read(group_of(directory, "final_training_metrics.json", explicit=True))


LINES = st.sampled_from(
    [
        b"",
        b"  ",
        b"\r",
        b"{",
        b'{"loss": 1}, {"loss": 2}',
        b'{"loss": 1} {"loss": 2}',
        b"5",
        b'"x\x7f~"',
        b"NaN",
        b"[1]",
    ]
)
PARTS = st.sampled_from(
    [(b'{"loss": [1', b"2]}"), (b'{"loss": [1', b",2]}"), (b'{"loss": [{"a":1}', b'{"b":2}]}')]
)


@st.composite
def logs(draw):
    records = draw(st.lists(RECORDS, max_size=8))
    lines = [
        json.dumps(record, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
        for record in records
    ]
    for odd in draw(st.lists(LINES | PARTS, max_size=3)):
        place = draw(st.integers(0, len(lines)))
        lines[place:place] = odd if isinstance(odd, tuple) else [odd]
    text = b"\n".join(lines) + draw(st.sampled_from([b"", b"\n", b"\n\n"]))
    return text[: len(text) - draw(st.sampled_from([0, 0, 1, 5]))]


@QUICK
@given(
    logs(),
    st.none() | st.lists(FIELDS | st.sampled_from(list(KEYS)), max_size=3),
    st.sampled_from([7, 100, 4096]),
)
def test_any_log_is_read_as_it_is_read_whole(directory, both, text, fields, chunk):
    directory.put("batch_metrics.jsonl", text)
    both(fields, chunk)


@pytest.mark.parametrize("fields", [None, ["loss"]])
def test_an_ordinary_log_takes_the_fast_road(directory, both, fields, monkeypatch):
    directory.put("batch_metrics.jsonl", "".join(json.dumps(each) + "\n" for each in regular(directory, 200)))
    slow = []
    taken = gathering.Gathering.take_records
    monkeypatch.setattr(
        gathering.Gathering, "take_records", lambda self, *args: slow.append(args) or taken(self, *args)
    )
    assert both(fields, 4000)
    assert len(slow) == (fields is None)


def test_a_log_is_read_on_from_where_it_ended(directory):
    lines = [json.dumps(each) + "\n" for each in regular(directory, 50)]
    text = "".join(lines)
    directory.put("batch_metrics.jsonl", text[: len(text) // 2])
    first, read = gathering.Gathering("f", ["loss"]), LinesRead()
    read_lines(file_of(directory.path / "batch_metrics.jsonl"), first, read)
    assert read.bad == [read.breaks + 1]
    directory.put("batch_metrics.jsonl", text)
    more, rest = gathering.Gathering("f", ["loss"]), read.settled()
    read_lines(file_of(directory.path / "batch_metrics.jsonl"), more, rest)
    losses = [list(each.columns("batch", "x").fields["loss"]) for each in (first, more)]
    assert losses[0] + losses[1] == [each["loss"] for each in regular(directory, 50)]
    assert (rest.end, rest.rows, rest.breaks, rest.bad) == (len(text), 50, 50, [])


def test_records_of_a_log_are_read_again_from_their_place(directory, monkeypatch):
    monkeypatch.setattr(batches, "LARGE", 0)
    monkeypatch.setattr(windows, "CHUNK", 1000)
    directory.put("batch_metrics.jsonl", "".join(json.dumps(each) + "\n" for each in regular(directory, 60)))
    source, group = batches.BatchSource(), group_of(directory)
    whole = source.read(group)
    assert source.one(group, "batch_metrics.jsonl", 41).fields["loss"] == [whole.fields["loss"][41]]
    assert [document.row for document in source.documents(group)] == list(range(60))


@pytest.mark.parametrize("text", ['["\x7f"]', '["\\u007f"]', '["\\u007F+"]', '"\x7f"', '[["\x7f-"], 1]'])
@pytest.mark.parametrize("name", ["final_training_metrics.json", "batch_metrics.jsonl"])
def test_what_stands_for_nan_while_reading_is_told_from_what_files_hold(directory, both, text, name):
    rows = [f'{{"batch_idx": {i}, "loss": NaN, "note": {text if i % 3 else -1}}}' for i in range(40)]
    listed = '{"batch_metrics": [' + ",".join(rows) + "]}"
    directory.put(name, listed if name.endswith("json") else "\n".join(rows))
    assert both(["loss", "note"], 300)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    "where", ['"a {} b"', '"{}"', '{{"{}": 1}}', '["x", {}]', '{{"a": [{}]}}', '"\\\\{}"']
)
def test_tokens_inside_other_values_are_left_or_restored_as_they_are(directory, both, token, where):
    rows = [f'{{"batch_idx": {i}, "loss": {token}, "note": {where.format(token)}}}' for i in range(40)]
    directory.put("final_training_metrics.json", '{"batch_metrics": [' + ",".join(rows) + "]}")
    assert both(["loss", "note"], 300)


def test_a_token_for_a_key_is_no_json(directory, both):
    rows = [f'{{"batch_idx": {i}, "loss": NaN, "note": {{NaN: 1}}}}' for i in range(40)]
    directory.put("final_training_metrics.json", '{"batch_metrics": [' + ",".join(rows) + "]}")
    assert not both(["loss"], 300)


@pytest.mark.parametrize("style", [{}, {"indent": 2}])
def test_only_the_list_at_depth_one_counts(directory, both, style):
    inner = {"batch_metrics": [{"batch_idx": 9, "loss": 99.0}] * 5}
    document = {"summary": inner, "batch_metrics": sound(directory, 40), "metadata": {"copy": inner}}
    directory.put("final_training_metrics.json", json.dumps(document, **style))
    assert both(["loss"], 500)


def test_of_two_lists_of_one_name_the_last_counts(directory, both):
    rows = json.dumps(sound(directory, 40))
    directory.put(
        "final_training_metrics.json", f'{{"batch_metrics": {rows}, "batch_metrics": {rows[:-1]}, {{}}]}}'
    )
    assert not both(["loss"], 500)


@pytest.mark.parametrize(
    "odd",
    [
        '{"loss": [{"a": 1}\n{"b": 2}]}',
        '{"loss": 1},{"loss": 2}',
        '{"loss": 1},{"loss": 2}\n{"loss": [{"a": 1}\n{"b": 2}]}',
        '{"loss": 1} {"loss": 2}\n{"loss": [1\n,2]}',
        '"\x7f~"',
        "",
    ],
)
def test_a_line_is_a_record_or_it_is_none(directory, both, odd):
    lines = [json.dumps(each) for each in sound(directory, 40)]
    directory.put("batch_metrics.jsonl", "\n".join([*lines[:20], odd, *lines[20:]]))
    assert both(["loss"], 1000)


@pytest.mark.parametrize("name", ["final_training_metrics.json", "batch_metrics.jsonl"])
def test_equal_records_without_a_time_are_found_though_they_hold_nan(directory, both, name):
    records = [directory.batch(i % 50) for i in range(100)]
    listed = json.dumps(directory.metrics(records))
    directory.put(name, listed if name.endswith("json") else "\n".join(map(json.dumps, records)))
    assert both(["loss", "attention_bam_384_attention_entropy"], 1000)
    columns = batches.BatchSource().read(group_of(directory), ["attention_bam_384_attention_entropy"])
    assert len(columns) == 50


# --- the directory that the writer leaves: the log, and lists of its lines --------------------------


def log_text(records):
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in records)


def list_text(lines, **head):
    """What `BatchMetricsWriter` makes of lines of its log."""
    start = "".join(f'"{name}": {json.dumps(value)},\n' for name, value in head.items())
    text = f'{{\n{start}"batch_metrics": ['.encode()
    text += b"".join((b",\n" if place else b"\n") + line for place, line in enumerate(lines))
    return text + b'\n],\n"summary": {"total_batches": 1},\n"metadata": {}}\n'


def writers_directory(directory, count=120, epochs=3):
    """A finished run: the log, the epochs, the final file."""
    lines = log_text(sound(directory, count)).splitlines()
    directory.put("batch_metrics.jsonl", b"".join(line + b"\n" for line in lines))
    directory.put("final_training_metrics.json", list_text(lines))
    size = count // epochs
    for epoch in range(epochs):
        part = lines[epoch * size : (epoch + 1) * size]
        directory.put(f"epoch_{epoch}_metrics.json", list_text(part, scope="epoch", epoch=epoch))
    return lines


@pytest.mark.parametrize("fields", [None, ["loss"]])
@pytest.mark.parametrize("chunk", [300, 4000, 1 << 18])
def test_of_the_writers_directory_only_the_log_is_parsed(directory, both, fields, chunk, parsed):
    writers_directory(directory)
    assert both(fields, chunk)
    assert not parsed
    columns = batches.BatchSource().read(group_of(directory), fields)
    assert len(columns) == 120
    assert (columns.files, columns.notices) == (5, [])


def test_what_the_writer_really_writes_is_streamed(directory, both):
    writer = BatchMetricsWriter(directory.path, echo=lambda line: None)
    for epoch in range(4):
        for each in range(30):
            loss = math.nan if each % 7 == 3 else 1 / (each + 1)
            writer.append({"batch_idx": each, "phase": "train", "epoch": epoch, "loss": loss})
        if epoch == 1:
            writer._log._write(writer._log._descriptor, b'{"batch_idx": 30, "lo\n')  # a kill
        assert writer.save_epoch(epoch)
    assert writer.finish()
    writer.append({"batch_idx": 0, "phase": "train", "epoch": 4, "loss": 0.5})  # training went on
    writer.close()
    for fields in (None, ["loss"], []):
        assert both(fields, 500)


EDITS = st.sampled_from(
    [b"", b"7", b" ", b"}", b'"', b"\n", b",\n", b"]", b'{"loss": 1}\n', b'{"loss": 1},{"a": 2}', b"NaN"]
)


@QUICK
@given(
    st.lists(st.builds(lambda keys: keys, RECORDS), min_size=1, max_size=10),
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=3),
    st.data(),
)
def test_logs_and_lists_of_any_kind(directory, both, records, stretches, data):
    for path in directory.path.iterdir():
        path.unlink()
    records += data.draw(st.lists(st.sampled_from(records), max_size=3))
    lines = [
        json.dumps(each, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
        for each in records
    ]
    log = lines[:]
    for odd in data.draw(st.lists(LINES | PARTS, max_size=2)):
        place = data.draw(st.integers(0, len(log)))
        log[place:place] = odd if isinstance(odd, tuple) else [odd]
    directory.put("batch_metrics.jsonl", b"\n".join(log) + data.draw(st.sampled_from([b"", b"\n"])))
    source = data.draw(st.sampled_from([lines, log, [line for line in log if line.strip()]]))
    directory.put("final_training_metrics.json", list_text(source[: data.draw(st.integers(0, 14))]))
    for number, (start, length) in enumerate(stretches):
        part = source[start : start + length]
        part = data.draw(st.sampled_from([part, part[::2], part[::-1]]))
        directory.put(f"epoch_{number}_metrics.json", list_text(part, scope="epoch", epoch=number))
    if data.draw(st.booleans()):  # one of them is edited
        path = data.draw(st.sampled_from(sorted(directory.path.iterdir())))
        text = bytearray(path.read_bytes()) or bytearray(b" ")
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(EDITS)
        path.write_bytes(text)
    both(
        data.draw(st.sampled_from([None, ["loss"], ["epoch", "a"]])),
        data.draw(st.sampled_from([64, 200, 4096])),
    )


def change_final(directory, lines):
    directory.put("final_training_metrics.json", list_text([*lines[:-1], lines[-1][:-1] + b',"more":1}']))


def style_final(directory, lines):
    rows = [json.loads(line) for line in lines]
    directory.put("final_training_metrics.json", json.dumps({"batch_metrics": rows}, indent=2))


def shorten_log(directory, lines):
    directory.put("batch_metrics.jsonl", b"".join(line + b"\n" for line in lines[:50]))


@pytest.mark.parametrize("change", [change_final, style_final, shorten_log])
@pytest.mark.parametrize("fields", [None, ["loss"]])
def test_lists_that_are_not_the_logs_are_read_whole(directory, both, change, fields):
    change(directory, writers_directory(directory))
    assert not both(fields, 1000)


def test_two_lines_that_are_one_record_only_in_a_list(directory, both):
    lines = [b'{"loss": 1}', b'{"loss": [{"a": 1}', b'{"b": 2}]}', b'{"loss": 3}']
    directory.put("batch_metrics.jsonl", b"\n".join(lines))
    directory.put("final_training_metrics.json", list_text(lines))
    assert not both(["loss"], 1000)
