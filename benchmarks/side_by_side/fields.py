"""The fields of the files compared: named here once, for those that write them and those that read them."""

from __future__ import annotations

SCALARS = (
    "step_current",
    "epoch_num",
    "step_max",
    "epoch_step_current",
    "epoch_step_total",
    "learning_rate_value",
    "lr_phase_name",
    "total_loss_value",
    "l1_loss_value",
    "ms_loss_value",
    "gradient_loss_value",
    "perceptual_loss_value",
    "l1_weight_current",
    "ms_weight_current",
    "gradient_weight_current",
    "perceptual_weight_current",
    "gradient_clip_val",
    "adaptive_mode",
    "adaptive_is_cooldown",
    "adaptive_cooldown_remaining",
    "adaptive_plateau_counter",
    "adaptive_lr_boost_available",
    "adaptive_perceptual_trend",
    "adaptive_best_val_loss",
    "quality_lr_value",
    "quality_ki_value",
    "quality_improvement_value",
    "quality_ki_to_gt_value",
    "quality_lr_to_gt_value",
    "validation_loss_value",
    "best_quality_ever",
    "iteration_duration",
    "vram_usage_gb",
    "adam_momentum_avg",
    "eta_total_formatted",
    "eta_epoch_formatted",
    "layer_activity_peak_value",
    "training_active",
    "validation_running",
    "training_paused",
    "has_validation_data",
    "last_validation_step",
    "dataset_files",
    "local_ip_address",
    "tensorboard_port",
    "last_update_time",
)
"""The 46 fields of a snapshot beside its map of layers, in the order of the file."""

LAYERS = tuple(
    f"{trunk}_Trunk_Block_{number:03d}" for trunk in ("Backward", "Forward") for number in range(1, 101)
)
"""The 200 layers of ``layer_activity_map``."""

ATTENTION = (
    "mean_attention",
    "std_attention",
    "max_attention",
    "min_attention",
    "attention_entropy",
    "attention_kurtosis",
    "attention_skewness",
    "attention_sparsity",
    "attention_concentration_10",
    "attention_concentration_20",
    "attention_center_y",
    "attention_center_x",
    "attention_center_distance",
    "attention_spatial_variance",
    "attention_spatial_std",
    "num_attention_peaks",
    "peak_separation_mean",
    "peak_intensity_mean",
    "peak_coverage",
)
"""What is measured of one attention layer at a batch."""

RECORD = (
    "batch_idx",
    "phase",
    "loss",
    "timestamp",
    "attention_layers",
    "mse",
    "ssim",
    "training_time_ms",
    "inference_time_ms",
    "memory_usage_mb",
    *(f"attention_bam_384_{name}" for name in ATTENTION),
    *(f"attention_bam_16_{name}" for name in ATTENTION[:4]),
)
"""The 33 columns of a batch record, in the order of the file."""

ENTROPY = "attention_bam_384_attention_entropy"
"""The column whose numbers are bare ``NaN`` tokens where a corpus has them."""
