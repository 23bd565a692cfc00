"""Every rule on a fault of known place, and silent on the same series without it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statkit.analysis.findings import reaches, status_of
from statkit.analysis.health.diagnosis import diagnose
from statkit.analysis.health.readings import Readings
from statkit.analysis.health.registry import rule, rules
from statkit.records import Columns
from statkit.schema import Metric, lookup

N = 40
STEPS = [500 * (k + 1) for k in range(N)]


def wobble(seed, n=N, sd=0.003):
    return np.random.default_rng(seed).normal(0, sd, n)


def healthy(n=N):
    """A run without fault: losses fall, quality rises, schedule anneals, memory and time are steady."""
    fall = np.exp(-np.arange(n) / 12)
    fields = {
        "total_loss_value": 0.05 + 0.3 * fall + wobble(1, n),
        "validation_loss_value": 0.06 + 0.3 * fall + wobble(2, n),
        "quality_ki_value": 0.7 - 0.2 * fall + wobble(3, n),
        "learning_rate_value": 1e-4 * 0.5 * (1 + np.cos(np.pi * np.arange(n) / n)),
        "vram_usage_gb": 8.4 + wobble(4, n, 0.01),
        "iteration_duration": 0.25 + wobble(5, n, 0.005),
        "layer_activity_map.Backward 1": 0.6 + wobble(6, n, 0.02),
        "layer_activity_map.Backward 10": 0.9 + wobble(7, n, 0.02),
        "layer_activity_map.Final Fusion": 0.4 + wobble(8, n, 0.02),
    }
    return {name: column.tolist() for name, column in fields.items()}


def ask(fields, steps=None, **keys):
    count = len(next(iter(fields.values())))
    return diagnose(Columns({"step": steps or STEPS[:count], **keys}, fields))


def found(answer, name):
    return [finding for finding in answer.findings if finding.rule == name]


def only(answer, name):
    (finding,) = found(answer, name)
    return finding


def batches(n=200, **columns):
    fall = np.exp(-np.arange(n) / 40)
    fields = {"loss": (0.1 + 0.5 * fall + wobble(11, n)).tolist(), "ssim": (0.9 - 0.8 * fall).tolist()}
    fields |= {name: list(column) for name, column in columns.items()}
    return ask(fields, list(range(n)), phase=["train"] * n)


def test_a_healthy_run_is_healthy_and_its_good_signs_are_named():
    answer = ask(healthy())
    assert answer.status == "healthy"
    assert {finding.severity for finding in answer.findings} == {"info"}
    good = {finding.rule for finding in answer.findings}
    assert {"loss-decreasing", "quality-improving", "memory-stable"} <= good


def test_every_finding_says_where_it_comes_from_in_whole_sentences():
    fields = healthy()
    fields["total_loss_value"][20] = math.nan
    for finding in ask(fields).findings:
        assert finding.source
        assert finding.advice.endswith(".")
        assert finding.evidence.endswith(".")
        assert any(character.isdigit() for character in finding.evidence)
        assert finding.severity in ("info", "warning", "error")


def test_findings_come_worst_first():
    fields = healthy()
    fields["total_loss_value"][20] = math.nan
    fields["layer_activity_map.Backward 1"][-5:] = [0.0] * 5
    severities = [finding.severity for finding in ask(fields).findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert severities[0] == "error"
    assert "warning" in severities


# --- NaN and infinity ---


@pytest.mark.parametrize("row", [0, 1, 17, N - 1])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_not_finite_is_found_at_its_first_occurrence(row, value):
    fields = healthy()
    fields["validation_loss_value"][row] = value
    fields["validation_loss_value"][-1] = value
    finding = only(ask(fields), "non-finite")
    assert finding.severity == "error"
    assert finding.metric == "validation_loss_value"
    assert finding.steps == (STEPS[row], STEPS[-1])
    assert f"first at step {STEPS[row]}" in finding.evidence


def test_fields_that_fail_together_share_a_finding():
    fields = healthy()
    for name in ("total_loss_value", "validation_loss_value"):
        fields[name][25:] = [math.nan] * (N - 25)
    finding = only(ask(fields), "non-finite")
    assert "total_loss_value, validation_loss_value are NaN" in finding.evidence
    assert "15 of 40 rows; nothing finite follows" in finding.evidence


def test_a_loss_that_was_never_finite_is_an_error_but_a_descriptive_metric_a_warning():
    layer = "attention_bam_384_attention_entropy"
    answer = batches(50, **{layer: [math.nan] * 50})
    assert only(answer, "never-computed").severity == "warning"
    assert only(answer, "never-computed").metric == layer
    assert not found(answer, "non-finite")
    answer = ask({**healthy(), "total_loss_value": [math.nan] * N})
    assert only(answer, "non-finite").severity == "error"


def test_a_descriptive_metric_that_fails_midway_is_a_warning():
    layer = "attention_bam_384_attention_entropy"
    finding = only(batches(50, **{layer: [3.0] * 30 + [math.nan] * 20}), "non-finite")
    assert (finding.severity, finding.steps) == ("warning", (30, 49))


def test_an_infinite_psnr_is_no_fault_but_nan_is():
    assert not found(batches(30, psnr=[30.0] * 29 + [math.inf]), "non-finite")
    assert found(batches(30, psnr=[30.0] * 29 + [math.nan]), "non-finite")


def test_missing_values_and_integers_beyond_float_are_no_fault():
    fields = healthy() | {"adam_momentum_avg": [None] * N, "big": [10**400] * N}
    assert ask(fields).status == "healthy"


# --- losses ---


def test_divergence_that_lasts_is_an_error_with_its_onset():
    fields = healthy()
    for k in range(10):
        fields["total_loss_value"][30 + k] *= 1.5 ** (k + 1)
    finding = only(ask(fields), "divergence")
    assert finding.severity == "error"
    assert STEPS[30] <= finding.steps[0] <= STEPS[32]
    assert finding.steps[1] == STEPS[-1]


def test_divergence_that_came_back_is_a_warning():
    fields = healthy()
    for row in range(20, 25):
        fields["total_loss_value"][row] += 0.4
    finding = only(ask(fields), "divergence")
    assert (finding.severity, finding.steps) == ("warning", (STEPS[20], STEPS[24]))


def test_a_loss_whose_weights_were_raised_is_not_called_an_error():
    fields = healthy()
    fields["total_loss_value"][30:] = [value + 0.3 for value in fields["total_loss_value"][30:]]
    assert only(ask(fields), "divergence").severity == "error"
    fields["perceptual_weight_current"] = [0.1] * 30 + [0.6] * 10
    finding = only(ask(fields), "divergence")
    assert finding.severity == "warning"
    assert "perceptual_weight_current from 0.1 to 0.6" in finding.evidence


def test_a_loss_that_rises_all_along_is_an_error_and_a_flat_one_a_warning():
    rising = (0.1 + np.arange(N) * 0.01 + wobble(1)).tolist()
    answer = ask({"total_loss_value": rising})
    assert only(answer, "loss-rising").severity == "error"
    flat = (0.1 + wobble(1)).tolist()
    answer = ask({"total_loss_value": flat})
    assert only(answer, "loss-not-decreasing").severity == "warning"
    assert not found(answer, "loss-rising")
    assert not found(answer, "loss-decreasing")


@pytest.mark.parametrize(("rise", "severity"), [(0.1, "error"), (0.04, None)])
def test_a_rise_matters_from_half_the_level_it_started_from(rise, severity):
    loss = 0.1 + 0.9 * np.exp(-np.arange(N) / 3) + wobble(1, sd=1e-4)
    loss[34:] += rise  # of a level of 0.1, after a gain of 0.9
    severities = {
        finding.severity for finding in found(ask({"total_loss_value": loss.tolist()}), "divergence")
    }
    assert severities == ({severity} if severity else set())


def test_a_small_decrease_that_the_trend_shows_is_one():
    loss = (0.1 - 1e-4 * np.arange(N) + wobble(1, sd=0.002)).tolist()
    answer = ask({"total_loss_value": loss})
    assert found(answer, "loss-decreasing")
    assert not found(answer, "loss-not-decreasing")


def test_a_flat_training_loss_is_only_mentioned_where_quality_improves():
    fields = healthy() | {"total_loss_value": (0.1 + wobble(1)).tolist()}
    steady = np.arange(N) / N
    fields["quality_ki_value"] = (0.4 + 0.3 * steady + wobble(3)).tolist()
    finding = only(ask(fields), "loss-not-decreasing")
    assert finding.severity == "info"
    assert "quality_ki_value" in finding.evidence


def test_few_points_say_so():
    fields = {name: column[:5] for name, column in healthy().items()}
    assert "5 points" in only(ask(fields), "few-points").evidence
    assert not found(ask(healthy()), "few-points")


def test_a_plateau_is_a_warning_until_the_schedule_has_run_out():
    fields = healthy(80)
    for name, sign in (("total_loss_value", 1), ("validation_loss_value", 1), ("quality_ki_value", -1)):
        ramp = np.maximum(40 - np.arange(80), 0) * 0.01 * sign
        fields[name] = (0.5 + ramp + wobble(len(name), 80)).tolist()
    steps = [500 * (k + 1) for k in range(80)]
    fields["learning_rate_value"] = [1e-4] * 80
    plateaus = found(ask(fields, steps), "plateau")
    assert {finding.metric for finding in plateaus} == {
        "total_loss_value",
        "validation_loss_value",
        "quality_ki_value",
    }
    assert {finding.severity for finding in plateaus} == {"warning"}
    assert all(30 * 500 <= finding.steps[0] <= 50 * 500 for finding in plateaus)
    fields["learning_rate_value"] = [1e-4] * 60 + [1e-5] * 20
    assert {finding.severity for finding in found(ask(fields, steps), "plateau")} == {"info"}


# --- overfitting ---


def test_overfit_names_the_step_to_go_back_to_and_the_slope_of_the_gap():
    fields = healthy()
    rise = np.maximum(np.arange(N) - 24, 0) * 0.02
    fields["validation_loss_value"] = (np.array(fields["validation_loss_value"]) + rise).tolist()
    finding = only(ask(fields), "overfit")
    assert STEPS[20] <= finding.steps[0] <= STEPS[26]
    assert f"checkpoint at step {finding.steps[0]}" in finding.advice
    slope = float(finding.evidence.rsplit("grows by ", 1)[1].split()[0])
    assert slope == pytest.approx(0.02 / 500 * 1000, rel=0.25)
    assert not found(ask(healthy()), "overfit")


def test_both_losses_rising_together_is_no_overfitting():
    fields = healthy()
    rise = np.maximum(np.arange(N) - 24, 0) * 0.02
    for name in ("validation_loss_value", "total_loss_value"):
        fields[name] = (np.array(fields[name]) + rise).tolist()
    assert not found(ask(fields), "overfit")
    assert found(ask(fields), "divergence")


def test_a_slow_overfit_is_found_by_its_trend():
    rise = np.maximum(np.arange(100) - 30, 0) * 0.00015  # three deviations in the end
    fall = np.exp(-np.arange(100) / 8)
    fields = {
        "total_loss_value": (0.05 + 0.3 * fall + wobble(1, 100)).tolist(),
        "validation_loss_value": (0.06 + 0.3 * fall + rise + wobble(2, 100)).tolist(),
    }
    assert found(ask(fields, list(range(100))), "overfit")


def test_overfit_in_a_series_of_batches_compares_means_between_validations():
    rows, phases, steps, trained = [], [], [], 0
    noise = np.random.default_rng(5)
    for epoch in range(30):
        for _ in range(20):
            rows.append(0.3 * math.exp(-epoch / 6) + 0.05 + noise.normal(0, 0.01))
            phases.append("train")
            steps.append(trained)
            trained += 1
        for _ in range(5):
            rise = max(0, epoch - 18) * 0.03
            rows.append(0.3 * math.exp(-epoch / 6) + 0.06 + rise + noise.normal(0, 0.01))
            phases.append("val")
            steps.append(trained)
    finding = only(ask({"loss": rows}, steps, phase=phases), "overfit")
    assert 15 * 20 <= finding.steps[0] <= 21 * 20


def test_a_validation_of_several_batches_counts_as_its_mean():
    losses, phases, steps = [0.5], ["train"], [0]
    for step, batch_losses in ((1, (0.4, 0.6)), (2, (0.1, 0.2, 0.9))):
        losses += batch_losses
        phases += ["val"] * len(batch_losses)
        steps += [step] * len(batch_losses)
    val = Readings(Columns({"step": steps, "phase": phases}, {"loss": losses}), lookup).val_loss
    assert val.steps.tolist() == [1, 2]
    assert val.values == pytest.approx([0.5, 0.4])


# --- spikes ---


def test_spikes_of_a_loss_go_up_and_of_a_quality_down():
    fields = healthy()
    fields["validation_loss_value"][22] += 0.2
    fields["quality_ki_value"][30] -= 0.2
    spikes = {finding.metric: finding for finding in found(ask(fields), "spikes")}
    assert spikes["validation_loss_value"].steps == (STEPS[22], STEPS[22])
    assert spikes["quality_ki_value"].steps == (STEPS[30], STEPS[30])
    fields = healthy()
    fields["validation_loss_value"][22] -= 0.05
    assert not found(ask(fields), "spikes")


def test_a_spike_too_small_to_matter_is_none():
    level = (1.0 + wobble(1, sd=1e-5)).tolist()
    level[20] += 0.01  # a thousand deviations, one percent
    assert not found(ask({"validation_loss_value": level}), "spikes")


# --- learning rate ---


def test_a_learning_rate_of_0_throughout_is_an_error():
    answer = ask(healthy() | {"learning_rate_value": [0.0] * N})
    assert only(answer, "learning-rate-zero").severity == "error"


def test_a_learning_rate_that_drops_to_0_is_a_warning_unless_annealed():
    answer = ask(healthy() | {"learning_rate_value": [1e-4] * 30 + [0.0] * 10})
    assert only(answer, "learning-rate-zero").severity == "warning"
    assert only(answer, "learning-rate-zero").steps == (STEPS[30], STEPS[-1])
    annealed = [1e-4 * max(0.0, 1 - k / 30) ** 2 for k in range(N)]
    assert not found(ask(healthy() | {"learning_rate_value": annealed}), "learning-rate-zero")


def test_warm_up_is_no_rise_a_boost_is_and_a_jump_is_a_warning():
    warm = [1e-5 * (k + 1) for k in range(10)] + [1e-4] * 30
    assert not found(ask(healthy() | {"learning_rate_value": warm}), "learning-rate-rise")
    gentle = warm[:25] + [1.3e-4] * 15
    assert only(ask(healthy() | {"learning_rate_value": gentle}), "learning-rate-rise").severity == "info"
    jump = warm[:25] + [5e-4] * 15
    finding = only(ask(healthy() | {"learning_rate_value": jump}), "learning-rate-rise")
    assert (finding.severity, finding.steps) == ("warning", (STEPS[25], STEPS[25]))
    phases = ["warmup"] * 26 + ["cosine"] * 14
    fields = healthy() | {"learning_rate_value": jump, "lr_phase_name": phases}
    assert not found(ask(fields), "learning-rate-rise")


def test_a_sheer_drop_of_the_learning_rate_is_mentioned():
    rate = [1e-3] * 20 + [1e-5] * 20
    assert only(ask(healthy() | {"learning_rate_value": rate}), "learning-rate-drop").steps == (
        STEPS[19],
        STEPS[20],
    )
    rate = [1e-3] * 20 + [1e-4] * 20
    assert not found(ask(healthy() | {"learning_rate_value": rate}), "learning-rate-drop")


# --- memory and time ---


def test_memory_that_goes_on_growing_is_a_leak_but_not_one_that_settles():
    grows = [8 + 0.05 * k for k in range(N)]
    answer = ask(healthy() | {"vram_usage_gb": grows})
    assert only(answer, "memory-growth").severity == "warning"
    assert not found(answer, "memory-stable")
    settles = (8 + np.minimum(np.arange(N), 30) / 15 + wobble(4, sd=0.01)).tolist()
    assert not found(ask(healthy() | {"vram_usage_gb": settles}), "memory-growth")


def test_a_memory_spike_is_named():
    memory = healthy()["vram_usage_gb"]
    memory[25] *= 1.5
    answer = ask(healthy() | {"vram_usage_gb": memory})
    assert only(answer, "memory-spike").steps == (STEPS[25], STEPS[25])
    assert not found(answer, "memory-stable")


def test_memory_never_measured_says_nothing():
    answer = ask(healthy() | {"vram_usage_gb": [0.0] * N})
    assert not [finding for finding in answer.findings if finding.metric == "vram_usage_gb"]


def test_steps_that_become_slower_are_named_and_jitter_is_not():
    slower = (np.linspace(0.25, 0.5, N) + wobble(5, sd=0.005)).tolist()
    assert found(ask(healthy() | {"iteration_duration": slower}), "step-time-growth")
    jitter = np.random.default_rng(1).lognormal(-1.4, 0.3, N).tolist()
    assert not found(ask(healthy() | {"iteration_duration": jitter}), "step-time-growth")


def test_inference_under_200_ms_is_good_slower_or_growing_is_not():
    fast, slow = [60.0] * 200, [310.0] * 200
    assert only(batches(inference_time_ms=fast), "inference-time").severity == "info"
    finding = only(batches(inference_time_ms=slow), "inference-time")
    assert finding.severity == "warning"
    assert "not validated" in finding.source
    grows = np.linspace(60, 120, 200).tolist()
    assert found(batches(inference_time_ms=grows), "inference-time-growth")
    assert not found(batches(inference_time_ms=fast), "inference-time-growth")


# --- layers ---


def test_a_layer_that_dies_is_named_from_the_step_of_its_death():
    fields = healthy()
    fields["layer_activity_map.Backward 1"][25:] = [1e-9] * 15
    finding = only(ask(fields), "dead-layer")
    assert finding.metric == "layer_activity_map.Backward 1"
    assert finding.steps == (STEPS[25], STEPS[-1])


def test_in_percent_only_0_is_dead_and_one_layer_at_100_is_the_largest():
    percent = {
        "layer_activity_map.A": [100] * N,
        "layer_activity_map.B": [1] * N,
        "layer_activity_map.C": [40] * N,
        "layer_activity_map.D": [35] * N,
    }
    loss = {"total_loss_value": healthy()["total_loss_value"]}
    assert not found(ask(loss | percent), "dead-layer")
    assert not found(ask(loss | percent), "saturated-layer")
    assert found(ask(loss | percent | {"layer_activity_map.B": [0] * N}), "dead-layer")
    pegged = percent | {"layer_activity_map.B": [100] * N}
    assert found(ask(loss | pegged), "saturated-layer")


@pytest.mark.parametrize("pace", [0.2, 0.4])
def test_a_layer_that_runs_away_in_raw_units_is_named(pace):
    fields = healthy()
    fields["layer_activity_map.Final Fusion"] = [0.4 + pace * k for k in range(N)]
    fields["layer_activity_map.Forward 1"] = [0.3] * N
    finding = only(ask(fields), "saturated-layer")
    assert finding.metric == "layer_activity_map.Final Fusion"
    fields["layer_activity_map.Final Fusion"] = [0.4 + pace * N] * N  # large, but always was
    assert not found(ask(fields), "saturated-layer")


def test_no_activity_anywhere_is_one_finding():
    fields = healthy()
    for name in fields:
        if name.startswith("layer_activity_map."):
            fields[name] = [0.0] * N
    assert "All 3 layers" in only(ask(fields), "dead-layer").evidence


# --- quality ---


def test_quality_that_falls_back_after_its_best():
    fields = healthy()
    fields["quality_ki_value"][32:] = [value - 0.06 for value in fields["quality_ki_value"][32:]]
    finding = only(ask(fields), "quality-regress")
    assert finding.steps[0] == STEPS[32]
    assert not found(ask(healthy()), "quality-regress")


def test_quality_without_gain_is_named():
    fields = healthy() | {"quality_ki_value": (0.5 + wobble(3)).tolist()}
    finding = only(ask(fields), "quality-not-improving")
    assert "no increase" in finding.evidence
    falls = (0.6 - np.arange(N) * 0.002 + wobble(3)).tolist()
    finding = only(ask(healthy() | {"quality_ki_value": falls}), "quality-not-improving")
    assert "decreases" in finding.evidence


@pytest.mark.parametrize(("level", "words"), [(0.85, "at or above"), (0.7, "below")])
def test_ssim_is_held_against_the_good_range_of_the_catalogue(level, words):
    finding = only(batches(ssim=[level] * 200), "ssim-level")
    assert words in finding.evidence
    assert finding.severity == "info"
    assert "not validated" in finding.source


# --- attention ---

ENTROPY, TOP = "attention_bam_384_attention_entropy", "attention_bam_384_attention_concentration_10"


def test_attention_inside_its_bands_is_a_good_sign_outside_something_to_know():
    good = batches(**{ENTROPY: 3 + wobble(1, 200, 0.05), TOP: 0.4 + wobble(2, 200, 0.01)})
    assert found(good, "attention-consistent")
    assert good.status == "healthy"
    band = next(finding for finding in found(good, "attention-band") if finding.metric == ENTROPY)
    assert "balanced" in band.evidence
    assert "not validated" in band.source
    diffuse = batches(**{ENTROPY: [4.1] * 200, TOP: [0.15] * 200})
    told = " ".join(finding.evidence for finding in found(diffuse, "attention-band"))
    assert told.count("diffuse") == 2
    assert diffuse.status == "healthy"
    assert not found(diffuse, "attention-consistent")


def test_attention_that_leaves_its_band_is_a_warning():
    finding = only(batches(**{ENTROPY: np.linspace(3.5, 1.0, 200)}), "attention-drift")
    assert finding.severity == "warning"
    assert "concentrated" in finding.evidence
    assert not found(batches(**{ENTROPY: np.linspace(1.0, 3.5, 200)}), "attention-drift")


def test_attention_as_variable_as_its_band_is_wide_is_a_warning():
    calm, wild = 3 + wobble(1, 200, 0.2), np.clip(3 + wobble(1, 200, 1.4), 0.1, 4.15)
    assert found(batches(**{ENTROPY: wild}), "attention-variance")
    assert not found(batches(**{ENTROPY: calm}), "attention-variance")


def test_values_no_attention_can_have_silence_the_bands_of_that_layer():
    top = (0.4 + wobble(2, 200, 0.01)).tolist()
    top[50] = 1.7
    answer = batches(
        **{ENTROPY: [3.0] * 200, TOP: top, "attention_bam_16_attention_entropy": 3 + wobble(1, 200, 0.1)}
    )
    finding = only(answer, "attention-impossible")
    assert finding.steps == (50, 50)
    assert "1 of 200 rows outside" in finding.evidence
    (band,) = found(answer, "attention-band")
    assert band.metric == "attention_bam_16_attention_entropy"


def test_an_attention_metric_that_never_varies_is_mentioned():
    finding = only(batches(attention_bam_384_peak_coverage=[0.1006] * 200), "attention-constant")
    assert finding.severity == "info"


def test_the_copy_without_a_layer_is_not_asked_twice():
    entropy = np.linspace(3.5, 1.0, 200)
    answer = batches(**{ENTROPY: entropy, "attention_entropy": entropy})
    assert [finding.metric for finding in found(answer, "attention-drift")] == [ENTROPY]


# --- what rules are given ---


def test_values_not_to_be_believed_are_left_out():
    fields = healthy()
    fields["quality_ki_value"][:2] = [0.0, 0.0]
    fields["validation_loss_value"][:2] = [0.0, 0.0]
    columns = Columns({"step": STEPS}, fields)
    assert diagnose(columns).status == "warning"
    doubted = diagnose(columns, lookup, lambda name: [row > 1 for row in range(N)])
    assert doubted.status == "healthy"


def test_a_direction_of_ones_own_is_used():
    wanted = {"ssim": Metric("ssim", "max", None, "number", (0.95, 1.0))}
    n = 200
    columns = Columns({"step": list(range(n)), "phase": ["train"] * n}, {"ssim": [0.9] * n})
    answer = diagnose(columns, lambda name: wanted.get(name) or lookup(name))
    assert "below the project's 0.95" in only(answer, "ssim-level").evidence


def test_nothing_is_healthy_of_nothing():
    assert diagnose(Columns()).status == "healthy"
    assert diagnose(Columns({"step": [1]}, {"text": ["word"]})).findings == ()


def test_long_series_are_condensed_and_still_found_out():
    n = 6_000
    loss = (0.2 + 0.8 * np.exp(-np.arange(n) / 800) + wobble(1, n, 0.02)).tolist()
    answer = ask({"loss": loss}, list(range(n)), phase=["train"] * n)
    assert only(answer, "loss-decreasing").steps == (0, n - 1)


NUMBERS = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.text(max_size=3),
)
FIELDS = st.sampled_from(
    [
        "total_loss_value",
        "validation_loss_value",
        "quality_ki_value",
        "learning_rate_value",
        "vram_usage_gb",
        "iteration_duration",
        "layer_activity_map.A",
        "layer_activity_map.B",
        "loss",
        "ssim",
        "inference_time_ms",
        ENTROPY,
        TOP,
        "num_attention_peaks",
        "something",
    ]
)


def test_a_layer_that_comes_late_is_no_fault():
    """And numpy has nothing to warn of where it has no value at first."""
    fields = {"layer_activity_map.A": [None] * 4 + [0.5] * 6, "layer_activity_map.B": [0.5] * 10}
    answer = diagnose(Columns({"step": list(range(10))}, fields))
    assert not [finding for finding in answer.findings if finding.rule in ("dead-layer", "saturated-layer")]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 30), st.booleans())
def test_no_content_makes_a_rule_fail(data, count, phased):
    names = data.draw(st.lists(FIELDS, min_size=1, max_size=6, unique=True))
    column = st.lists(NUMBERS, min_size=count, max_size=count)
    fields = {name: data.draw(column) for name in names}
    keys = {"step": data.draw(st.lists(st.integers(0, 10**9), min_size=count, max_size=count).map(sorted))}
    if phased:
        phase = st.sampled_from(["train", "val", None])
        keys["phase"] = data.draw(st.lists(phase, min_size=count, max_size=count))
    answer = diagnose(Columns(keys, fields))
    bad = {
        name
        for name, values in fields.items()
        if any(isinstance(v, float) and not math.isfinite(v) for v in values) and lookup(name).direction
    }
    if bad:
        assert answer.status == "error"
    for finding in answer.findings:
        assert finding.steps[0] <= finding.steps[1]
        assert finding.steps[0] in keys["step"]


# --- the registry ---


def test_rules_have_names_of_their_own_a_source_and_a_line_about_them():
    registered = rules()
    assert len({each.name for each in registered}) == len(registered) >= 25
    for each in registered:
        assert each.name == each.name.lower().replace(" ", "-")
        assert each.source
        assert each.about.endswith(".")


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="registered already"):
        rule("divergence", "error", "twice")(lambda readings: ())


@pytest.mark.parametrize(
    ("severities", "status", "error", "warning"),
    [
        ([], "healthy", False, False),
        (["info"], "healthy", False, False),
        (["info", "warning"], "warning", False, True),
        (["warning", "error"], "error", True, True),
    ],
)
def test_the_status_is_the_worst_severity(severities, status, error, warning):
    like = ask({"total_loss_value": [math.nan] * 9}).findings[0]
    findings = [type(like)(**{**like.to_dict(), "severity": severity}) for severity in severities]
    assert status_of(findings) == status
    assert reaches(findings, "error") is error
    assert reaches(findings, "warning") is warning
