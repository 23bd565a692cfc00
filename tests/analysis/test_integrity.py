"""Files that lost something or contradict, each with its fault at a known place."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.integrity.cadence import gaps
from statkit.analysis.integrity.inspection import check
from statkit.records import Columns, Notice

STEPS = [500 * (k + 1) for k in range(20)]


def snapshots(steps=STEPS, **fields):
    count = len(steps)
    made = {
        "step_current": list(steps),
        "total_loss_value": [1 / (k + 1) for k in range(count)],
        "validation_loss_value": [1.1 / (k + 1) for k in range(count)],
        "quality_ki_value": [0.5 + 0.01 * k for k in range(count)],
    }
    keys = {
        "step": list(steps),
        "epoch": [1 + k // 4 for k in range(count)],
        "time": [1e9 + s for s in steps],
    }
    return Columns(keys, made | fields)


def ask(columns, name="validation", notices=()):
    return check({name: columns}, notices)


def rules(found):
    return [(finding.rule, finding.severity) for finding in found]


def only(found, rule):
    (finding,) = [each for each in found if each.rule == rule]
    return finding


def test_a_whole_run_has_no_finding():
    assert ask(snapshots()) == ()


def test_nothing_has_no_finding():
    assert check({}) == ()
    assert ask(Columns()) == ()


# --- cadence ---


def test_missing_snapshots_are_counted_by_the_runs_own_cadence():
    steps = [step for step in STEPS if step not in (3000, 6000, 6500)]
    finding = only(ask(snapshots(steps)), "cadence-gap")
    assert finding.severity == "error"
    assert finding.steps == (2500, 7000)
    assert "3 steps missing" in finding.evidence
    assert "1 between 2500 and 3500; 2 between 5500 and 7000" in finding.evidence


@pytest.mark.parametrize(
    "steps",
    [
        [500, 1000, 1500, 2000, 2500, 3500, 4500, 5500, 6500, 7500],  # validated half as often from then on
        [500, 1000, 1500, 2000, 2500, 3000, 3156, 3500, 4000, 4500],  # one more, by hand
        [1, 100, 200, 300, 400, 500, 600],
        [500, 5000, 5500, 6000],  # too few to have a cadence
    ],
)
def test_a_cadence_that_changes_is_no_gap(steps):
    assert ask(snapshots(steps)) == ()


def test_a_gap_among_irregular_steps_is_a_warning():
    steps = [100, 210, 290, 405, 500, 590, 900, 1010, 1095, 1200]
    assert rules(ask(snapshots(steps))) == [("cadence-gap", "warning")]


@given(st.integers(1, 1000), st.integers(12, 40), st.data())
def test_whatever_is_taken_from_the_middle_of_an_even_sequence_is_missed(every, count, data):
    whole = [every * (k + 1) for k in range(count)]
    gone = data.draw(st.lists(st.integers(3, count - 4), min_size=0, max_size=2, unique=True))
    left = [position for k, position in enumerate(whole) if k not in gone]
    assert sum(gap.missing for gap in gaps(left)) == len(gone)
    assert all(gap.regular for gap in gaps(left))


def test_two_gaps_near_the_start_are_both_found():
    assert [(gap.before, gap.after) for gap in gaps([1, 3, 4, 6, 7, 8, 9, 10, 11, 12])] == [(1, 3), (4, 6)]


def batch_columns(indices, phases=None, epochs=None, **fields):
    count = len(indices)
    keys = {
        "step": list(range(count)),
        "epoch": epochs or [0] * count,
        "phase": phases or ["train"] * count,
        "batch_index": indices,
    }
    return Columns(keys, {"loss": [0.5 + k / 1000 for k in range(count)]} | fields)


def test_missing_batches_are_found_within_an_epoch_of_a_phase():
    two_epochs = [*range(40), *range(40)]
    epochs = [0] * 40 + [1] * 40
    assert ask(batch_columns(two_epochs, epochs=epochs), "batch") == ()
    lost = [k for k in range(80) if k not in (45, 46)]
    columns = batch_columns([two_epochs[k] for k in lost], epochs=[epochs[k] for k in lost])
    finding = only(ask(columns, "batch"), "cadence-gap")
    assert finding.severity == "error"
    assert "2 batches missing" in finding.evidence
    assert "between 4 and 7 (train, epoch 1)" in finding.evidence


def test_five_validation_batches_an_epoch_are_no_gap():
    indices, phases, epochs = [], [], []
    for epoch in range(4):
        indices += [*range(0, 200, 20), *range(5)]
        phases += ["train"] * 10 + ["val"] * 5
        epochs += [epoch] * 15
    assert ask(batch_columns(indices, phases, epochs), "batch") == ()


# --- clocks, names, copies ---


def test_a_clock_that_runs_backwards_contradicts():
    columns = snapshots()
    columns.keys["time"][7] -= 5_000
    finding = only(ask(columns), "clock-reversal")
    assert finding.severity == "error"
    assert finding.steps == (STEPS[6], STEPS[7])
    assert "2001-09-09" in finding.evidence


def test_equal_and_missing_times_are_no_reversal():
    columns = snapshots()
    columns.keys["time"][7] = columns.keys["time"][6]
    columns.keys["time"][9] = None
    assert ask(columns) == ()


def test_a_name_that_contradicts_its_content():
    columns = snapshots()
    columns.fields["step_current"][3] = 2002  # two steps late, as trainings write
    assert ask(columns) == ()
    columns.fields["step_current"][3] = 5000
    columns.provenance = {"file": [f"Statistik_{step}.json" for step in STEPS]}
    finding = only(ask(columns), "step-mismatch")
    assert finding.severity == "error"
    assert "Statistik_2000.json says step_current 5000" in finding.evidence


def test_a_copied_snapshot_is_found():
    columns = snapshots()
    for name, column in columns.fields.items():
        if name != "step_current":
            column[11] = column[10]
    finding = only(ask(columns), "repeated-snapshot")
    assert (finding.severity, finding.steps) == ("error", (STEPS[10], STEPS[11]))


def test_a_restart_is_mentioned():
    columns = snapshots()
    columns.keys["epoch"][12:] = [1] * 8
    finding = only(ask(columns), "restart")
    assert (finding.severity, finding.steps) == ("info", (STEPS[12], STEPS[12]))


# --- fields ---


def test_fields_that_begin_end_or_pause_midway():
    columns = snapshots(
        begins=[None] * 8 + [1.5] * 12,
        begins_too=[None] * 8 + ["text"] * 12,
        ends=[2.5] * 13 + [None] * 7,
        pauses=[1.0] * 8 + [None] * 4 + [1.0] * 8,
    )
    found = [finding for finding in ask(columns) if finding.rule == "schema-drift"]
    assert {finding.severity for finding in found} == {"warning"}
    told = {finding.metric: finding.evidence for finding in found}
    assert "2 fields (begins, begins_too): only from step 4500 on" in told["begins"]
    assert "not after step 6500" in told["ends"]
    assert "missing between steps 4000 and 6500" in told["pauses"]
    assert len(found) == 3


def test_a_field_of_every_twentieth_batch_or_of_one_phase_is_no_drift():
    indices, phases = [*range(100), *range(5)], ["train"] * 100 + ["val"] * 5
    every = [0.4 if k % 20 == 0 else None for k in range(100)] + [None] * 5
    timed = [180.0] * 100 + [None] * 5
    columns = batch_columns(indices, phases, None, entropy=every, training_time_ms=timed)
    assert ask(columns, "batch") == ()


def test_labelled_snapshots_have_a_schema_of_their_own():
    columns = snapshots(ki_psnr=[None] * 19 + [31.0])
    columns.keys["label"] = [None] * 19 + ["final"]
    columns.keys["step"][-1] = 9_700
    assert ask(columns) == ()


def test_values_their_definition_forbids_are_unit_suspects():
    name = "attention_bam_384_attention_concentration_10"
    columns = batch_columns(list(range(30)), None, None, **{name: [0.4] * 29 + [51.5], "ssim": [0.5] * 30})
    finding = only(ask(columns, "batch"), "unit-suspect")
    assert (finding.severity, finding.metric, finding.steps) == ("warning", name, (29, 29))
    assert "0.4 to 51.5" in finding.evidence
    columns.fields["ssim"][4] = 1.5
    assert "ssim runs from 0.5 to 1.5" in only(ask(columns, "batch"), "unit-suspect").evidence
    columns = batch_columns(list(range(30)), None, None, **{name: [0.4] * 29 + [math.nan]})
    assert ask(columns, "batch") == ()


# --- lagging quality ---


def lagged():
    columns = snapshots()
    for name in ("quality_ki_value", "validation_loss_value"):
        columns.fields[name] = [0.0, *columns.fields[name][:-1]]
    return columns


def test_quality_that_lags_a_validation_behind_contradicts():
    finding = only(ask(lagged()), "lagging-quality")
    assert finding.severity == "error"
    assert finding.steps == (STEPS[0], STEPS[-1])


def test_the_writer_that_says_so_itself_is_believed():
    columns = snapshots(last_validation_step=[0, *STEPS[:-1]])
    assert "20 files" in only(ask(columns), "lagging-quality").evidence
    assert ask(snapshots(last_validation_step=list(STEPS))) == ()


@pytest.mark.parametrize("change", ["nothing trained", "no validation for long", "quality alone"])
def test_other_zeros_are_no_lag(change):
    columns = lagged()
    if change == "nothing trained":
        columns.fields["total_loss_value"][0] = 0.0
    elif change == "no validation for long":
        for name in ("quality_ki_value", "validation_loss_value"):
            columns.fields[name][1] = 0.0
    else:
        columns.fields["validation_loss_value"][0] = 0.3
    assert "lagging-quality" not in {finding.rule for finding in ask(columns)}


# --- what reading noticed ---


def test_many_notices_of_one_kind_are_one_finding():
    notices = [
        Notice("skipped-file", f"Statistik_{step}.json", "ends in the middle (byte 10)") for step in STEPS
    ]
    (finding,) = check({}, notices)
    assert (finding.rule, finding.severity) == ("truncated-file", "error")
    assert "20 files (Statistik_500.json, Statistik_1000.json" in finding.evidence
    assert [finding.rule for finding in check({}, notices[:3])] == ["truncated-file"] * 3


def test_the_name_of_the_run_is_not_repeated():
    notice = Notice("non-finite", "blue-sky", "NaN in 3 rows")
    assert check({}, [notice], run="blue-sky")[0].evidence == "NaN in 3 rows."
    assert check({}, [notice])[0].evidence == "blue-sky: NaN in 3 rows."


def test_a_notice_of_a_kind_not_known_here_is_a_warning():
    (finding,) = check({}, [Notice("plugin-broken", "x", "cannot be loaded")])
    assert (finding.rule, finding.severity) == ("plugin-broken", "warning")
