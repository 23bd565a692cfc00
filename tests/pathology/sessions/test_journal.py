import errno
import os

import pytest

from statkit.errors import MalformedFileError
from statkit.pathology.sessions.faults import UnsavedError
from statkit.pathology.sessions.journal import Journal


def test_lines_are_appended_and_read_back(tmp_path):
    journal = Journal(str(tmp_path / "deep" / "annotations"))
    journal.write(action="opened", rater="Ä")
    journal.write(action="saved", revision=1)
    other = Journal(journal.path.removesuffix("/journal.jsonl"))
    other.write(action="saved", revision=2)
    first, *more = journal.unread()
    assert (first["rater"], [entry["revision"] for entry in more]) == ("Ä", [1, 2])
    assert list(journal.unread()) == []
    other.write(action="saved", revision=3)
    assert [entry["revision"] for entry in journal.unread()] == [3]
    journal.close()
    other.close()


def test_a_line_that_was_cut_costs_itself_alone(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(b'{"a":1}\n[1]\n{"a":2}\n{"a":')
    journal = Journal(str(tmp_path))
    journal.write(a=3)
    assert [entry["a"] for entry in journal.unread()] == [1, 2, 3]
    journal.close()


def test_no_file_holds_no_line(tmp_path):
    assert list(Journal(str(tmp_path / "none")).unread()) == []


def test_a_journal_that_cannot_be_read_is_an_error_and_not_taken_for_empty(tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(MalformedFileError, match="cannot be read"):
        Journal(str(tmp_path)).unread()


class Counting:
    """The module ``os``, counting how often the storage was asked to keep what it has."""

    synced = 0

    def __getattr__(self, name):
        return getattr(os, name)

    def fsync(self, descriptor):
        self.synced += 1
        os.fsync(descriptor)


def test_a_line_is_durable_before_anything_is_shown(tmp_path):
    system = Counting()
    journal = Journal(str(tmp_path), system)
    journal.write(action="opened")
    before = system.synced
    journal.write(action="overlay shown")
    assert system.synced > before
    journal.close()


class FullDisk:
    """The module ``os``, but for a disk that takes nothing."""

    def __getattr__(self, name):
        return getattr(os, name)

    def write(self, descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_is_an_error(tmp_path):
    journal = Journal(str(tmp_path), FullDisk())
    with pytest.raises(UnsavedError, match="No space left"):
        journal.write(action="overlay shown")
    journal.close()
