"""A figure as the bytes of a file: the same figure, the same bytes; no date, no machine's name."""

from __future__ import annotations

import io
from typing import Any, Final, Literal, cast, get_args

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from statkit.errors import UsageError
from statkit.views import png
from statkit.views.figures.style import Style, settled

Format = Literal["png", "svg", "pdf"]

_METADATA: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Date": None, "Creator": "statkit"},
    "pdf": {"CreationDate": None, "Creator": "statkit"},
}


def format_of(name: str | None, path: str | None) -> Format:
    """Settle the format: the one named, else the ending of the file's name.

    Raises
    ------
    UsageError
        If there is neither, or it is none of png, svg and pdf.
    """
    possible = get_args(Format)
    if name is None:
        ending = (path or "").rpartition(".")[2].lower() if "." in (path or "") else ""
        if ending not in possible:
            raise UsageError(
                f"{path or 'standard output'} does not say which format: "
                f"end the name in .{', .'.join(possible)}, or name a format."
            )
        name = ending
    if name not in possible:
        raise UsageError(f"Format {name!r} is unknown. Possible: {', '.join(possible)}.")
    return cast("Format", name)


def encoded(figure: Figure, form: Format, style: Style) -> bytes:
    """Give the bytes of a figure, drawn in the style it was made in."""
    with settled(style):
        if form == "png":
            return _png(figure, style)
        stream = io.BytesIO()
        figure.savefig(stream, format=form, dpi=style.dpi, metadata=_METADATA[form])
        return stream.getvalue()


def _png(figure: Figure, style: Style) -> bytes:
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(style.dpi)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    return png.encoded(np.ascontiguousarray(pixels), style.dpi)
