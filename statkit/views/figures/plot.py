"""What `statkit.plot` gives: a figure that shows itself in a notebook and saves itself anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.views.figures.export import Format, encoded, format_of
from statkit.views.figures.style import Style
from statkit.writers.atomic import replace_file


class Plot:
    """A drawn figure and the result it shows.

    Attributes
    ----------
    result : Result
        Every number that is drawn.
    figure : matplotlib.figure.Figure
        The figure; made without pyplot, so nothing has to be closed.
    axes : list of matplotlib.axes.Axes
        One a panel.
    notes : tuple of str
        What a reader should know: the caption of a figure that is printed.
    """

    def __init__(
        self,
        result: Result,
        figure: Figure,
        axes: Sequence[Axes],
        notes: Sequence[str],
        style: Style | None,
    ) -> None:
        self.result = result
        self.figure = figure
        self.axes = list(axes)
        self.notes = tuple(notes)
        self._style = style

    def __repr__(self) -> str:
        return f"<Plot: {len(self.axes)} panel{'' if len(self.axes) == 1 else 's'}>"

    def to_bytes(self, format: Format = "png") -> bytes:
        """Give the bytes of a file: the same figure gives the same bytes.

        Parameters
        ----------
        format : {"png", "svg", "pdf"}

        Raises
        ------
        UsageError
            If it was drawn on axes of your own: their figure is yours to save.
        """
        form = format_of(format, None)
        if self._style is None:
            raise UsageError("This plot is on axes of your own: save their figure, as you do any other.")
        return encoded(self.figure, form, self._style)

    def save(self, path: str | os.PathLike[str], format: Format | None = None) -> str:
        """Write a file, whole or not at all.

        Parameters
        ----------
        path : path
            Its ending says which format, where ``format`` does not.
        format : {"png", "svg", "pdf"} or None

        Returns
        -------
        str
            The path.

        Raises
        ------
        UsageError
            If the format is unknown, or the plot is on axes of your own.
        OSError
            If the file cannot be written.
        """
        name = os.fspath(path)
        replace_file(os.path.abspath(name), [self.to_bytes(format_of(format, name))])
        return name

    def _repr_png_(self) -> bytes | None:
        return self.to_bytes("png") if self._style is not None else None

    def _repr_svg_(self) -> str | None:
        return self.to_bytes("svg").decode() if self._style is not None else None
