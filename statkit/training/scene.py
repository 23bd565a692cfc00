"""A batch's dashboard: what arrived of it, put together as the panels that are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit import layout
from statkit.analysis.attention import peak_metrics_of_batch
from statkit.analysis.progress import Progress
from statkit.training.dashboard import Dashboard
from statkit.training.measurement import SAMPLES

if TYPE_CHECKING:
    from statkit.views.panels import Panels

_ATTENTION: Final = "attention/"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Where a dashboard stands.

    Attributes
    ----------
    phase : str
        ``train`` or ``val``.
    number : int
        Batches of the phase so far: the number in the file's name.
    meta : mapping
        ``data_range``, ``kinds``, ``sample_ids``, …: see `Panels.meta`.
    tissue : mapping or None
        What the sidecar says of the images it keeps for their tissue; None where it keeps none.
    """

    phase: str
    number: int
    meta: Mapping[str, Any]
    tissue: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The picture's file name."""
        return layout.batch_image_name(self.phase, self.number)

    def dashboard(
        self, arrived: Mapping[str, NDArray[Any]], record: dict[str, Any], progress: Progress
    ) -> Dashboard:
        """Make the dashboard of a batch whose values have arrived.

        Parameters
        ----------
        arrived : mapping of str to array
            As `Measurement.arrived`.
        record : dict
            The batch's record; peaks that were left out come into it when they are computed.
        progress : Progress
            The curves up to this batch.
        """

        def panels() -> Panels:
            from statkit.views.panels import Panels

            maps = {
                name.removeprefix(_ATTENTION): a for name, a in arrived.items() if name.startswith(_ATTENTION)
            }
            record.update(_late_peaks(maps, record))
            return Panels(
                phase=self.phase,
                number=self.number,
                epoch=record.get("epoch"),
                step=record.get("global_step"),
                batch_index=_index(record.get("batch_idx")),
                images={n: a for n, a in arrived.items() if _is_picture(n)},
                error=arrived.get("error"),
                attention={layer: np.array(batch[0]) for layer, batch in maps.items()},
                record=dict(record),
                meta=dict(self.meta) | self._tissue(arrived),
                progress=progress,
            )

        size = sum(array.nbytes for array in arrived.values())
        return Dashboard(name=self.name, panels=panels, beside=_samples(arrived), size=size, record=record)

    def _tissue(self, arrived: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        shown = next((name for name in arrived if name.startswith(SAMPLES)), None)
        if shown is None or self.tissue is None:
            return {}
        return {"samples": {"of": shown.removeprefix(SAMPLES), **self.tissue}}


def _is_picture(name: str) -> bool:
    return name != "error" and not name.startswith((_ATTENTION, SAMPLES))


def _samples(arrived: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give the images kept for their tissue, and the attention of each, numbered as the layers are."""
    images = next((array for name, array in arrived.items() if name.startswith(SAMPLES)), None)
    if images is None:
        return {}
    maps = [array for name, array in arrived.items() if name.startswith(_ATTENTION)]
    kept = {
        f"samples/attention/{n}": np.ascontiguousarray(each[: len(images)]) for n, each in enumerate(maps)
    }
    return {"samples/images": images} | kept


def _late_peaks(maps: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> dict[str, Any]:
    """Look for peaks in maps that were too large for it while the training waited."""
    found: dict[str, Any] = {}
    for layer, batch in maps.items():
        if record.get(f"attention_{layer}_num_attention_peaks") is None:
            found |= {f"attention_{layer}_{k}": v for k, v in peak_metrics_of_batch(batch).items()}
    return found


def _index(value: Any) -> int | None:
    return value if type(value) is int else None
