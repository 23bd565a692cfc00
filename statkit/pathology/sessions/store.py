"""The annotations of a session, loaded and saved: every version kept, nobody's work overwritten."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from statkit import layout
from statkit.pathology.annotations import qupath
from statkit.pathology.annotations.facts import PREFIX
from statkit.pathology.annotations.loss import Loss
from statkit.pathology.annotations.shape import Annotations
from statkit.pathology.sessions import journal as log
from statkit.pathology.sessions.faults import ConflictError, SubmittedError, UnsavedError
from statkit.pathology.sessions.images import SessionImage
from statkit.pathology.sessions.journal import Journal
from statkit.pathology.sessions.raters import name_of, slug
from statkit.pathology.sessions.revisions import REVISION, Revisions, Version
from statkit.pathology.sessions.session import AnnotationSession
from statkit.pathology.sessions.stamping import facts_of, is_same, stamped
from statkit.sources.faults import os_reason

_SAVED_AT: Final = PREFIX + "saved"
_SUBMITTED_AT: Final = PREFIX + "submitted"
_MARKS: Final = {log.SUBMITTED: _SUBMITTED_AT, log.REOPENED: PREFIX + "reopened"}

#: What a rater cannot have done and still be blinded.
_UNBLINDING: Final = (log.OVERLAY_SHOWN, log.REOPENED)


class Saved(NamedTuple):
    """What is kept of one image by one rater.

    Attributes
    ----------
    annotations : Annotations
        ``losses`` names what of the given document could not be kept.
    revision : int
        0: nothing was saved yet. Hand it back with the next save.
    """

    annotations: Annotations
    revision: int

    @property
    def submitted(self) -> str | None:
        """When it was submitted (UTC, ISO 8601); None while it is not final."""
        return self.annotations.metadata.get(_SUBMITTED_AT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStatus:
    """How far a rater is with one image: its id, the revision (0: not begun), shapes, whether final."""

    image: str
    revision: int
    shapes: int
    is_submitted: bool


class AnnotationStore:
    """Loads and saves the annotations of a session; safe with several processes on one directory.

    Parameters
    ----------
    session : AnnotationSession
    sitting : str, optional
        Names this sitting in what is written; default a new one.
    clock : callable
        Unix seconds.
    system : object, default the module ``os``
        Where the calls that write go.
    """

    def __init__(
        self,
        session: AnnotationSession,
        *,
        sitting: str = "",
        clock: Callable[[], float] = time.time,
        system: Any = os,
    ) -> None:
        self.session = session
        self.sitting = sitting or uuid.uuid4().hex[:12]
        self._clock = clock
        self._system = system
        self._journal = Journal(session.directory, system)
        self._unblinded: set[tuple[str, str]] = set()
        self._learn()

    def load(self, image: str, rater: str) -> Saved:
        """Give what is saved of an image by a rater; nothing is written.

        Parameters
        ----------
        image : str
            Its id.
        rater : str

        Raises
        ------
        UnknownImageError, UsageError
            No such image; no name.
        TruncatedFileError, MalformedFileError
            The file is damaged: it stays as it is, and the message says what to do.
        """
        return _told(self._revisions(image, rater).latest())

    def save(
        self,
        image: str,
        rater: str,
        geojson: bytes | str | Mapping[str, Any] | list[Any] | Annotations,
        revision: int,
        *,
        overlay_shown: bool = False,
    ) -> Saved:
        """Save onto a revision, durably, and give what is saved now.

        Parameters
        ----------
        image, rater : str
            As `load`.
        geojson : bytes, str, parsed JSON or Annotations
            QuPath GeoJSON. What is no shape is left out and named in the result's ``losses``.
        revision : int
            What this builds on: of the last load or save.
        overlay_shown : bool
            True where the rater has seen the attention over this image though the journal does not know.
            What the journal knows cannot be denied, and once a shape was drawn so, that stays with it.

        Returns
        -------
        Saved
            The next revision; the same one where nothing changed.

        Raises
        ------
        ConflictError
            Somebody saved meanwhile; nothing is written.
        SubmittedError
            The annotations are final.
        UnsavedError
            The storage refused.
        UnknownFormatError, UnknownImageError, UsageError, TruncatedFileError, MalformedFileError
            As `load`, and if ``geojson`` is none.
        """
        given = _parsed(geojson)
        shown = overlay_shown or self.is_unblinded(image, rater)
        facts = facts_of(self.session.image(image), name_of(rater), self.sitting, shown)

        def content(before: Saved) -> Annotations:
            return stamped(given, before.annotations, facts, self._now())

        return self._advance(image, rater, content, revision, log.SAVED)

    def submit(self, image: str, rater: str, revision: int) -> Saved:
        """Mark a revision as final: a version of its own that says so. Raises as `save`."""
        return self._marked(image, rater, revision, log.SUBMITTED)

    def reopen(self, image: str, rater: str, revision: int) -> Saved:
        """Let a rater go on after submitting; the version and the journal say so. Raises as `save`.

        Who submitted has seen the agreement with the attention: from now on not blinded.
        """
        saved = self._marked(image, rater, revision, log.REOPENED)
        self._unblinded.add((self.session.image(image).sha256, name_of(rater)))
        return saved

    def opened(self, image: str, rater: str) -> None:
        """Note that a rater looks at an image. Raises UnsavedError, UnknownImageError, UsageError."""
        self._note(image, rater, log.OPENED)

    def overlay_shown(self, image: str, rater: str, layer: str) -> None:
        """Note that a rater sees the attention of a layer, before it is shown: from now on not blinded.

        Raises UnsavedError, UnknownImageError, UsageError.
        """
        self._note(image, rater, log.OVERLAY_SHOWN, layer=layer)
        self._unblinded.add((self.session.image(image).sha256, name_of(rater)))

    def overlay_hidden(self, image: str, rater: str, layer: str) -> None:
        """Note that the attention is gone again. Raises UnsavedError, UnknownImageError, UsageError."""
        self._note(image, rater, log.OVERLAY_HIDDEN, layer=layer)

    def is_unblinded(self, image: str, rater: str) -> bool:
        """Tell whether a rater has ever seen the attention over an image, in whichever process.

        Raises UnknownImageError, UsageError, and MalformedFileError if the journal cannot be read.
        """
        self._learn()
        return (self.session.image(image).sha256, name_of(rater)) in self._unblinded

    def statuses(self, rater: str) -> tuple[ImageStatus, ...]:
        """Tell how far a rater is, image by image. Raises as `load`."""
        found = ((image.id, self.load(image.id, rater)) for image in self.session.images)
        return tuple(
            ImageStatus(
                image=id,
                revision=saved.revision,
                shapes=len(saved.annotations.items),
                is_submitted=saved.submitted is not None,
            )
            for id, saved in found
        )

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()

    def _learn(self) -> None:
        """Take from the journal who has seen the attention since it was read last."""
        self._unblinded |= {
            (str(entry.get("sha256")), str(entry.get("rater")))
            for entry in self._journal.unread()
            if entry.get("action") in _UNBLINDING
        }

    def _marked(self, image: str, rater: str, revision: int, action: str) -> Saved:
        shown = self.is_unblinded(image, rater)
        facts = facts_of(self.session.image(image), name_of(rater), self.sitting, shown)

        def content(before: Saved) -> Annotations:
            known = before.annotations.facts if before.revision else facts
            mark = {_MARKS[action]: self._now()}
            return replace(before.annotations, facts=known, metadata=mark, losses=())

        return self._advance(image, rater, content, revision, action)

    def _advance(
        self, image: str, rater: str, content: Callable[[Saved], Annotations], revision: int, action: str
    ) -> Saved:
        """Make the next version of the last one, if that is the one this builds on."""
        revisions = self._revisions(image, rater)
        latest = revisions.latest()
        there = _told(latest)
        made = content(there)
        if action == log.SAVED and latest.number and is_same(there.annotations, made):
            return Saved(replace(there.annotations, losses=made.losses), latest.number)
        if latest.number != revision:
            raise self._conflict(image, rater, made, there, revision)
        if there.submitted is not None and action != log.REOPENED:
            raise SubmittedError(_final(self.session.image(image), rater, there))
        number = latest.number + 1
        own = {REVISION: str(number), _SAVED_AT: self._now(), **made.metadata}
        data = qupath.write(replace(made, metadata=own))
        if not _is_kept(revisions, latest, number, data):
            raise self._conflict(image, rater, made, _told(revisions.latest()), revision)
        losses = (*made.losses, *_published(revisions, number))
        with suppress(UnsavedError):  # the version itself says all that this line would
            self._note(image, rater, action, revision=number)
        return Saved(replace(qupath.read(data), losses=losses), number)

    def _conflict(
        self, image: str, rater: str, yours: Annotations, theirs: Saved, revision: int
    ) -> ConflictError:
        title = self.session.image(image).title
        return ConflictError(
            f"{title} by {rater} was saved elsewhere meanwhile: revision {theirs.revision} is there, this "
            f"builds on {revision}. Nothing was overwritten: choose one, or put both together and save onto "
            f"{theirs.revision}.",
            yours,
            theirs.annotations,
            theirs.revision,
        )

    def _revisions(self, image: str, rater: str) -> Revisions:
        """Find the file of an image: under whichever of its names one exists, else under the first."""
        directory, who = self.session.directory, slug(rater)
        names = [layout.annotation_name(stem, who) for stem in self.session.image(image).stems]
        there = (name for name in names if os.path.lexists(os.path.join(directory, name)))
        return Revisions(directory, next(there, names[0]), self._system)

    def _note(self, image: str, rater: str, action: str, **fields: Any) -> None:
        found = self.session.image(image)
        self._journal.write(
            time=self._now(),
            sitting=self.sitting,
            rater=name_of(rater),
            image=found.stems[0],
            sha256=found.sha256,
            action=action,
            **fields,
        )

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")


def _parsed(geojson: Any) -> Annotations:
    if isinstance(geojson, Annotations):
        return geojson
    if isinstance(geojson, bytes | str):
        return qupath.read(geojson.encode() if isinstance(geojson, str) else geojson)
    return qupath.parsed(geojson)


def _told(version: Version) -> Saved:
    if not version.number:
        return Saved(Annotations(), 0)
    return Saved(qupath.read(version.data), version.number)


def _is_kept(revisions: Revisions, latest: Version, number: int, data: bytes) -> bool:
    """Make a version, and first one of what another program wrote; False if somebody was quicker."""
    try:
        return (latest.is_kept or revisions.keep(latest.number, latest.data)) and revisions.keep(number, data)
    except OSError as error:
        raise UnsavedError(f"{revisions.path} could not be saved: {os_reason(error)}.") from None


def _published(revisions: Revisions, number: int) -> tuple[Loss, ...]:
    """Bring the file up to date; where that fails, the version is saved all the same."""
    try:
        revisions.publish(number)
    except OSError as error:
        what = f"saved as revision {number}, but the file still shows an older one: {os_reason(error)}"
        return (Loss(revisions.path, what),)
    return ()


def _final(image: SessionImage, rater: str, saved: Saved) -> str:
    return (
        f"{image.title} by {rater} was submitted at {saved.submitted} and is final. "
        "Reopen it to draw on: the journal will say so."
    )
