"""What is measured of one batch: on the device when it comes, on the host when it has arrived.

`measured` queues a few operations and one copy, and waits for nothing; `Measurement.complete` turns
what arrived into the values of a record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor

from statkit.analysis.attention import attention_metrics_of_batch
from statkit.training import quality
from statkit.training.capture import LayerMaps
from statkit.training.guard import Guard
from statkit.training.pixels import error_image, picture, pictures
from statkit.training.ports import Array, Parcel, Port
from statkit.training.settings import Settings

#: Peaks are looked for at once in a batch of so many cells (B·H·W, about 15 ms); in more, by the worker.
MOST_CELLS: Final = 65_536

#: What is then null in the record, and comes with the dashboard.
PEAK_METRICS: Final = ("num_attention_peaks", "peak_separation_mean", "peak_intensity_mean")

#: What the names of several images in one array begin with.
SAMPLES: Final = "samples/"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """One batch as the training hands it over.

    Attributes
    ----------
    given, made, target : Tensor or other
        Input, output, and what the output should be.
    loss : Tensor or float or None
        A tensor is never read here.
    detailed, dashboard : bool
        What is asked for.
    """

    given: Any
    made: Any
    target: Any
    loss: Any
    detailed: bool
    dashboard: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Measurement:
    """The values of one batch, perhaps on their way.

    Attributes
    ----------
    scalars : list of str
        Names of the numbers in the first array of the parcel.
    layers : list of LayerMaps
        Whose maps follow.
    images : list of str
        Names of the pictures that follow; ``error`` is the error map, ``samples/target`` or
        ``samples/input`` several images in one array, by what they show.
    parcel : Parcel
        What is on its way.
    known : dict
        Values that need not travel.
    arrived : dict of str to array
        Maps by ``attention/<layer>``, and pictures, once `complete` has run.
    """

    scalars: list[str]
    layers: list[LayerMaps]
    images: list[str]
    parcel: Parcel
    known: dict[str, Any]
    arrived: dict[str, NDArray[Any]] = field(default_factory=dict)

    def complete(self, guard: Guard) -> dict[str, Any]:
        """Give the record's values; the parcel is ready."""
        arrays = iter(self.parcel.arrays())
        values = dict(self.known)
        if self.scalars:
            values |= zip(self.scalars, next(arrays).tolist(), strict=True)
        for layer in self.layers:
            maps = next(arrays)
            self.arrived[f"attention/{layer.name}"] = maps
            with guard.part("attention metrics"):
                values |= _attention(layer.name, maps)
        self.arrived |= zip(self.images, arrays, strict=True)
        return values


def _attention(layer: str, maps: Array) -> dict[str, Any]:
    at_once = maps.size <= MOST_CELLS
    found = attention_metrics_of_batch(maps, peaks=at_once)
    if not at_once:
        found |= dict.fromkeys(PEAK_METRICS)
    return {f"attention_{layer}_{name}": value for name, value in found.items()}


def measured(
    batch: Batch,
    layers: list[LayerMaps],
    port: Port,
    guard: Guard,
    settings: Settings,
) -> Measurement:
    """Measure what a batch is due for, and send it on its way.

    Parameters
    ----------
    batch : Batch
        The tensors and what is asked.
    layers : list of LayerMaps
        What the hooks took in its forward.
    port : Port
        The way to the host.
    guard : Guard
        Takes what fails; the other parts go on.
    settings : Settings
        Range, pictures, and whether pixels may be kept.
    """
    known: dict[str, Any] = {"loss": None, "mse": None, "psnr": None, "ssim": None}
    scalars: dict[str, Tensor] = {}
    images: dict[str, Tensor] = {}
    with guard.part("loss"):
        _take_loss(batch, known, scalars)
    if is_pair(batch.made, batch.target):
        with guard.part("reconstruction quality"):
            _take_quality(batch, settings.span, scalars)
    if batch.dashboard:
        with guard.part("pictures"):
            images = _pictures(batch, settings)
    vector = [torch.stack(list(scalars.values()))] if scalars else []
    parcel = port.send([*vector, *(layer.maps for layer in layers), *images.values()])
    return Measurement(scalars=list(scalars), layers=layers, images=list(images), parcel=parcel, known=known)


def is_pair(made: Any, target: Any) -> bool:
    """Tell whether output and target can be compared: batches of one shape, with elements."""
    if not isinstance(made, Tensor) or not isinstance(target, Tensor):
        return False
    return made.shape == target.shape and made.ndim >= 2 and made.numel() > 0


def _take_loss(batch: Batch, known: dict[str, Any], scalars: dict[str, Tensor]) -> None:
    loss = batch.loss
    if not isinstance(loss, Tensor):
        known["loss"] = None if loss is None else float(loss)
        return
    single = loss.detach()
    single = single if single.ndim == 0 else single.mean()
    if isinstance(batch.made, Tensor) and batch.made.device != single.device and not single.is_cuda:
        known["loss"] = float(single)  # on the host already
    else:
        scalars["loss"] = single.to(_wide(single))


def _take_quality(batch: Batch, data_range: float, scalars: dict[str, Tensor]) -> None:
    scalars["mse"], scalars["psnr"] = quality.mse_and_psnr(batch.made, batch.target, data_range)
    if batch.detailed and batch.made.ndim == 4:
        similarity = quality.ssim(batch.made, batch.target, data_range)
        if similarity is not None:
            scalars["ssim"] = similarity


def _pictures(batch: Batch, settings: Settings) -> dict[str, Tensor]:
    images: dict[str, Tensor] = {}
    if settings.store_images:
        shown = {"input": batch.given, "output": batch.made}
        if batch.target is not batch.given:
            shown["target"] = batch.target
        for name, tensor in shown.items():
            if isinstance(tensor, Tensor):
                image = picture(tensor, settings.span, settings.denormalize)
                images |= {} if image is None else {name: image}
    if settings.pathology is not None:
        images |= _samples(batch, settings, settings.pathology.samples)
    if is_pair(batch.made, batch.target) and batch.made.ndim == 4:
        images["error"] = error_image(batch.made, batch.target)
    return images


def _samples(batch: Batch, settings: Settings, most: int) -> dict[str, Tensor]:
    """Take the images whose tissue is looked at: the clean ones of a denoiser, else what went in."""
    clean = batch.target is not batch.given and is_pair(batch.target, batch.given)
    source = batch.target if clean else batch.given
    images = (
        pictures(source, most, settings.span, settings.denormalize) if isinstance(source, Tensor) else None
    )
    return {} if images is None else {SAMPLES + ("target" if clean else "input"): images}


def _wide(value: Tensor) -> torch.dtype:
    return torch.float32 if value.device.type == "mps" else torch.float64
