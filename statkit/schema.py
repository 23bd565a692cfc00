"""What every field of both series means: direction, unit, good range. The one catalogue.

A direction is never guessed from a name: it comes from here, from ``statkit.toml``, or from the
caller. Good ranges are the original programs' heuristics, not validated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["max", "min"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One field of a series.

    Attributes
    ----------
    name : str
        As on disk; nested maps flattened with a dot.
    direction : {"max", "min"} or None
        Which way is better; None where neither is, or nobody has said.
    unit : str or None
        ``fraction`` (0–1), ``dB``, ``s``, ``ms``, ``GiB``, ``MiB``, ``nats``, ``px``, ``count``, …;
        None where there is none.
    kind : {"number", "bool", "text", "list"} or None
        What values the field holds; None when only the data can tell.
    good : tuple of float or None
        Lower and upper end of the range the original programs call good (project heuristic, not
        validated).
    about : str
        One line.
    """

    name: str
    direction: Direction | None = None
    unit: str | None = None
    kind: Literal["number", "bool", "text", "list"] | None = None
    good: tuple[float, float] | None = None
    about: str = ""


def _metrics(*rows: tuple[str, Direction | None, str | None, str]) -> dict[str, Metric]:
    return {name: Metric(name, way, unit, "number", None, about) for name, way, unit, about in rows}


def _kinds(kind: Literal["text", "bool"], names: str) -> dict[str, Metric]:
    return {name: Metric(name, kind=kind) for name in names.split()}


_STATISTIK: Final = {
    **_metrics(
        ("step_current", None, "count", "optimiser step when the file was written"),
        ("epoch_num", None, "count", "epoch, 1-based, restarts with the process"),
        ("step_max", None, "count", "planned number of steps"),
        ("epoch_step_current", None, "count", "step within the epoch"),
        ("epoch_step_total", None, "count", "steps per epoch"),
        ("learning_rate_value", None, None, "learning rate"),
        ("total_loss_value", "min", None, "weighted sum of the losses, EMA 0.95"),
        ("l1_loss_value", "min", None, "L1 loss, EMA 0.95"),
        ("ms_loss_value", "min", None, "multi-scale loss, EMA 0.95"),
        ("gradient_loss_value", "min", None, "gradient loss, EMA 0.95"),
        ("perceptual_loss_value", "min", None, "perceptual loss, EMA 0.95"),
        ("l1_weight_current", None, None, "weight of the L1 loss"),
        ("ms_weight_current", None, None, "weight of the multi-scale loss"),
        ("gradient_weight_current", None, None, "weight of the gradient loss"),
        ("perceptual_weight_current", None, None, "weight of the perceptual loss"),
        ("gradient_clip_val", None, None, "norm at which gradients are clipped"),
        ("adaptive_cooldown_remaining", None, "count", "steps of cooldown left"),
        ("adaptive_plateau_counter", None, "count", "steps without progress"),
        ("adaptive_perceptual_trend", None, None, "trend of the perceptual loss"),
        ("quality_lr_value", "max", "fraction", "quality of the bilinear low-resolution image"),
        ("quality_ki_value", "max", "fraction", "quality of the network's image"),
        ("quality_improvement_value", "max", "fraction", "KI over LR; the definition depends on the version"),
        ("quality_ki_to_gt_value", None, "fraction", "KI to ground truth; sign depends on the version"),
        ("quality_lr_to_gt_value", None, "fraction", "LR to ground truth; sign depends on the version"),
        ("validation_loss_value", "min", None, "loss on the validation images"),
        ("best_quality_ever", "max", "fraction", "best KI quality the process remembers; restarts with it"),
        ("iteration_duration", "min", "s", "time of one optimiser step"),
        ("vram_usage_gb", "min", "GiB", "device memory in use"),
        ("adam_momentum_avg", None, None, "mean L2 norm of Adam's first moments"),
        ("layer_activity_peak_value", None, None, "largest layer activity"),
        ("last_update_time", None, "s", "unix time of the last update, UTC"),
        ("tensorboard_port", None, None, "port of TensorBoard"),
        # the second schema under the same prefix
        ("step", None, "count", "global optimiser step"),
        ("epoch", None, "count", "epoch"),
        ("total_loss", "min", None, "weighted sum of the losses"),
        ("l1_loss", "min", None, "L1 loss"),
        ("ms_loss", "min", None, "multi-scale loss"),
        ("gradient_loss", "min", None, "gradient loss"),
        ("perceptual_loss", "min", None, "perceptual loss"),
        ("quality_ki", "max", "fraction", "quality of the network's image"),
        ("quality_lr", "max", "fraction", "quality of the low-resolution image"),
        ("learning_rate", None, None, "learning rate"),
        ("plateau_counter", None, "count", "steps without progress"),
        ("val_loss", "min", None, "loss on the validation images"),
        ("lr_quality", "max", "fraction", "quality of the low-resolution image"),
        ("ki_quality", "max", "fraction", "quality of the network's image"),
        ("improvement", "max", "fraction", "KI over LR; the definition depends on the version"),
        ("ki_to_gt", None, "fraction", "KI to ground truth"),
        ("lr_to_gt", None, "fraction", "LR to ground truth"),
        ("lr_psnr", "max", "dB", "PSNR of the low-resolution image"),
        ("ki_psnr", "max", "dB", "PSNR of the network's image"),
        ("lr_ssim", "max", None, "SSIM of the low-resolution image"),
        ("ki_ssim", "max", None, "SSIM of the network's image"),
        # the nested log of the original page
        ("losses.total", "min", None, "weighted sum of the losses"),
        ("losses.l1", "min", None, "L1 loss"),
        ("losses.ms", "min", None, "multi-scale loss"),
        ("losses.gradient", "min", None, "gradient loss"),
        ("losses.perceptual", "min", None, "perceptual loss"),
        ("quality.lr", "max", "fraction", "quality of the low-resolution image"),
        ("quality.ki", "max", "fraction", "quality of the network's image"),
        ("quality.improvement", "max", "fraction", "KI over LR"),
        ("quality.best_ever", "max", "fraction", "best KI quality the process remembers"),
        ("performance.iteration_duration", "min", "s", "time of one optimiser step"),
        ("performance.vram_usage_gb", "min", "GiB", "device memory in use"),
        # derived here, never written by a trainer
        ("quality_gain_abs", "max", "fraction", "KI − LR"),
        ("quality_gain_rel", "max", "fraction", "(KI − LR) / LR"),
        ("quality_gap_closed", "max", "fraction", "(KI − LR) / (1 − LR): share of the error removed"),
        ("quality_running_best", "max", "fraction", "best KI quality up to this step, recomputed"),
    ),
    **_kinds(
        "text",
        "lr_phase_name adaptive_mode eta_total_formatted eta_epoch_formatted local_ip_address "
        "adaptive.mode timestamp",
    ),
    **_kinds(
        "bool",
        "adaptive_is_cooldown adaptive_lr_boost_available training_active validation_running "
        "training_paused adaptive.cooldown has_validation_data",
    ),
}

