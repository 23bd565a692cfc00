"""The gallery: the cells of ``notebooks/04_figures.ipynb``, run, with what they draw and print.

Run by Sphinx when the documentation is built; by hand: ``python docs/build_gallery.py``.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import logging
import os
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
NOTEBOOK = DOCS.parent / "notebooks" / "04_figures.ipynb"


def build(place: Path = DOCS / "gallery") -> Path:
    """Write ``index.md`` and its pictures into a directory.

    Returns
    -------
    Path
        The page.
    """
    import matplotlib

    matplotlib.use("Agg")
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # Sphinx would print what it subsets
    place.mkdir(exist_ok=True)
    names: dict[str, Any] = {}
    page: list[str] = []
    pictures = 0
    with contextlib.chdir(NOTEBOOK.parent):
        for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                page.append(text)
                continue
            page.append(f"```python\n{text}\n```")
            printed, drawn = _run(text, names)
            if printed:
                page.append(f"```text\n{printed.rstrip()}\n```")
            for data in drawn:
                pictures += 1
                picture = place / f"{pictures:02}.png"
                picture.write_bytes(data)
                page.append(f"![What the cell above draws]({picture.name})")
    index = place / "index.md"
    index.write_text("\n\n".join(page) + "\n", "utf-8")
    return index


def _run(text: str, names: dict[str, Any]) -> tuple[str, list[bytes]]:
    """Run one cell; give what it printed, and the pictures it made: its last value, and open figures."""
    tree = ast.parse(text)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, str(NOTEBOOK), "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)
    drawn = [value._repr_png_()] if hasattr(value, "_repr_png_") else []
    return printed.getvalue(), drawn + _open_figures(names)


def _open_figures(names: dict[str, Any]) -> list[bytes]:
    if "plt" not in names:
        return []
    pictures = []
    for number in names["plt"].get_fignums():
        stream = io.BytesIO()
        names["plt"].figure(number).savefig(stream, format="png", metadata={"Software": None})
        pictures.append(stream.getvalue())
    names["plt"].close("all")
    return pictures


if __name__ == "__main__":
    print(os.path.relpath(build()))
