"""What people call the fields: in English, and in German as an option of the page."""

from __future__ import annotations

from typing import Final

from statkit.analysis.bands import BANDS
from statkit.schema import LAYER_PREFIX, split_attention

#: English and German title by the name of a field; both schemas of snapshots, batch records, derived fields.
TITLES: Final[dict[str, tuple[str, str]]] = {
    "total_loss_value": ("Total loss", "Gesamtverlust"),
    "l1_loss_value": ("L1 loss", "L1-Verlust"),
    "ms_loss_value": ("Multi-scale loss", "Multiskalen-Verlust"),
    "gradient_loss_value": ("Gradient loss", "Gradienten-Verlust"),
    "perceptual_loss_value": ("Perceptual loss", "Perzeptueller Verlust"),
    "validation_loss_value": ("Validation loss", "Validierungsverlust"),
    "l1_weight_current": ("L1 weight", "L1-Gewicht"),
    "ms_weight_current": ("Multi-scale weight", "Multiskalen-Gewicht"),
    "gradient_weight_current": ("Gradient weight", "Gradienten-Gewicht"),
    "perceptual_weight_current": ("Perceptual weight", "Perzeptuelles Gewicht"),
    "gradient_clip_val": ("Gradient clip", "Gradienten-Clipping"),
    "learning_rate_value": ("Learning rate", "Lernrate"),
    "lr_phase_name": ("Learning-rate phase", "Lernraten-Phase"),
    "quality_lr_value": ("LR quality", "LR-Qualität"),
    "quality_ki_value": ("KI quality", "KI-Qualität"),
    "quality_improvement_value": ("Improvement", "Verbesserung"),
    "quality_ki_to_gt_value": ("KI to ground truth", "KI zu Ground Truth"),
    "quality_lr_to_gt_value": ("LR to ground truth", "LR zu Ground Truth"),
    "best_quality_ever": ("Best quality (as written)", "Beste Qualität (laut Datei)"),
    "quality_gain_abs": ("KI − LR", "KI − LR"),
    "quality_gain_rel": ("(KI − LR) / LR", "(KI − LR) / LR"),
    "quality_gap_closed": ("Gap closed", "Geschlossene Lücke"),
    "quality_running_best": ("Best quality so far", "Beste Qualität bisher"),
    "adaptive_plateau_counter": ("Plateau counter", "Plateau-Zähler"),
    "adaptive_cooldown_remaining": ("Cooldown left", "Restliche Abkühlung"),
    "adaptive_perceptual_trend": ("Perceptual trend", "Perzeptueller Trend"),
    "iteration_duration": ("Time per step", "Zeit pro Schritt"),
    "vram_usage_gb": ("Device memory", "VRAM-Nutzung"),
    "adam_momentum_avg": ("Adam momentum", "Adam-Momentum"),
    "layer_activity_peak_value": ("Peak layer activity", "Höchste Layer-Aktivität"),
    "step_current": ("Step", "Schritt"),
    "step_max": ("Planned steps", "Geplante Schritte"),
    "epoch_num": ("Epoch", "Epoche"),
    "epoch_step_current": ("Step of the epoch", "Schritt der Epoche"),
    "epoch_step_total": ("Steps per epoch", "Schritte pro Epoche"),
    "last_update_time": ("Last update", "Letzte Aktualisierung"),
    "loss": ("Loss", "Verlust"),
    "mse": ("Mean squared error", "Mittlerer quadratischer Fehler"),
    "ssim": ("SSIM", "SSIM"),
    "psnr": ("PSNR", "PSNR"),
    "training_time_ms": ("Training time", "Trainingszeit"),
    "inference_time_ms": ("Inference time", "Inferenzzeit"),
    "analysis_time_ms": ("Analysis time", "Analysezeit"),
    "memory_usage_mb": ("Memory", "Speicher"),
    "memory_mb": ("Memory", "Speicher"),
}

#: Other spellings of the same fields.
_SAME: Final[dict[str, str]] = {
    "total_loss": "total_loss_value",
    "l1_loss": "l1_loss_value",
    "ms_loss": "ms_loss_value",
    "gradient_loss": "gradient_loss_value",
    "perceptual_loss": "perceptual_loss_value",
    "val_loss": "validation_loss_value",
    "learning_rate": "learning_rate_value",
    "lr": "learning_rate_value",
    "quality_ki": "quality_ki_value",
    "ki_quality": "quality_ki_value",
    "quality_lr": "quality_lr_value",
    "lr_quality": "quality_lr_value",
    "improvement": "quality_improvement_value",
    "ki_to_gt": "quality_ki_to_gt_value",
    "lr_to_gt": "quality_lr_to_gt_value",
    "plateau_counter": "adaptive_plateau_counter",
    "losses.total": "total_loss_value",
    "losses.l1": "l1_loss_value",
    "losses.ms": "ms_loss_value",
    "losses.gradient": "gradient_loss_value",
    "losses.perceptual": "perceptual_loss_value",
    "quality.lr": "quality_lr_value",
    "quality.ki": "quality_ki_value",
    "quality.improvement": "quality_improvement_value",
    "quality.best_ever": "best_quality_ever",
    "performance.iteration_duration": "iteration_duration",
    "performance.vram_usage_gb": "vram_usage_gb",
}

_GERMAN_BANDS: Final = {
    "entropy": "Entropie",
    "top 10 % share": "Anteil der oberen 10 %",
    "sparsity": "Sparsamkeit",
    "peaks": "Maxima",
}


def titles_of(field: str) -> tuple[str, str]:
    """Give the English and the German title of a field; one that is not known keeps its name."""
    known = TITLES.get(_SAME.get(field, field))
    if known is not None:
        return known
    if field.startswith(LAYER_PREFIX):
        name = field.removeprefix(LAYER_PREFIX)
        return f"Activity of {name}", f"Aktivität von {name}"
    parts = split_attention(field)
    layer, metric = parts if parts is not None else ("", field)
    band = BANDS.get(metric)
    if parts is None and band is None:
        return field, field
    english = band.title if band is not None else metric.replace("_", " ")
    german = _GERMAN_BANDS.get(english, english)
    return (f"{layer}: {english}", f"{layer}: {german}") if layer else (f"Attention {english}", german)
