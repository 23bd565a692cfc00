"""The promises of docs/health.md on a small seeded sample; benchmarks/statistics_health.py has the whole."""

import math

import numpy as np
import pytest

from statkit.analysis.health.diagnosis import diagnose
from statkit.analysis.plateaus import default_patience
from statkit.records import Columns


def repeating(rng, n, phi):
    made = [rng.normal()]
    while len(made) < n:
        made.append(phi * made[-1] + math.sqrt(1 - phi**2) * rng.normal())
    return np.array(made)


def curve(rng, n):
    row = np.arange(n)
    if rng.random() < 0.5:
        return np.exp(-row / (n * rng.uniform(0.03, 0.6)))
    return (1 + row / (n * rng.uniform(0.01, 0.2))) ** -rng.uniform(0.4, 1.5)


def columns(fields, upto=None):
    cut = {name: np.asarray(column)[:upto].tolist() for name, column in fields.items()}
    return Columns({"step": list(range(len(next(iter(cut.values())))))}, cut)


def errors(answer):
    return [finding.rule for finding in answer.findings if finding.severity == "error"]


def warnings(answer):
    return [finding.rule for finding in answer.findings if finding.severity == "warning"]


def drawn(rng, n, sd, level=None):
    """Losses and quality of a run whose validation stays at the level of a row, if one is given."""
    fall, base, phi = curve(rng, n), rng.uniform(0.05, 1), rng.uniform(0, 0.7)
    stays = fall if level is None else np.maximum(fall, fall[level])
    fields = {
        "total_loss_value": base + fall + sd * repeating(rng, n, phi),
        "validation_loss_value": 1.2 * base + stays + sd * repeating(rng, n, phi),
        "quality_ki_value": 0.8 - 0.4 * stays + 0.4 * sd * repeating(rng, n, phi),
    }
    return fields, fall


def test_healthy_validations_raise_no_error_and_seldom_a_warning():
    wrong, warned = [], 0
    for seed in range(150):
        rng = np.random.default_rng([1, seed])
        n = int(np.exp(rng.uniform(np.log(16), np.log(400))))
        fields, _ = drawn(rng, n, 10 ** rng.uniform(-2.7, -1.1))
        answer = diagnose(columns(fields))
        wrong += errors(answer)
        warned += bool(set(warnings(answer)) - {"plateau"})
    assert wrong == []
    assert warned <= 10


def test_healthy_batches_raise_no_error():
    wrong = []
    for seed in range(60):
        rng = np.random.default_rng([2, seed])
        n = int(np.exp(rng.uniform(np.log(100), np.log(2_000))))
        level = rng.uniform(0.05, 0.5) + curve(rng, n)
        tails = rng.standard_t(4, n) / math.sqrt(2) if seed % 2 else repeating(rng, n, 0.3)
        loss = np.maximum(level * (1 + rng.uniform(0.02, 0.3) * tails), 1e-4)
        fields = {"loss": loss.tolist(), "ssim": (0.9 - 0.8 * curve(rng, n)).tolist()}
        wrong += errors(diagnose(Columns({"step": list(range(n)), "phase": ["train"] * n}, fields)))
    assert wrong == []


def fault(seed, ramp=None, factor=None, spike=None):
    """A run with one fault, and the row of its onset: past the plunge of the curve, as the docs say."""
    rng = np.random.default_rng([3, seed])
    n = int(rng.integers(24, 120))
    sd = 10 ** rng.uniform(-2.7, -1.3)
    onset = int(rng.integers(max(12, n // 2), n))
    while True:
        fields, fall = drawn(rng, n + 10, sd, onset)
        if fall[onset - 1] - fall[onset] < sd:
            break
    after = np.maximum(np.arange(n + 10) - onset + 1, 0)
    if ramp:
        fields["validation_loss_value"] += ramp * sd * after
    if factor:
        fields["total_loss_value"] = fields["total_loss_value"] * factor**after
    if spike:
        fields["validation_loss_value"][onset] += max(
            spike * sd, 0.1 * fields["validation_loss_value"][onset]
        )
    return fields, onset


@pytest.mark.parametrize(
    ("kind", "rule", "severity"),
    [
        ({"ramp": 3.0}, "overfit", "warning"),
        ({"factor": 1.3}, "divergence", "error"),
        ({"spike": 10.0}, "spikes", "warning"),
    ],
)
def test_nine_of_ten_faults_are_found_within_five_validations(kind, rule, severity):
    found = 0
    for seed in range(60):
        fields, onset = fault(seed, **kind)
        answer = diagnose(columns(fields, onset + 5))
        found += any(
            finding.rule == rule and finding.severity == severity and finding.steps[1] >= onset
            for finding in answer.findings
        )
    assert found >= 54


def test_nan_is_found_always_at_its_first_row():
    for seed in range(60):
        rng = np.random.default_rng([4, seed])
        n = int(rng.integers(1, 80))
        fields, _ = drawn(rng, n, 0.01)
        name, row = str(rng.choice(list(fields))), int(rng.integers(n))
        fields[name][row:] = np.nan
        answer = diagnose(columns(fields))
        assert answer.findings[0].rule == "non-finite"
        assert answer.findings[0].steps[0] == row


def test_a_plateau_is_found_within_one_and_a_half_times_its_patience():
    in_time = early = 0
    for seed in range(40):
        rng = np.random.default_rng([5, seed])
        onset = int(rng.integers(20, 80))
        row = np.minimum(np.arange(onset + 60), onset)
        loss = 1 + 0.01 * (onset - row) + 0.01 * repeating(rng, len(row), rng.uniform(0, 0.6))
        n = onset + 1
        while n < onset + 1.5 * default_patience(n):
            n += 1
        in_time += "plateau" in warnings(diagnose(columns({"total_loss_value": loss}, n)))
        soon = onset + int(0.5 * default_patience(onset))
        early += "plateau" in warnings(diagnose(columns({"total_loss_value": loss}, soon)))
    assert in_time >= 36
    assert early <= 2
