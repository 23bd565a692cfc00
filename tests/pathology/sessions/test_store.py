import errno
import json
import os
import shutil

import pytest
from shapely.geometry import box

from statkit.errors import MalformedFileError, TruncatedFileError, UnknownFormatError, UsageError
from statkit.pathology.annotations import reading
from statkit.pathology.annotations.shape import Annotation, Annotations
from statkit.pathology.sessions.faults import ConflictError, SubmittedError, UnknownImageError, UnsavedError
from statkit.pathology.sessions.raters import slug
from statkit.pathology.sessions.store import AnnotationStore

RATER = "Anna Müller"
NAME = f"val_batch_000001.{slug(RATER)}.geojson"


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 1_700_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(session, clock):
    made = AnnotationStore(session, sitting="s1", clock=clock)
    yield made
    made.close()


@pytest.fixture
def image(session):
    return session.images[0].id


def square(size, **fields):
    return Annotation(geometry=box(0, 0, size, size, ccw=False), **fields)


def drawn(*sizes, **fields):
    return Annotations(items=tuple(square(size, id=f"id{size}", **fields) for size in sizes))


def sizes(annotations):
    return [item.geometry.area**0.5 for item in annotations.items]


def kept_name(number):
    return NAME.replace(".geojson", f".{number}.geojson")


def files(session):
    walked = [(at, name) for at, _, names in os.walk(session.directory) for name in names]
    found = (os.path.relpath(os.path.join(at, name), session.directory) for at, name in walked)
    return sorted(found)


def test_nothing_is_there_at_first_and_loading_writes_nothing(store, image, session):
    assert store.load(image, RATER) == (Annotations(), 0)
    assert store.statuses(RATER)[0].revision == 0
    assert not os.path.exists(session.directory)


def test_each_save_is_a_revision_and_every_one_is_kept(store, image, session):
    one = store.save(image, RATER, drawn(1), 0)
    two = store.save(image, RATER, drawn(1, 2), one.revision)
    assert (one.revision, two.revision) == (1, 2)
    assert store.load(image, RATER).annotations.items == two.annotations.items
    assert files(session) == ["journal.jsonl", *(f"revisions/{kept_name(n)}" for n in (1, 2)), NAME]
    kept = [reading.read(os.path.join(session.directory, "revisions", kept_name(n))) for n in (1, 2)]
    assert [sizes(each) for each in kept] == [[1], [1, 2]]


def test_what_a_file_says_of_image_and_rater(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    found = reading.read(os.path.join(session.directory, NAME))
    for facts in (found.facts, type(found.facts).from_metadata(found.items[0].metadata)):
        assert facts.image_sha256 == session.images[0].sha256
        assert facts.image_size == (12, 8)
        assert (facts.rater, facts.session, facts.overlay_shown, facts.mpp) == (RATER, "s1", False, 0.5)
    assert found.items[0].metadata["statkit:created"] == "2023-11-14T22:13:20+00:00"
    assert found.metadata["statkit:saved"] == "2023-11-14T22:13:20+00:00"


def test_geojson_in_any_form(store, image):
    document = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    forms = (document, [document], json.dumps(document), json.dumps(document).encode())
    revisions = [store.save(image, f"R{n}", form, 0).revision for n, form in enumerate(forms)]
    assert revisions == [1, 1, 1, 1]
    with pytest.raises(UnknownFormatError):
        store.save(image, RATER, {"a": 1}, 0)
    with pytest.raises(MalformedFileError):
        store.save(image, RATER, "x", 0)


def test_what_cannot_be_kept_is_told_and_the_rest_is_saved(store, image):
    bad = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}
    good = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    saved = store.save(image, RATER, [bad, good], 0)
    assert len(saved.annotations.items) == 1
    assert [loss.where for loss in saved.annotations.losses] == ["feature 1"]


def test_the_same_again_is_the_same_revision(store, image, session):
    document = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    assert store.save(image, RATER, document, 0).revision == 1
    before = files(session)
    assert store.save(image, RATER, document, 1).revision == 1
    assert store.save(image, RATER, document, 0).revision == 1  # an answer that was lost, asked for again
    assert files(session) == before