_BATCH: Final = {
    **_metrics(
        ("batch_idx", None, "count", "position within a phase of an epoch"),
        ("global_step", None, "count", "optimiser step"),
        ("loss", "min", None, "loss of the batch"),
        ("mse", "min", None, "mean squared error of the reconstruction"),
        ("psnr", "max", "dB", "peak signal-to-noise ratio, mean over images"),
        ("training_time_ms", "min", "ms", "time of one training step"),
        ("inference_time_ms", "min", "ms", "time of one forward pass"),
        ("analysis_time_ms", "min", "ms", "host time spent in the analyzer"),
        ("memory_usage_mb", "min", "MiB", "device memory"),
        ("memory_mb", "min", "MiB", "device memory"),
    ),
    "ssim": Metric("ssim", "max", None, "number", (0.8, 1.0), "structural similarity"),
    "attention_layers": Metric("attention_layers", kind="list", about="names of the hooked layers"),
    "phase": Metric("phase", kind="text"),
}

#: Attention metrics by the part of the key after the layer's name. No direction: a band is no quality.
ATTENTION: Final = {
    name: Metric(name, None, unit, "number", good)
    for name, unit, good in (
        ("mean_attention", None, None),
        ("std_attention", None, None),
        ("max_attention", None, None),
        ("min_attention", None, None),
        ("attention_entropy", "nats", (2.0, 4.0)),
        ("attention_entropy_full_nats", "nats", None),
        ("attention_entropy_full_bits", "bits", None),
        ("attention_entropy_norm", "fraction", None),
        ("attention_effective_cells", "count", None),
        ("attention_kurtosis", None, None),
        ("attention_skewness", None, None),
        ("attention_sparsity", "fraction", (0.3, 0.7)),
        ("attention_gini", "fraction", None),
        ("attention_hoyer", "fraction", None),
        ("attention_concentration_10", "fraction", (0.2, 0.6)),
        ("attention_concentration_20", "fraction", None),
        ("attention_center_y", None, None),
        ("attention_center_x", None, None),
        ("attention_center_distance", "fraction", None),
        ("attention_radial_mean", "fraction", None),
        ("attention_spatial_variance", "px²", None),
        ("attention_spatial_std", "px", None),
        ("attention_spatial_variance_norm", None, None),
        ("attention_contrast", "fraction", None),
        ("attention_nonfinite_fraction", "fraction", None),
        ("attention_flat_fraction", "fraction", None),
        ("num_attention_peaks", "count", (1.0, 5.0)),
        ("peak_separation_mean", None, None),
        ("peak_intensity_mean", None, None),
        ("peak_coverage", "fraction", None),
    )
}

