"""Records whose values are on their way from the device, completed in the order of their batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from statkit.training.guard import Guard
from statkit.training.measurement import Measurement
from statkit.training.ports import Port
from statkit.training.scene import Scene

#: Seconds that the end of an epoch, or of the run, waits for a value.
ARRIVAL_SECONDS: Final = 60.0


@dataclass(slots=True, kw_only=True, eq=False)
class Arrival:
    """One batch on its way.

    Attributes
    ----------
    record : dict
        Gets the values.
    measurement : Measurement
        Brings them.
    port : Port
        Over which.
    marks : tuple or None
        Beginning and end of the forward, on the device's clock.
    scene : Scene or None
        The dashboard to be made of it.
    keep : bool
        Whether the record is to be written; one that is only drawn was written before.
    """

    record: dict[str, Any]
    measurement: Measurement
    port: Port
    marks: tuple[Any, Any] | None = None
    scene: Scene | None = None
    keep: bool = True


class Arrivals:
    """The batches on their way.

    Parameters
    ----------
    complete : callable
        Takes an arrival whose values are in its record.
    guard : Guard
        Takes what fails.
    """

    def __init__(self, complete: Callable[[Arrival], None], guard: Guard) -> None:
        self._complete = complete
        self._guard = guard
        self._waiting: deque[Arrival] = deque()

    def expect(self, arrival: Arrival) -> None:
        """Take a batch that has been sent on its way."""
        self._waiting.append(arrival)
        self.settle()

    def expects_picture(self, name: str) -> bool:
        """Tell whether a dashboard of that name is on its way."""
        return any(each.scene is not None and each.scene.name == name for each in self._waiting)

    def settle(self, *, wait: bool = False) -> None:
        """Complete what has arrived, in order; with ``wait``, everything."""
        while self._waiting:
            parcel = self._waiting[0].measurement.parcel
            if not (parcel.wait(ARRIVAL_SECONDS) if wait else parcel.ready()):
                if wait:
                    self._guard.once("arrival", f"⚠️  No answer from the device for {ARRIVAL_SECONDS:g} s")
                return
            with self._guard.part("record"):
                self._settle(self._waiting.popleft())

    def _settle(self, arrival: Arrival) -> None:
        with self._guard.part("values"):
            values = arrival.measurement.complete(self._guard)
            if arrival.keep:
                arrival.record.update(values)
        with self._guard.part("times"):
            if arrival.marks is not None:
                arrival.record["inference_time_ms"] = arrival.port.milliseconds(*arrival.marks)
        self._complete(arrival)
