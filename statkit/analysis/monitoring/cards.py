"""The cards of a run: what its last record says, grouped as the page shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from statkit.analysis.bands import BANDS
from statkit.analysis.monitoring.titles import titles_of
from statkit.analysis.result import Result
from statkit.records import is_number
from statkit.schema import Metric, split_attention

Record = Mapping[str, Any]
Known = Callable[[str], Metric]

#: The stems of losses, and how files spell a loss and its weight.
_STEMS: Final = ("total", "l1", "ms", "gradient", "perceptual")
_LOSS: Final = ("{}_loss_value", "{}_loss", "losses.{}")
_WEIGHT: Final = ("{}_weight_current", "{}_weight", "weights.{}")
_VALIDATION_LOSS: Final = ("validation_loss_value", "val_loss")
_OF_BATCHES: Final = ("loss", "mse", "ssim", "psnr")

_RATE: Final = ("learning_rate_value", "learning_rate", "lr")
_RATE_PHASE: Final = ("lr_phase_name",)

QUALITY: Final = {
    "lr": ("quality_lr_value", "lr_quality", "quality_lr", "quality.lr"),
    "ki": ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki"),
    "improvement": ("quality_improvement_value", "improvement", "quality.improvement"),
}

#: The original page's marks on the plateau counter.
PLATEAU_RAISED: Final = 150
PLATEAU_WARNING: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard(Result):
    """The latest value of a loss or a batch metric.

    Attributes
    ----------
    metric, title, title_de : str
        The field, and what people call it.
    phase : str or None
        Of the record, where the series has phases.
    value : float or None
        None where it is missing or not finite.
    weight : float or None
        The weight by which a loss goes into the total.
    good : tuple of float or None
        The range the original programs call good.
    """

    metric: str
    title: str
    title_de: str
    phase: str | None
    value: float | None
    weight: float | None
    good: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionCard(Result):
    """An attention metric with the original programs' band (a heuristic, never validated).

    Attributes
    ----------
    metric, title, title_de, layer : str
        The field, what people call it, and the layer it is of.
    phase : str or None
        Of the record.
    value : float or None
        None where it is missing or not finite.
    low, high : float
        The band; both ends belong to it.
    word : str
        On which side the value lies.
    """

    metric: str
    title: str
    title_de: str
    layer: str
    phase: str | None
    value: float | None
    low: float
    high: float
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive(Result):
    """The state of the adaptive controller, as its fields say; None where one is missing.

    Attributes
    ----------
    mode : str or None
        ``Stable`` or ``Aggressive``.
    cooldown : bool or None
        Whether it cools down, ``cooldown_remaining`` steps more.
    plateau : float or None
        Steps without progress.
    plateau_level : {"normal", "raised", "warning"} or None
        The original page's marks: above 150, above 300.
    boost_available : bool or None
        Whether the learning rate may be boosted.
    perceptual_trend, clip : float or None
        Trend of the perceptual loss; norm at which gradients are clipped.
    """

    mode: str | None
    cooldown: bool | None
    cooldown_remaining: float | None
    plateau: float | None
    plateau_level: Literal["normal", "raised", "warning"] | None
    boost_available: bool | None
    perceptual_trend: float | None
    clip: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Result):
    """What a step costs: seconds, GiB of device memory, and Adam's mean momentum (L2 norm)."""

    step_s: float | None
    memory_gib: float | None
    adam_momentum: float | None


def number(value: Any) -> float | None:
    """Give a finite number as it is, anything else as None."""
    return value if is_number(value) and math.isfinite(value) else None


def first(record: Record, names: tuple[str, ...]) -> str | None:
    """Name the first field of some spellings that a record has."""
    return next((name for name in names if record.get(name) is not None), None)


def loss_cards(record: Record, phase: str | None, known: Known) -> tuple[MetricCard, ...]:
    """Make the cards of the losses of a snapshot, total first, or of the metrics of a batch record."""
    found = []
    for stem in _STEMS:
        name = first(record, tuple(spelling.format(stem) for spelling in _LOSS))
        weight = first(record, tuple(spelling.format(stem) for spelling in _WEIGHT))
        if name is not None:
            found.append(_card(name, record, phase, known, record.get(weight) if weight else None))
    names = (first(record, _VALIDATION_LOSS), *(name for name in _OF_BATCHES if name in record))
    found += [_card(name, record, phase, known, None) for name in names if name is not None]
    return tuple(found)


def _card(name: str, record: Record, phase: str | None, known: Known, weight: Any) -> MetricCard:
    english, german = titles_of(name)
    return MetricCard(
        metric=name,
        title=english,
        title_de=german,
        phase=phase,
        value=number(record.get(name)),
        weight=number(weight),
        good=known(name).good,
    )


def attention_cards(record: Record, phase: str | None) -> tuple[AttentionCard, ...]:
    """Make the cards of the attention metrics that have a band, layer by layer."""
    found = []
    for name, value in record.items():
        layer, metric = split_attention(name) or ("", "")
        band = BANDS.get(metric)
        if band is None:
            continue
        shown = number(value)
        english, german = titles_of(name)
        found.append(
            AttentionCard(
                metric=name,
                title=english,
                title_de=german,
                layer=layer,
                phase=phase,
                value=shown,
                low=band.low,
                high=band.high,
                word=band.word(shown if shown is not None else math.nan),
            )
        )
    return tuple(found)


def adaptive_of(record: Record) -> Adaptive | None:
    """Read the state of the adaptive controller; None for a run without one."""
    if not any(name.startswith(("adaptive_", "adaptive.")) or name == "plateau_counter" for name in record):
        return None
    plateau = number(
        _either(record, "adaptive_plateau_counter", "plateau_counter", "adaptive.plateau_counter")
    )
    return Adaptive(
        mode=_text(_either(record, "adaptive_mode", "adaptive.mode")),
        cooldown=_flag(_either(record, "adaptive_is_cooldown", "adaptive.cooldown")),
        cooldown_remaining=number(record.get("adaptive_cooldown_remaining")),
        plateau=plateau,
        plateau_level=_level(plateau),
        boost_available=_flag(record.get("adaptive_lr_boost_available")),
        perceptual_trend=number(record.get("adaptive_perceptual_trend")),
        clip=number(record.get("gradient_clip_val")),
    )


def _level(plateau: float | None) -> Literal["normal", "raised", "warning"] | None:
    if plateau is None:
        return None
    if plateau > PLATEAU_WARNING:
        return "warning"
    return "raised" if plateau > PLATEAU_RAISED else "normal"


def rate_of(record: Record) -> tuple[float | None, str | None]:
    """Read the learning rate and the name of its phase."""
    return number(_either(record, *_RATE)), _text(_either(record, *_RATE_PHASE))


def resources_of(record: Record) -> Resources:
    """Read what a step costs."""
    return Resources(
        step_s=number(_either(record, "iteration_duration", "performance.iteration_duration")),
        memory_gib=number(_either(record, "vram_usage_gb", "performance.vram_usage_gb")),
        adam_momentum=number(record.get("adam_momentum_avg")),
    )


def _either(record: Record, *names: str) -> Any:
    name = first(record, names)
    return record[name] if name is not None else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
