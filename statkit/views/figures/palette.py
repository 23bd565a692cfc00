"""A colour and a dash for each run, kept over every panel; apart for colour-blind eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit.views.panel_progress import PHASES

#: Okabe and Ito 2008, "Color Universal Design", the yellow left out: it is too faint for a line on white.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")

DASHES: Final[tuple[Any, ...]] = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (5, 1.4, 1.2, 1.4)))

#: Runs beyond these cannot be told apart by colour and dash.
MOST: Final = len(COLOURS) * len(DASHES)


@dataclass(frozen=True, slots=True)
class Pen:
    """How one curve is drawn."""

    colour: str
    dash: Any = "solid"


class Palette:
    """Pens by run or group, and phase.

    Parameters
    ----------
    sides : sequence of str
        Runs and groups, in order.
    phases : sequence of str
        The phases that are drawn; with a single side they have the colours, else dashes.
    """

    def __init__(self, sides: Sequence[str], phases: Sequence[str] = ()) -> None:
        self.sides = {side: place for place, side in enumerate(sides)}
        self.phases = list(phases)
        self.by_phase = len(self.sides) == 1 and len(self.phases) > 1

    def pen(self, side: str, phase: str | None = None) -> Pen:
        """Give the pen of a curve."""
        if self.by_phase and phase is not None:
            return Pen(PHASES.get(phase, COLOURS[2]))
        place = self.sides[side]
        dash = DASHES[place // len(COLOURS) % len(DASHES)]
        if len(self.phases) > 1 and phase is not None:
            dash = DASHES[self.phases.index(phase) % len(DASHES)]
        return Pen(COLOURS[place % len(COLOURS)], dash)