#: Every field of both series by name.
CATALOGUE: Final = _STATISTIK | _BATCH

#: The metric a command takes when none is named; the first that holds a number wins.
DEFAULT_TREND: Final = {
    "validation": ("quality_improvement_value", "improvement", "quality.improvement"),
    "batch": ("loss",),
}
DEFAULT_BEST: Final = {
    "validation": ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki"),
    "batch": ("loss",),
}

#: Fields that are 0.0 before the first validation has run.
VALIDATION_FIELDS: Final = (
    "quality_lr_value",
    "quality_ki_value",
    "quality_improvement_value",
    "quality_ki_to_gt_value",
    "quality_lr_to_gt_value",
    "validation_loss_value",
    "best_quality_ever",
)

#: What is computed from the two qualities, beside what the file says.
DERIVED_FIELDS: Final = ("quality_gain_abs", "quality_gain_rel", "quality_gap_closed", "quality_running_best")

#: Fields that are 0.0 in an empty update.
LOSS_FIELDS: Final = (
    "total_loss_value",
    "l1_loss_value",
    "ms_loss_value",
    "gradient_loss_value",
    "perceptual_loss_value",
)

#: Qualities for which an exact 1.0 is more often a clipped NaN than a perfect image.
QUALITY_FIELDS: Final = ("quality_lr_value", "quality_ki_value", "ki_quality", "lr_quality", "quality_ki")

LAYER_MAP: Final = "layer_activity_map"
LAYER_PREFIX: Final = LAYER_MAP + "."


def lookup(name: str) -> Metric:
    """Find what the catalogue knows of a field; an unknown one has no direction and no unit."""
    known = CATALOGUE.get(name) or ATTENTION.get(name)
    if known is not None:
        return known
    if name.startswith(LAYER_PREFIX):
        return Metric(name, None, None, "number", None, "activity of one layer")
    parts = split_attention(name)
    if parts is not None:
        found = ATTENTION[parts[1]]
        return Metric(name, None, found.unit, "number", found.good, f"{parts[1]} of layer {parts[0]}")
    return Metric(name)


_LONGEST_FIRST: Final = sorted(ATTENTION, key=len, reverse=True)


def split_attention(name: str) -> tuple[str, str] | None:
    """Split ``attention_<layer>_<metric>`` into layer and metric, the longest known metric winning."""
    if not name.startswith("attention_"):
        return None
    rest = name.removeprefix("attention_")
    for metric in _LONGEST_FIRST:
        layer = rest.removesuffix("_" + metric)
        if layer != rest and layer:
            return layer, metric
    return None


def split_summary_key(key: str) -> tuple[str, str] | None:
    """Split a summary's ``<metric>_<statistic>`` into both.

    ``peak_separation_mean_mean`` is the mean of ``peak_separation_mean``; a key that is itself a
    known metric (``peak_separation_mean``) is no summary.
    """
    for statistic in ("mean", "std", "min", "max"):
        metric = key.removesuffix("_" + statistic)
        if metric == key:
            continue
        if lookup(key).kind == "number" and lookup(metric).kind != "number":
            return None
        if lookup(metric).kind == "number":
            return metric, statistic
    return None
