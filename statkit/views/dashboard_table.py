"""Which pictures were drawn, and what they are made of, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from statkit.views.table import OPTIONAL, Table, words


def dashboard_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One row a picture, with the panels it could not fill."""
    return Table(
        [
            words("picture", [row["picture"] for row in rows], give=0),
            words("made of", [row["origin"] for row in rows], give=OPTIONAL),
            words("panels missing", [", ".join(row["missing"]) or "none" for row in rows], give=1),
        ]
    )
