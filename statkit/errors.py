"""What can go wrong, as one tree.

::

    StatkitError
      SourceError     RunNotFoundError (FileNotFoundError), UnknownFormatError, MalformedFileError
      MetricError     MetricNotFoundError (KeyError), DirectionUnknownError, EmptySeriesError
      QueryError      MissingExtraError (ImportError)
    StatkitWarning    SkippedFileWarning, DuplicateStepWarning, NonFiniteWarning, SupersededWarning

Every message says what was found, what was possible, and what to do. Facts a caller may want
(the path, the metric, the names that exist) are attributes, so nobody has to parse a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class StatkitError(Exception):
    """The root: catch this to catch everything statkit raises on purpose."""

    def __str__(self) -> str:  # KeyError would show the repr
        return str(self.args[0]) if self.args else ""


class SourceError(StatkitError):
    """Files could not be turned into a run.

    Attributes
    ----------
    path : str
        The file or directory that was asked for.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class RunNotFoundError(SourceError, FileNotFoundError):
    """Nothing at that path, or nothing there that is a run."""


class UnknownFormatError(SourceError):
    """Files were found, but no source claims them."""


class TruncatedFileError(SourceError):
    """A file that ends in the middle: still being written, or cut short."""


class MalformedFileError(SourceError):
    """A file that is damaged: not what its format promises."""


class MetricError(StatkitError):
    """A metric could not be used.

    Attributes
    ----------
    metric : str
        The metric that was asked for.
    """

    def __init__(self, message: str, metric: str = "") -> None:
        super().__init__(message)
        self.metric = metric


class MetricNotFoundError(MetricError, KeyError):
    """No such metric in the run; the message offers the nearest names.

    Attributes
    ----------
    available : tuple of str
        Every metric that exists.
    """

    def __init__(self, metric: str, available: Iterable[str], where: str = "this run") -> None:
        from difflib import get_close_matches

        self.available: tuple[str, ...] = tuple(available)
        near = get_close_matches(metric, self.available, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"It has: {shortened(self.available)}."
        super().__init__(f"No metric {metric!r} in {where}. {hint}", metric)


class DirectionUnknownError(MetricError):
    """Whether high or low is good is not known for this metric."""

    def __init__(self, metric: str) -> None:
        super().__init__(
            f"Whether high or low is good is not known for {metric!r}. "
            f"Say --max or --min, or name it in statkit.toml.",
            metric,
        )


class EmptySeriesError(MetricError):
    """The metric exists but holds no number."""


class QueryError(StatkitError):
    """A filter that does not compile, or fails on a record."""


class MissingExtraError(StatkitError, ImportError):
    """An optional package is missing.

    Attributes
    ----------
    mend : str
        The pip line that installs it.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} is not installed. Run: {mend}")
        self.mend = mend


class UsageError(StatkitError):
    """Options that contradict each other, or groups that overlap."""


class StatkitWarning(UserWarning):
    """The root of all warnings about data."""


class SkippedFileWarning(StatkitWarning):
    """A file was left out: truncated, damaged, unreadable."""


class DuplicateStepWarning(StatkitWarning):
    """Two records claim the same place; one was kept."""


class NonFiniteWarning(StatkitWarning):
    """NaN or infinity in a metric."""


class SupersededWarning(StatkitWarning):
    """Rows or files replaced by newer ones were left out."""


def shortened(names: Sequence[str], most: int = 12) -> str:
    """Join names for a message, the first ``most`` of them."""
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
