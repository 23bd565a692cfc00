"""Run directories in the shape the original programs leave, for the tests of readers and frames."""

import json
from pathlib import Path

from statkit.data.load import load_all

SNAPSHOT = {
    "step_current": 500,
    "epoch_num": 1,
    "step_max": 10000,
    "epoch_step_current": 500,
    "epoch_step_total": 2000,
    "total_loss_value": 0.0512,
    "l1_loss_value": 0.0312,
    "ms_loss_value": 0.0112,
    "gradient_loss_value": 0.0052,
    "perceptual_loss_value": 0.0036,
    "learning_rate_value": 0.0001,
    "lr_phase_name": "cosine",
    "adaptive_mode": "Stable",
    "adaptive_is_cooldown": False,
    "adaptive_plateau_counter": 12,
    "quality_lr_value": 0.542,
    "quality_ki_value": 0.621,
    "quality_improvement_value": 0.079,
    "validation_loss_value": 0.0145,
    "best_quality_ever": 0.621,
    "iteration_duration": 0.41,
    "layer_activity_map": {"Backward 1": 41, "Backward 10": 77, "Backward 2": 52, "Final Fusion": 100},
    "training_active": True,
    "last_update_time": 1770368390.25,
}


def snapshot(step, **changes):
    """A snapshot as the original program writes it, at a step, with some fields changed."""
    values = SNAPSHOT | {"step_current": step, "last_update_time": 1770000000.0 + step}
    return {name: value for name, value in (values | changes).items() if value is not ...}


def batch(index, phase="train", **changes):
    """A batch record as the original program writes it; NaN as it does."""
    record = {
        "batch_idx": index,
        "phase": phase,
        "loss": 1.0 / (index + 1),
        "attention_layers": ["encoder_kan", "bam_384", "bam_16", "decoder_kan"],
        "ssim": 0.5 + index / 1000,
        "attention_bam_384_attention_entropy": float("nan"),
        "attention_bam_384_peak_separation_mean": 16.8,
        "attention_bam_16_mean_attention": -0.02,
    }
    return record | changes


def metrics(records, **more):
    return {"batch_metrics": records, "summary": {}, "metadata": {"total_batches": len(records)}} | more


class Directory:
    """A run directory to fill, and the run read from it."""

    snapshot = staticmethod(snapshot)
    batch = staticmethod(batch)
    metrics = staticmethod(metrics)

    def __init__(self, path):
        self.path = Path(path)

    def put(self, name, content):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        elif isinstance(content, str):
            target.write_text(content, encoding="utf-8")
        else:
            target.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return target

    def snapshots(self, *steps, **changes):
        for step in steps:
            self.put(f"Statistik_{step}.json", snapshot(step, **changes))

    def run(self, name=None, **options):
        runs = load_all([str(self.path / name if name else self.path)], **options)
        assert len(runs) == 1
        return runs[0]

    def columns(self, series="validation", fields=None, **options):
        return self.run(**options).columns(series, fields)

    def notices(self, **options):
        run = self.run(**options)
        for series in run.declared:
            run.columns(series)
        return run.notices
