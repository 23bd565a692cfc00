"""False findings on healthy runs, and how often and how soon faults are found, by simulation.

Every function returns rows; `main` prints them as Markdown tables::

    python benchmarks/statistics_health.py             # the tables of docs/health.md, minutes
    python benchmarks/statistics_health.py --quick     # a tenth of the replicates
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simulated.tables import Table, print_tables

from statkit.analysis.findings import Diagnosis
from statkit.analysis.health.diagnosis import diagnose
from statkit.analysis.health.registry import rules
from statkit.records import Columns

Floats = NDArray[np.float64]
Fields = dict[str, list[Any]]

Make = Callable[[np.random.Generator], tuple[dict[str, list[Any]], int]]
"""Draws a run with a fault and the row of its onset."""

EVERY = 500
"""Steps between validations."""

LOOK = 10
"""Validations after the onset of a fault within which a delay is looked for."""


# --- healthy runs -----------------------------------------------------------------------------------


def noise(rng: np.random.Generator, n: int, phi: float, heavy: bool = False) -> Floats:
    """Draw AR(1) noise of standard deviation 1, normal or with the tails of Student's t, 4 df."""
    shocks = rng.standard_t(4, n) / np.sqrt(2) if heavy else rng.standard_normal(n)
    made = np.empty(n)
    made[0] = shocks[0]
    for row in range(1, n):
        made[row] = phi * made[row - 1] + np.sqrt(1 - phi * phi) * shocks[row]
    return made


def learning_curve(rng: np.random.Generator, n: int) -> Floats:
    """Draw a curve from 1 towards 0: a saturating exponential, or a power law."""
    row = np.arange(n)
    if rng.random() < 0.5:
        return np.exp(-row / (n * rng.uniform(0.03, 0.6)))
    return (1 + row / (n * rng.uniform(0.01, 0.2))) ** -rng.uniform(0.4, 1.5)