def test_a_conflict_carries_both_and_overwrites_nothing(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    with pytest.raises(ConflictError, match="revision 1 is there, this builds on 0") as caught:
        store.save(image, RATER, drawn(2), 0)
    assert sizes(caught.value.yours) == [2]
    assert sizes(caught.value.theirs) == [1]
    assert sizes(store.load(image, RATER).annotations) == [1]
    assert store.save(image, RATER, drawn(2), caught.value.revision).revision == 2
    with pytest.raises(ConflictError):
        store.save(image, RATER, drawn(3), 7)


def test_raters_do_not_meet(store, image):
    store.save(image, "A", drawn(1), 0)
    store.save(image, "a", drawn(2), 0)
    assert sizes(store.load(image, "A").annotations) == [1]
    assert sizes(store.load(image, "a").annotations) == [2]


def test_unknown_images_and_names(store, image):
    with pytest.raises(UnknownImageError):
        store.save("../x", RATER, drawn(1), 0)
    with pytest.raises(UsageError):
        store.load(image, "")


# blinded or not


def test_who_saw_the_attention_is_said_of_what_was_drawn_after(store, image, clock):
    one = store.save(image, RATER, drawn(1), 0)
    assert not store.is_unblinded(image, RATER)
    store.overlay_shown(image, RATER, "layer0")
    store.overlay_hidden(image, RATER, "layer0")
    assert store.is_unblinded(image, RATER)
    clock.now += 60
    two = store.save(image, RATER, drawn(1, 2), one.revision)
    seen = [item.metadata["statkit:overlay_shown"] for item in two.annotations.items]
    assert seen == ["false", "true"]
    created = [item.metadata["statkit:created"] for item in two.annotations.items]
    assert created[0] < created[1]
    assert two.annotations.facts.overlay_shown is True
    assert not store.is_unblinded(image, "somebody else")


def test_a_shape_moved_after_the_attention_was_seen_says_so_and_goes_on_saying_so(store, image):
    store.save(image, RATER, drawn(1), 0)
    moved = Annotations(items=(square(3, id="id1"),))
    two = store.save(image, RATER, moved, 1, overlay_shown=True)
    assert two.annotations.items[0].metadata["statkit:overlay_shown"] == "true"
    again = Annotations(items=(square(4, id="id1", metadata=two.annotations.items[0].metadata),))
    three = store.save(image, RATER, again, 2)
    assert three.annotations.items[0].metadata["statkit:overlay_shown"] == "true"
    bare = Annotations(items=(square(5, id="id1"),))
    four = store.save(image, RATER, bare, 3)
    assert four.annotations.items[0].metadata["statkit:overlay_shown"] == "true"


def test_nobody_can_deny_what_the_journal_says(store, image):
    store.overlay_shown(image, RATER, "layer0")
    saved = store.save(image, RATER, drawn(1), 0, overlay_shown=False)
    assert saved.annotations.facts.overlay_shown is True


def test_another_process_knows_from_the_journal(store, image, session):
    running = AnnotationStore(session)
    assert not running.is_unblinded(image, RATER)
    store.overlay_shown(image, RATER, "layer0")
    started = AnnotationStore(session)
    for other in (running, started):
        assert other.is_unblinded(image, RATER)
        assert other.save(image, RATER, drawn(1), 0).annotations.facts.overlay_shown is True
        other.close()


def test_the_journal_tells_what_happened(store, image, session):
    store.opened(image, RATER)
    store.save(image, RATER, drawn(1), 0)
    store.overlay_shown(image, RATER, "layer0")
    store.submit(image, RATER, 1)
    with open(os.path.join(session.directory, "journal.jsonl"), encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    assert [entry["action"] for entry in entries] == ["opened", "saved", "overlay shown", "submitted"]
    assert entries[2]["layer"] == "layer0"
    assert entries[3]["revision"] == 2
    assert {entry["rater"] for entry in entries} == {RATER}


# submitting


def test_what_is_submitted_is_final_until_it_is_reopened(store, image):
    store.save(image, RATER, drawn(1), 0)
    final = store.submit(image, RATER, 1)
    assert (final.revision, final.submitted) == (2, "2023-11-14T22:13:20+00:00")
    assert sizes(final.annotations) == [1]
    assert store.statuses(RATER)[0].is_submitted
    for again in (lambda: store.save(image, RATER, drawn(2), 2), lambda: store.submit(image, RATER, 2)):
        with pytest.raises(SubmittedError, match="is final"):
            again()
    reopened = store.reopen(image, RATER, 2)
    assert (reopened.revision, reopened.submitted) == (3, None)
    assert store.is_unblinded(image, RATER)
    after = store.save(image, RATER, drawn(1, 2), 3)
    assert after.annotations.items[1].metadata["statkit:overlay_shown"] == "true"


def test_to_submit_nothing_drawn_is_an_answer_too(store, image, session):
    final = store.submit(image, RATER, 0)
    assert (final.revision, final.annotations.items) == (1, ())
    assert final.annotations.facts.rater == RATER
    assert final.annotations.facts.image_sha256 == session.images[0].sha256


def test_submitting_an_older_revision_is_a_conflict(store, image):
    store.save(image, RATER, drawn(1), 0)
    store.save(image, RATER, drawn(2), 1)
    with pytest.raises(ConflictError):
        store.submit(image, RATER, 1)


# files of others, and damage


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedFileError),
        (b'{"type":"FeatureCollection","features":[{"type"', TruncatedFileError),
        (b"\x00" * 40, TruncatedFileError),
        (b"not json", MalformedFileError),
        (b'{"a": 1}', MalformedFileError),
    ],
)
def test_a_damaged_file_is_refused_and_stays_as_it_is(store, image, session, data, error):
    store.save(image, RATER, drawn(1), 0)
    path = os.path.join(session.directory, NAME)
    with open(path, "wb") as file:
        file.write(data)
    for attempt in (lambda: store.load(image, RATER), lambda: store.save(image, RATER, drawn(2), 1)):
        with pytest.raises(error, match="damaged and stays as it is") as caught:
            attempt()
        assert ".1.geojson" in str(caught.value)
    with open(path, "rb") as file:
        assert file.read() == data
    os.rename(path, path + ".damaged")
    assert store.save(image, RATER, drawn(2), 1).revision == 2


