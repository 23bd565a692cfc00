"""The annotation sessions of the page: one for each run, opened when somebody asks for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from statkit.errors import MissingExtraError
from statkit.server.index import opaque_id
from statkit.server.watch import Watch

if TYPE_CHECKING:
    from statkit.pathology.sessions.store import AnnotationStore

#: Files whose coming makes a session find its images again.
_IMAGES: Final = (".npz", ".png", ".jpg", ".jpeg")

_MEND: Final = "pip install 'statkit[pathology]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The run that the page was opened to annotate.

    Attributes
    ----------
    run : str
        Its directory, or one of pictures.
    annotations : str or None
        Where annotations are kept; None: inside the run.
    images : str or None
        Pictures to draw on in place of the run's.
    raters : tuple of str
        Names to offer.
    """

    run: str
    annotations: str | None = None
    images: str | None = None
    raters: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What requests call it: the same as the run's."""
        return opaque_id(os.path.realpath(self.run))


class NoSessionError(LookupError):
    """There is no such run, or not any more."""


@dataclass(slots=True)
class _Opened:
    """A session in use; whoever asks its store has the lock."""

    store: AnnotationStore
    mark: object
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """Sessions by the id of their run; safe to be asked by several threads.

    Parameters
    ----------
    watch : Watch
        The runs of the page.
    place : Place or None
        The run that was named for annotating.
    """

    def __init__(self, watch: Watch, place: Place | None = None) -> None:
        self._watch = watch
        self._place = place
        self._opened: dict[str, _Opened] = {}
        self._replaced: list[AnnotationStore] = []
        self._lock = threading.Lock()

    def listed(self) -> list[dict[str, str]]:
        """Name the runs that can be asked for, the named one first or alone."""
        if self._place is not None:
            name = os.path.basename(os.path.abspath(self._place.run)) or self._place.run
            return [{"id": self._place.id, "name": name}]
        return [{"id": run.id, "name": run.name} for run in self._watch.runs]

    @contextmanager
    def store(self, id: str, *, renewed: bool = False) -> Iterator[AnnotationStore]:
        """Give the store of a session, to one at a time.

        Parameters
        ----------
        id : str
            Of the run.
        renewed : bool
            Whether to look for images that came meanwhile.

        Raises
        ------
        NoSessionError
            There is no such run.
        StatkitError
            Nothing in it can be drawn on; the extra ``pathology`` is not installed.
        """
        opened = self._of(id, renewed)
        with opened.lock:
            yield opened.store

    def close(self) -> None:
        """Let go of every journal."""
        with self._lock:
            for store in (*self._replaced, *(opened.store for opened in self._opened.values())):
                store.close()
            self._replaced.clear()
            self._opened.clear()

    def _of(self, id: str, renewed: bool) -> _Opened:
        place = self._found(id)
        with self._lock:
            opened = self._opened.get(id)
            if opened is not None and not renewed:
                return opened
            mark = _mark(place)
            if opened is None or opened.mark != mark:
                made = _Opened(_store(place, opened), mark)
                if opened is not None:
                    self._replaced.append(opened.store)  # somebody may be at it yet
                opened = self._opened[id] = made
            return opened

    def _found(self, id: str) -> Place:
        if self._place is not None and id == self._place.id:
            return self._place
        run = self._watch.get(id)
        if run is None:
            raise NoSessionError(id)
        return Place(run=run.directory)


def _store(place: Place, before: _Opened | None) -> AnnotationStore:
    """Open a session; one that is opened again is the same sitting."""
    try:
        from statkit.pathology.sessions.session import open_session
        from statkit.pathology.sessions.store import AnnotationStore
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "statkit" or isinstance(error, MissingExtraError):
            raise
        raise MissingExtraError("Annotating", _MEND) from None
    session = open_session(place.run, annotations=place.annotations, images=place.images, raters=place.raters)
    return AnnotationStore(session, sitting=before.store.sitting if before is not None else "")


def _mark(place: Place) -> Any:
    """Tell one state of the images' directory from another."""
    try:
        with os.scandir(place.images or place.run) as entries:
            return sorted(
                (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
                for entry in entries
                if entry.name.lower().endswith(_IMAGES)
            )
    except OSError:
        return None
