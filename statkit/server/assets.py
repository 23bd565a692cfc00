"""The packaged files of the page: a fixed index, made once; nothing else is served."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_MEDIA: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}

#: Where the files lie: the page's own, and the charts that reports use too.
_PLACES: Final = (("statkit.server", "static"), ("statkit.views", "static"))

#: Of the second place only what the page uses.
_CHARTS: Final = frozenset({"uPlot.iife.min.js", "uPlot.min.css", "uPlot.LICENSE"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, its media type, and a mark that changes with it."""

    data: bytes
    media: str
    etag: str


def assets() -> dict[str, Asset]:
    """Read every packaged file of the page, by name."""
    found: dict[str, Asset] = {}
    for package, place in reversed(_PLACES):
        for each in files(package).joinpath(place).iterdir():
            if each.is_file() and (package == "statkit.server" or each.name in _CHARTS):
                data = each.read_bytes()
                media = _MEDIA.get("." + each.name.rpartition(".")[2], "text/plain; charset=utf-8")
                found[each.name] = Asset(data, media, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
    return found