def test_what_is_no_file_is_refused(store, image, session):
    os.makedirs(os.path.join(session.directory, NAME))
    with pytest.raises(MalformedFileError, match="is no regular file"):
        store.save(image, RATER, drawn(1), 0)


def test_a_file_of_another_program_is_taken_over_and_kept(store, image, session):
    os.makedirs(session.directory)
    path = os.path.join(session.directory, NAME)
    foreign = b'[{"type": "Feature", "geometry": {"type": "Point", "coordinates": [3, 4]}}]'
    with open(path, "wb") as file:
        file.write(foreign)
    found = store.load(image, RATER)
    assert (found.revision, len(found.annotations.items)) == (1, 1)
    with pytest.raises(ConflictError):
        store.save(image, RATER, drawn(1), 0)
    assert store.save(image, RATER, drawn(1), 1).revision == 2
    with open(os.path.join(session.directory, "revisions", kept_name(1)), "rb") as file:
        assert file.read() == foreign


def test_what_another_program_saved_in_place_of_ours_counts(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    path = os.path.join(session.directory, NAME)
    with open(path, encoding="utf-8") as file:
        edited = file.read().replace("[1,0]", "[5,0]")
    with open(path, "w", encoding="utf-8") as file:
        file.write(edited)
    found = store.load(image, RATER)
    assert found.revision == 2
    assert store.save(image, RATER, drawn(1, 2), 2).revision == 3


def test_a_writer_killed_before_it_replaced_the_file(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    path = os.path.join(session.directory, NAME)
    shutil.copy(path, path + ".old")
    store.save(image, RATER, drawn(2), 1)
    os.rename(path + ".old", path)
    assert store.load(image, RATER).revision == 2
    assert sizes(store.load(image, RATER).annotations) == [2]
    assert store.save(image, RATER, drawn(3), 2).revision == 3
    assert sizes(reading.read(path)) == [3]


def test_a_writer_killed_before_the_first_file(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    os.unlink(os.path.join(session.directory, NAME))
    assert store.load(image, RATER).revision == 1
    assert store.save(image, RATER, drawn(2), 1).revision == 2


def test_revisions_that_were_removed_leave_the_count(store, image, session):
    store.save(image, RATER, drawn(1), 0)
    store.save(image, RATER, drawn(2), 1)
    shutil.rmtree(os.path.join(session.directory, "revisions"))
    found = store.load(image, RATER)
    assert sizes(found.annotations) == [2]
    assert store.save(image, RATER, drawn(3), found.revision).revision > 2


def test_an_image_that_came_under_another_name_keeps_its_file(run, store, image, session):
    from statkit.pathology.sessions.session import open_session

    from .conftest import tile, write_sidecar

    store.save(image, RATER, drawn(1), 0)
    write_sidecar(run, "train_batch_000001", [tile(1)])
    later = open_session(run)
    other = AnnotationStore(later)
    assert later.images[0].stems[0] == "train_batch_000001"
    assert other.save(later.images[0].id, RATER, drawn(2), 1).revision == 2
    assert NAME in files(session)
    other.close()


# storage that refuses


class Failing:
    """The module ``os``, but for one call that fails."""

    def __init__(self, call, code):
        self.call, self.code, self.is_on = call, code, True

    def __getattr__(self, name):
        real = getattr(os, name)
        if name != self.call or not self.is_on:
            return real

        def fail(*_args, **_options):
            raise OSError(self.code, os.strerror(self.code))

        return fail


@pytest.mark.parametrize("call", ["open", "write", "fsync", "link", "mkdir"])
def test_a_refused_save_is_one_line_and_the_next_one_works(session, image, call):
    system = Failing(call, errno.ENOSPC)
    store = AnnotationStore(session, system=system)
    with pytest.raises(UnsavedError, match="could not be saved: No space left on device"):
        store.save(image, RATER, drawn(1), 0)
    assert store.load(image, RATER).revision == 0
    system.is_on = False
    assert store.save(image, RATER, drawn(1), 0).revision == 1
    assert not [name for name in files(session) if name.endswith(".tmp")]
    store.close()


def test_a_slow_writer_does_not_put_an_older_version_in_the_place_of_a_newer_one(session, image):
    other = AnnotationStore(session)

    class Slow(Failing):
        is_waiting = True

        def replace(self, source, target):
            if target.endswith(NAME) and self.is_waiting:
                self.is_waiting = False
                other.save(image, RATER, drawn(1, 2), 1)
            os.replace(source, target)

    slow = AnnotationStore(session, system=Slow("", 0))
    assert slow.save(image, RATER, drawn(1), 0).revision == 1
    assert sizes(reading.read(os.path.join(session.directory, NAME))) == [1, 2]
    slow.close()
    other.close()


def test_a_file_that_cannot_be_replaced_after_the_revision_is_kept(session, image):
    store = AnnotationStore(session)
    store.save(image, RATER, drawn(1), 0)

    class NotTheFile(Failing):
        def replace(self, source, target):
            if target.endswith(NAME):
                raise OSError(errno.EACCES, "Permission denied")
            os.replace(source, target)

    stuck = AnnotationStore(session, system=NotTheFile("", 0))
    saved = stuck.save(image, RATER, drawn(2), 1)
    assert saved.revision == 2
    assert "Permission denied" in saved.annotations.losses[0].what
    assert sizes(store.load(image, RATER).annotations) == [2]
    assert sizes(reading.read(os.path.join(session.directory, NAME))) == [1]
    store.close()
    stuck.close()
