"""The versions of one annotation file: every one is kept, and of two writers exactly one makes the next.

Version n stands whole in ``revisions/<name>.<n>.geojson``. Making it is one hard link, which fails where the
number is taken: that link is the save. The file itself is then replaced by a copy of the newest version; it
is what other programs open. A writer killed between the two leaves a newer version than the file shows:
reading and the next save go by the newest.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Final, NamedTuple

from statkit import json_text, layout
from statkit.errors import MalformedFileError, SourceError
from statkit.pathology.annotations import qupath
from statkit.pathology.annotations.facts import PREFIX
from statkit.sources.base import read_bytes
from statkit.sources.faults import os_reason
from statkit.writers.atomic import create_directory, replace_file, synchronise_directory

#: In the metadata of the collection: which version this is.
REVISION: Final = PREFIX + "revision"


class Version(NamedTuple):
    """One version.

    Attributes
    ----------
    number : int
        From 1; 0: there is none yet.
    data : bytes
        The file; empty where there is none.
    is_kept : bool
        Whether it stands in ``revisions``; not if another program wrote the file.
    """

    number: int
    data: bytes
    is_kept: bool


class Revisions:
    """The versions of one file.

    Parameters
    ----------
    directory : str
        Where the file is; created at the first save.
    name : str
        The file's name, ``<image>.<rater>.geojson``.
    system : object, default the module ``os``
        Where the calls that write go.
    """

    def __init__(self, directory: str, name: str, system: Any = os) -> None:
        self.path = os.path.join(directory, name)
        self._directory = directory
        self._name = name
        self._kept = os.path.join(directory, layout.ANNOTATION_REVISIONS)
        self._system = system

    def latest(self) -> Version:
        """Give the newest version: the kept one, or what another program wrote in its place.

        Raises
        ------
        TruncatedFileError, MalformedFileError
            The file is damaged or cannot be read; it stays as it is, and the message names the last whole
            version.
        """
        data = _content(self.path)
        if data is None:
            return self._newest(max(self._numbers(), default=0))
        claimed = self._claimed(data)
        if claimed is not None and _content(self._path_of(claimed)) == data:
            return self._newest(self._following(claimed))
        last = max(self._numbers(), default=0)
        if last and _content(self._path_of(last)) == data:  # it was kept, and its writer went no further
            return Version(last, data, is_kept=True)
        last = max(last, claimed or 0)
        return Version(last + 1, data, is_kept=False)

    def keep(self, number: int, data: bytes) -> bool:
        """Make a version, durably; False if that number is taken.

        Raises
        ------
        OSError
            Any call failed; there is no such version then.
        """
        create_directory(self._kept, self._system)
        target = self._path_of(number)
        token = os.urandom(6).hex()
        temporary = os.path.join(self._kept, layout.temporary_name("revision", os.getpid(), token))
        replace_file(temporary, [data], self._system)
        try:
            self._system.link(temporary, target)
        except FileExistsError:
            return False
        finally:
            with suppress(OSError):
                self._system.unlink(temporary)
        synchronise_directory(self._kept, self._system)
        return True

    def publish(self, number: int) -> None:
        """Make the file a copy of the newest version, starting at this one.

        Looks again after each replacement: whoever replaces last has seen the newest.

        Raises
        ------
        OSError
            Any call failed; the file is then an older version, whole.
        """
        shown = 0
        while shown != (number := self._following(number)):
            replace_file(self.path, [read_bytes(self._path_of(number))], self._system)
            shown = number

    def _newest(self, number: int) -> Version:
        return Version(number, (_content(self._path_of(number)) or b"") if number else b"", is_kept=True)

    def _following(self, number: int) -> int:
        """Give the last number of the unbroken row that begins with this one."""
        while os.path.exists(self._path_of(number + 1)):
            number += 1
        return number

    def _numbers(self) -> list[int]:
        try:
            names = os.listdir(self._kept)
        except FileNotFoundError:
            return []
        found = (layout.parse_annotation_revision(name, self._name) for name in names)
        return [number for number in found if number is not None]

    def _path_of(self, number: int) -> str:
        return os.path.join(self._kept, layout.annotation_revision_name(self._name, number))

    def _claimed(self, data: bytes) -> int | None:
        """Read which version a file says it is; None: another program's."""
        try:
            document = json_text.loads(data, self.path)
        except SourceError as error:
            raise type(error)(self._damaged(str(error)), self.path) from None
        if not qupath.is_geojson(document):
            raise MalformedFileError(self._damaged("it is no GeoJSON"), self.path)
        metadata = document.get("metadata") if isinstance(document, dict) else None
        text = metadata.get(REVISION) if isinstance(metadata, dict) else None
        if not isinstance(text, str) or len(text) > 9 or not (text.isascii() and text.isdigit()):
            return None
        return int(text)

    def _damaged(self, reason: str) -> str:
        last = max(self._numbers(), default=0)
        kept = f"the last whole version is {self._path_of(last)}" if last else "no version of it is kept"
        return f"{self.path} is damaged and stays as it is: {reason}. Move it away to go on; {kept}."


def _content(path: str) -> bytes | None:
    """Read a file; None where there is none."""
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MalformedFileError(
            f"{path} cannot be read and stays as it is: {os_reason(error)}.", path
        ) from None