def healthy_validations(rng: np.random.Generator, n: int) -> Fields:
    """Draw a healthy series of n validations: losses, quality, schedule, memory, time, layers."""
    sd, phi = 10 ** rng.uniform(-2.7, -1.1), rng.uniform(0, 0.7)
    curve = learning_curve(rng, n)
    base = rng.uniform(0.05, 1)
    warm = max(1, n // 20)
    rate = 1e-4 * np.minimum(np.arange(1, n + 1) / warm, 0.5 * (1 + np.cos(np.pi * np.arange(n) / n)))
    layers = {
        f"layer_activity_map.Backward {k}": (
            rng.uniform(0.3, 1.5) * np.exp(0.05 * noise(rng, n, 0.5))
        ).tolist()
        for k in range(1, 5)
    }
    return {
        "total_loss_value": (base + curve + sd * noise(rng, n, phi)).tolist(),
        "validation_loss_value": (base * 1.2 + curve + sd * noise(rng, n, phi)).tolist(),
        "quality_ki_value": (0.8 - 0.4 * curve + 0.4 * sd * noise(rng, n, phi)).tolist(),
        "learning_rate_value": rate.tolist(),
        "vram_usage_gb": (8 + 0.02 * noise(rng, n, 0.3)).tolist(),
        "iteration_duration": (0.25 * np.exp(0.05 * noise(rng, n, 0.3))).tolist(),
        **layers,
    }


def healthy_batches(rng: np.random.Generator, n: int) -> tuple[Fields, list[str], list[int], Floats]:
    """Draw a healthy series of n batches with its phases and steps: noise grows with the level.

    Every 100 training batches are followed by five validation batches. Half the runs have heavy tails.
    The last of the four is the loss without its noise.
    """
    phases, steps, trained = [], [], 0
    while len(phases) < n:
        phases.append("train")
        steps.append(trained)
        trained += 1
        if trained % 100 == 0:
            phases += ["val"] * 5
            steps += [trained] * 5
    n = len(phases)
    heavy = rng.random() < 0.5
    level = rng.uniform(0.05, 0.5) + learning_curve(rng, n)
    loss = np.maximum(level * (1 + rng.uniform(0.02, 0.3) * noise(rng, n, rng.uniform(0, 0.3), heavy)), 1e-4)
    ssim = 0.9 - 0.8 * learning_curve(rng, n) + 0.03 * noise(rng, n, 0.2)
    fields = {
        "loss": loss.tolist(),
        "ssim": ssim.tolist(),
        "training_time_ms": (180 * np.exp(0.1 * noise(rng, n, 0.2, heavy))).tolist(),
        "inference_time_ms": (60 * np.exp(0.1 * noise(rng, n, 0.2, heavy))).tolist(),
        "memory_usage_mb": (4000 + 5 * noise(rng, n, 0.2)).tolist(),
        "attention_bam_384_attention_entropy": (3.2 + 0.15 * noise(rng, n, 0.2)).tolist(),
        "attention_bam_384_attention_concentration_10": (0.4 + 0.03 * noise(rng, n, 0.2)).tolist(),
    }
    return fields, phases, steps, level


def validations(fields: Fields, upto: int | None = None) -> Columns:
    """Give fields as the first ``upto`` validations."""
    cut = {name: column[:upto] for name, column in fields.items()}
    count = len(next(iter(cut.values())))
    return Columns({"step": [EVERY * (row + 1) for row in range(count)]}, cut)


def length(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a length, evenly on a logarithmic scale."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def false_findings(replicates: int = 1_000, seed: int = 0) -> list[dict[str, Any]]:
    """Share of healthy runs with a finding of each rule, and with any at error or warning."""
    counts = {"validations": Counter[str](), "batches": Counter[str]()}
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        _count(counts["validations"], diagnose(validations(healthy_validations(rng, length(rng, 16, 400)))))
        fields, phases, steps, _ = healthy_batches(rng, length(rng, 100, 2_000))
        _count(counts["batches"], diagnose(Columns({"step": steps, "phase": phases}, fields)))
    names = [
        "any error",
        "any warning",
        *sorted({n for c in counts.values() for n in c} - {"any error", "any warning"}),
    ]
    return [
        {
            "finding": name,
            "validations (16 to 400)": f"{counts['validations'][name] / replicates:.1%}",
            "batches (100 to 2,000)": f"{counts['batches'][name] / replicates:.1%}",
        }
        for name in names
    ]


def batch_plateaus(replicates: int = 1_000, seed: int = 0) -> list[dict[str, Any]]:
    """What the loss of healthy batches, noise taken away, still gained after a plateau was said to begin."""
    left = []
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        length(rng, 16, 400)
        fields, phases, steps, level = healthy_batches(rng, length(rng, 100, 2_000))
        for finding in diagnose(Columns({"step": steps, "phase": phases}, fields)).findings:
            if finding.rule == "plateau" and finding.metric == "loss" and finding.steps is not None:
                start = level[int(np.searchsorted(steps, finding.steps[0]))]
                left.append((start - level[-1]) / (level[0] - level[-1]))
    return [
        {
            "runs with a plateau of the loss, info included": f"{len(left) / replicates:.1%}",
            "median share of all gain made after it began": f"{np.median(left):.1%}",
            "95th percentile": f"{np.percentile(left, 95):.1%}",
        }
    ]


def _count(counter: Counter[str], answer: Diagnosis) -> None:
    bad = {f"{f.rule} ({f.severity})" for f in answer.findings if f.severity != "info"}
    counter.update(bad)
    for severity in ("error", "warning"):
        counter[f"any {severity}"] += any(f.severity == severity for f in answer.findings)


# --- faults of known onset --------------------------------------------------------------------------


def _levelled_run(rng: np.random.Generator) -> tuple[Fields, float, int]:
    """Draw a run, the standard deviation of its noise, and a row for the onset of a fault.

    The row is past the twelfth and the middle, and the curve falls by less than one standard deviation
    a validation there: a loss that still plunges has not begun to overfit. From the onset on validation
    loss and quality stay where they are; training loss goes on falling.
    """
    n = length(rng, 24, 120)
    while True:
        sd, phi = 10 ** rng.uniform(-2.7, -1.3), rng.uniform(0, 0.7)
        curve, base = learning_curve(rng, n + LOOK), rng.uniform(0.05, 1)
        calm = [row for row in range(max(12, n // 2), n) if curve[row - 1] - curve[row] < sd]
        if calm:
            break
    onset = int(rng.choice(calm))
    level = np.maximum(curve, curve[onset])
    fields = {
        "total_loss_value": (base + curve + sd * noise(rng, n + LOOK, phi)).tolist(),
        "validation_loss_value": (base * 1.2 + level + sd * noise(rng, n + LOOK, phi)).tolist(),
        "quality_ki_value": (0.8 - 0.4 * level + 0.4 * sd * noise(rng, n + LOOK, phi)).tolist(),
    }
    return fields, sd, onset


def _overfit(per_validation: float) -> Make:
    def make(rng: np.random.Generator) -> tuple[Fields, int]:
        fields, sd, onset = _levelled_run(rng)
        return _ramp(fields, "validation_loss_value", onset, per_validation * sd), onset

    return make


def _ramp(fields: Fields, name: str, onset: int, rise: float) -> Fields:
    """Let one field rise from the onset on, by so much a validation."""
    for after in range(LOOK):
        fields[name][onset + after] += rise * (after + 1)
    return fields


def _divergence(factor: float) -> Make:
    def make(rng: np.random.Generator) -> tuple[Fields, int]:
        fields, _, onset = _levelled_run(rng)
        for name in ("total_loss_value", "validation_loss_value"):
            for after in range(LOOK):
                fields[name][onset + after] *= factor ** (after + 1)
        return fields, onset

    return make


def _spike(deviations: float) -> Make:
    def make(rng: np.random.Generator) -> tuple[Fields, int]:
        fields, sd, onset = _levelled_run(rng)
        level = fields["validation_loss_value"][onset]
        fields["validation_loss_value"][onset] += max(deviations * sd, 0.1 * level)
        return fields, onset

    return make


def _regress(per_validation: float) -> Make:
    def make(rng: np.random.Generator) -> tuple[Fields, int]:
        fields, sd, onset = _levelled_run(rng)
        return _ramp(fields, "quality_ki_value", onset, -max(per_validation * 0.4 * sd, 0.01)), onset

    return make


def _not_finite(value: float) -> Make:
    def make(rng: np.random.Generator) -> tuple[Fields, int]:
        fields, _, onset = _levelled_run(rng)
        fields[str(rng.choice(list(fields)))][onset] = value
        return fields, onset

    return make


FAULTS: tuple[tuple[str, str, str, Make], ...] = (
    ("non-finite", "error", "NaN in one loss or quality", _not_finite(float("nan"))),
    ("non-finite", "error", "infinity in one loss or quality", _not_finite(float("inf"))),
    ("divergence", "error", "losses grow by 30 % a validation", _divergence(1.3)),
    ("divergence", "error", "losses grow by 50 % a validation", _divergence(1.5)),
    ("divergence", "error", "losses double each validation", _divergence(2.0)),
    ("overfit", "warning", "validation loss rises by 1 deviation of its noise a validation", _overfit(1.0)),
    ("overfit", "warning", "… by 2 deviations", _overfit(2.0)),
    ("overfit", "warning", "… by 3 deviations", _overfit(3.0)),
    ("spikes", "warning", "one value 8 deviations (10 % of the level at least) too high", _spike(8.0)),
    ("spikes", "warning", "… 10 deviations", _spike(10.0)),
    ("spikes", "warning", "… 15 deviations", _spike(15.0)),
    (
        "quality-regress",
        "warning",
        "quality falls by 3 deviations (0.01 at least) a validation",
        _regress(3.0),
    ),
)


def detection(replicates: int = 500, seed: int = 1) -> list[dict[str, Any]]:
    """Share of faults found within five and ten validations of their onset, and the delay."""
    rows = []
    for rule, severity, fault, make in FAULTS:
        delays = [_delay(make, rule, severity, [seed, number]) for number in range(replicates)]
        found = np.array([LOOK + 1 if delay is None else delay for delay in delays])
        rows.append(
            {
                "rule": rule,
                "fault": fault,
                "within 5": f"{np.mean(found <= 5):.1%}",
                f"within {LOOK}": f"{np.mean(found <= LOOK):.1%}",
                "median delay": int(np.median(found)) if np.median(found) <= LOOK else f"over {LOOK}",
            }
        )
    return rows


def _delay(make: Make, rule: str, severity: str, seed: list[int]) -> int | None:
    """Count the validations from the onset, it included, until the rule finds the fault."""
    fields, onset = make(np.random.default_rng(seed))
    for after in range(1, LOOK + 1):
        answer = diagnose(validations(fields, onset + after))
        if any(_is(finding, rule, severity, EVERY * (onset + 1)) for finding in answer.findings):
            return after
    return None


def _is(finding: Any, rule: str, severity: str, onset: int) -> bool:
    return finding.rule == rule and finding.severity == severity and finding.steps[1] >= onset


def plateaus(replicates: int = 300, seed: int = 2) -> list[dict[str, Any]]:
    """When a plateau is found after the last gain, in multiples of N, the patience of the rule."""
    rows = []
    for gain in (0.5, 1.0, 3.0):
        delays = np.array([_plateau_delay(gain, [seed, number]) for number in range(replicates)])
        early = np.mean(delays < 0.5)
        rows.append(
            {
                "gain before, deviations of the noise a validation": f"{gain:g}",
                "found within 1.5 N": f"{np.mean(delays <= 1.5):.1%}",
                "median": f"{np.median(delays):.2f} N",
                "before 0.5 N": f"{early:.1%}",
            }
        )
    return rows


def _plateau_delay(gain: float, seed: list[int]) -> float:
    from statkit.analysis.plateaus import default_patience

    rng = np.random.default_rng(seed)
    onset, sd, phi = int(rng.integers(20, 80)), 0.01, rng.uniform(0, 0.6)
    row = np.minimum(np.arange(onset + 60), onset)
    fields = {"total_loss_value": (1 + gain * sd * (onset - row) + sd * noise(rng, len(row), phi)).tolist()}
    for after in range(1, 60):
        answer = diagnose(validations(fields, onset + after))
        if any(finding.rule == "plateau" for finding in answer.findings):
            return after / default_patience(onset + after)
    return 99.0


def looking_often(replicates: int = 100, seed: int = 3) -> list[dict[str, Any]]:
    """Share of healthy runs with an error at any time, when every validation is followed by a look."""
    errors = Counter[str]()
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        fields = healthy_validations(rng, length(rng, 16, 100))
        seen = set()
        for upto in range(4, len(fields["total_loss_value"]) + 1):
            for finding in diagnose(validations(fields, upto)).findings:
                if finding.severity != "info":
                    seen.add(f"{finding.rule} ({finding.severity})")
        errors.update(seen)
        errors["any error"] += any("error" in name for name in seen)
    return [
        {"finding at any time": name, "runs": f"{errors[name] / replicates:.1%}"} for name in sorted(errors)
    ]


def speed(repeats: int = 20) -> list[dict[str, Any]]:
    """CPU time of one diagnosis."""
    rng = np.random.default_rng(4)
    fields, phases, steps, _ = healthy_batches(rng, 2_000)
    cases = {
        "200 validations, 10 fields": validations(healthy_validations(rng, 200)),
        "2,000 batches, 7 fields": Columns({"step": steps, "phase": phases}, fields),
    }
    rows = []
    for name, columns in cases.items():
        start = time.process_time()
        for _ in range(repeats):
            diagnose(columns)
        rows.append(
            {"series": name, "CPU milliseconds": f"{1e3 * (time.process_time() - start) / repeats:.0f}"}
        )
    return rows


def registered(_: int = 0) -> list[dict[str, Any]]:
    """Every rule, when it speaks, the worst it says, and where it comes from."""
    return [
        {
            "rule": f"`{rule.name}`",
            "severity": rule.severity,
            "speaks when": rule.about,
            "source": rule.source,
        }
        for rule in rules()
    ]


def main(arguments: Iterable[str] | None = None) -> None:
    tables: dict[str, tuple[Table, int]] = {
        "registered": (registered, 10),
        "false_findings": (false_findings, 1_000),
        "batch_plateaus": (batch_plateaus, 300),
        "detection": (detection, 500),
        "plateaus": (plateaus, 300),
        "looking_often": (looking_often, 100),
        "speed": (speed, 20),
    }
    print_tables(__doc__, tables, arguments)


if __name__ == "__main__":
    main()
