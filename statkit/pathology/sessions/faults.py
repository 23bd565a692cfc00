"""Why a session refuses.

::

    StatkitError
      SessionError    UnknownImageError (KeyError), ConflictError, SubmittedError, UnsavedError
"""

from __future__ import annotations

from statkit.errors import StatkitError
from statkit.pathology.annotations.shape import Annotations


class SessionError(StatkitError):
    """The root of what an annotation session refuses."""


class UnknownImageError(SessionError, KeyError):
    """The session has no such image."""


class ConflictError(SessionError):
    """Somebody saved meanwhile: nothing was written, both versions are here.

    Attributes
    ----------
    yours : Annotations
        What was to be saved.
    theirs : Annotations
        What is saved.
    revision : int
        Of what is saved: save onto this one to go on.
    """

    def __init__(self, message: str, yours: Annotations, theirs: Annotations, revision: int) -> None:
        super().__init__(message)
        self.yours = yours
        self.theirs = theirs
        self.revision = revision


class SubmittedError(SessionError):
    """The annotations were submitted and are final; `AnnotationStore.reopen` undoes that."""


class UnsavedError(SessionError):
    """The storage refused; what was saved before is whole."""
