"""One test for each of the traps that files of the original programs hold, in their order there."""

import json
import math

import pytest

from statkit.schema import split_attention, split_summary_key


def codes(notices):
    return [notice.code for notice in notices]


def test_01_steps_sort_as_numbers(directory):
    directory.snapshots(10000, 500, 9000, 1000)
    assert directory.columns().steps == [500, 1000, 9000, 10000]


def test_02_the_file_name_is_the_step_and_step_current_stays_a_column(directory):
    directory.put("Statistik_500.json", directory.snapshot(502))
    columns = directory.columns()
    assert columns.steps == [500]
    assert columns.fields["step_current"] == [502]


def test_03_a_first_file_without_quality_flags_a_run_whose_quality_lags(directory):
    directory.put(
        "Statistik_500.json", directory.snapshot(500, quality_ki_value=0.0, validation_loss_value=0.0)
    )
    directory.snapshots(1000)
    (notice,) = [n for n in directory.notices() if n.code == "no-validation-yet"]
    assert "lag" in notice.message
    assert "500" in notice.message


def test_03_a_first_quality_of_zero_alone_is_flagged_and_never_crowned(directory):
    directory.snapshots(500, quality_ki_value=0.0)
    directory.snapshots(1000)
    run = directory.run()
    columns = run.columns("validation")
    (notice,) = [n for n in run.notices if n.code == "no-validation-yet"]
    assert "quality may lag one validation behind" in notice.message
    assert run.believed(columns, "quality_ki_value") == [False, True]
    assert run.believed(columns, "quality_gain_abs") == [False, True]
    assert run.believed(columns, "validation_loss_value") == [True, True]


def test_16_one_value_of_another_kind_costs_itself_alone(directory):
    directory.snapshots(*range(1, 12))
    for odd in ([0.5], True, "broken"):
        directory.snapshots(12, quality_ki_value=odd)
        assert directory.columns().fields["quality_ki_value"] == [0.621] * 11 + [None]
        (notice,) = directory.notices()
        assert notice.code == "numeric-string"
        assert f"1 are no numbers ({json.dumps(odd)} in Statistik_12.json)" in notice.message


@pytest.mark.parametrize("field", ["quality_ki_value", "validation_loss_value", "quality_running_best"])
def test_04_zero_before_the_first_validation_is_flagged_and_never_crowned(directory, field):
    directory.put(
        "Statistik_500.json",
        directory.snapshot(500, quality_ki_value=0.0, validation_loss_value=0.0, total_loss_value=0.0),
    )
    directory.snapshots(1000)
    run = directory.run()
    columns = run.columns("validation", [field, "quality_ki_value", "validation_loss_value"])
    assert run.believed(columns, field) == [False, True]
    assert "no-validation-yet" in codes(run.notices)


def test_04_in_the_second_schema_too(directory):
    directory.put("Statistik_5_a.json", {"step": 5, "ki_quality": 0.0, "val_loss": 0.0})
    directory.put("Statistik_9_a.json", {"step": 9, "ki_quality": 0.6, "val_loss": 0.2})
    run = directory.run()
    columns = run.columns("validation", ["ki_quality", "val_loss"])
    assert run.believed(columns, "val_loss") == [False, True]


def test_05_an_empty_update_is_flagged_and_never_crowned(directory):
    empty = {
        "total_loss_value": 0.0,
        "l1_loss_value": 0.0,
        "epoch_step_total": 1,
        "iteration_duration": 0.1,
    }
    directory.put("Statistik_500.json", directory.snapshot(500, **empty))
    directory.snapshots(1000)
    run = directory.run()
    columns = run.columns("validation")
    assert run.believed(columns, "total_loss_value") == [False, True]
    assert run.believed(columns, "l1_loss_value") == [False, True]
    assert any("empty update" in notice.message for notice in run.notices)


def test_06_gain_and_gap_closed_stand_beside_what_the_file_calls_improvement(directory):
    directory.put(
        "Statistik_500.json",
        directory.snapshot(500, quality_lr_value=0.5, quality_ki_value=0.6, quality_improvement_value=3.2),
    )
    fields = directory.columns().fields
    assert fields["quality_improvement_value"] == [3.2]
    assert fields["quality_gain_abs"] == pytest.approx([0.1])
    assert fields["quality_gain_rel"] == pytest.approx([0.2])
    assert fields["quality_gap_closed"] == pytest.approx([0.2])


def test_07_a_perfect_quality_is_flagged_as_a_clipped_nan(directory):
    directory.snapshots(500, quality_ki_value=1.0)
    assert any("exactly 1.0" in notice.message for notice in directory.notices())


def test_08_the_running_best_is_recomputed(directory):
    for step, quality, remembered in ((500, 0.6, 0.6), (1000, 0.7, 0.7), (1500, 0.65, 0.65)):
        directory.snapshots(step, quality_ki_value=quality, best_quality_ever=remembered)
    fields = directory.columns().fields
    assert fields["quality_running_best"] == [0.6, 0.7, 0.7]
    assert fields["best_quality_ever"] == [0.6, 0.7, 0.65]


def test_09_layers_stand_in_natural_order_and_mixed_units_are_flagged(directory):
    directory.snapshots(500)
    directory.snapshots(1000, layer_activity_map={"Backward 1": 0.41, "Backward 10": 1.77})
    layers = [name for name in directory.run().frame() if name.startswith("layer_activity_map.")]
    assert [name.split(".")[1] for name in layers] == [
        "Backward 1",
        "Backward 2",
        "Backward 10",
        "Final Fusion",
    ]
    assert any("percent" in n.message and "raw" in n.message for n in directory.notices())


def test_09_one_unit_is_not_flagged(directory):
    directory.snapshots(500, 1000)
    assert codes(directory.notices()) == []


def test_10_fields_missing_extra_null_nested_and_ints_that_become_floats(directory):
    directory.snapshots(500, adaptive_plateau_counter=12, learning_rate_value=...)
    directory.snapshots(
        1000,
        adaptive_plateau_counter=12.5,
        has_validation_data=True,
        last_validation_step=None,
        prefetch_stats={"queue": {"depth": 3}, "names": ["a", "b"]},
    )
    fields = directory.columns().fields
    assert fields["learning_rate_value"] == [None, 0.0001]
    assert fields["adaptive_plateau_counter"] == [12, 12.5]
    assert fields["has_validation_data"] == [None, True]
    assert fields["last_validation_step"] == [None, None]
    assert fields["prefetch_stats.queue.depth"] == [None, 3]
    assert fields["prefetch_stats.names"] == [None, ["a", "b"]]


def test_11_a_resume_leaves_two_lineages_and_last_keeps_the_newer(directory):
    for step, time in ((500, 10), (1000, 20), (1500, 30)):
        directory.snapshots(step, last_update_time=1770000000 + time)
    for step, time in ((1000, 40), (2000, 50)):  # resumed from 500; 1500 was not written again
        directory.snapshots(step, last_update_time=1770000000 + time)
    assert directory.columns().steps == [500, 1000, 2000]
    assert directory.columns(on_rewind="first").steps == [500, 1500]
    everything = directory.columns(on_rewind="all")
    assert everything.steps == [500, 1000, 1500, 2000]
    assert everything.keys["segment"] == [0, 1, 0, 1]
    assert codes(directory.notices()) == ["mixed-lineage"]


def test_12_irregular_and_missing_steps_are_kept_as_they_are(directory):
    directory.snapshots(500, 5156, 7000)
    assert directory.columns().steps == [500, 5156, 7000]
    assert codes(directory.notices()) == []


def test_13_two_schemas_under_one_prefix_and_downloads_of_both_shapes(directory):
    directory.snapshots(500)
    directory.put("Statistik_600_final.json", {"step": 600, "ki_quality": 0.63, "val_loss": None})
    directory.put("vsr_training_data_2026-02-06T08-26-30.json", directory.snapshot(700))
    nested = {"timestamp": "2026-02-06T08:59:50Z", "step": 800, "epoch": 2, "losses": {"total": 0.05}}
    directory.put("vsr_training_log_1770368390.json", nested)
    columns = directory.columns()
    assert columns.steps == [500, 600, 700, 800]
    assert columns.key("label") == [None, "final", "download", "log"]
    assert columns.fields["losses.total"] == [None, None, None, 0.05]
    assert columns.keys["time"][3] == 1770368390.0


def test_13_a_download_of_a_saved_step_is_left_out(directory):
    directory.snapshots(500)
    directory.put("vsr_training_data_2026-02-06T08-26-30.json", directory.snapshot(500))
    assert directory.columns().steps == [500]
    assert codes(directory.notices()) == ["duplicate-step"]


@pytest.mark.parametrize("content", [b"", b" \n", b'{\n  "step_current": 50', b"\0" * 4097])
def test_14_truncated_empty_and_zeroed_files_cost_themselves_alone(directory, content):
    directory.snapshots(500, 1500)
    directory.put("Statistik_1000.json", content)
    assert directory.columns().steps == [500, 1500]
    (notice,) = directory.notices()
    assert (notice.code, notice.path) == ("skipped-file", "Statistik_1000.json")


def test_15_bare_nan_and_infinity_are_numbers_and_counted(directory):
    text = json.dumps(directory.snapshot(500))
    text = text.replace("0.621", "NaN").replace("0.0145", "Infinity").replace("0.0512", "-Infinity")
    directory.put("Statistik_500.json", text)
    fields = directory.columns().fields
    assert math.isnan(fields["quality_ki_value"][0])
    assert fields["validation_loss_value"] == [math.inf]
    assert fields["total_loss_value"] == [-math.inf]
    (notice,) = [n for n in directory.notices() if n.code == "non-finite"]
    assert "quality_ki_value 1" in notice.message


@pytest.mark.parametrize(
    ("text", "number"), [("0.0123", 0.0123), ("tensor(0.5)", 0.5), ("tensor(3, device='cuda:0')", 3)]
)
def test_16_numbers_written_as_text_are_converted_with_a_warning(directory, text, number):
    directory.snapshots(500, validation_loss_value=text)
    directory.snapshots(1000)
    assert directory.columns().fields["validation_loss_value"] == [number, 0.0145]
    assert codes(directory.notices()) == ["numeric-string"]


def test_16_text_stays_text(directory):
    directory.snapshots(500, adaptive_mode="12", eta_total_formatted="3d 8h")
    directory.snapshots(1000, adaptive_mode="Stable")
    assert directory.columns().fields["adaptive_mode"] == ["12", "Stable"]


def test_17_of_cumulative_files_the_newest_superset_counts(directory):
    records = [directory.batch(i, timestamp=1759561871.0 + i) for i in range(30)]
    for number, size in enumerate((10, 20, 30)):
        directory.put(f"metrics_20251004_14114{number}.json", directory.metrics(records[:size]))
    columns = directory.columns("batch")
    assert columns.fields["batch_idx"] == list(range(30))
    assert [n.code for n in directory.notices() if n.code == "superseded-file"] == ["superseded-file"] * 2


def test_18_files_are_ranked_by_content_not_by_name(directory):
    records = [directory.batch(i) for i in range(30)]
    directory.put("epoch_9_metrics.json", directory.metrics(records[:10]))
    directory.put("epoch_10_metrics.json", directory.metrics(records[:20]))
    directory.put("final_training_metrics.json", directory.metrics(records))
    directory.put("metrics_20251004_141145.json", directory.metrics(records[:5]))
    columns = directory.columns("batch")
    assert set(columns.provenance["file"]) == {"final_training_metrics.json"}
    assert len(columns) == 30


def test_18_disjoint_files_without_times_are_joined_in_the_order_of_epochs(directory):
    for epoch in (0, 9, 10):
        records = [directory.batch(i, loss=epoch + i / 10) for i in range(2)]
        directory.put(f"epoch_{epoch}_metrics.json", directory.metrics(records))
    columns = directory.columns("batch")
    assert columns.fields["loss"] == [0.0, 0.1, 9.0, 9.1, 10.0, 10.1]
    assert columns.keys["epoch"] == [0, 0, 1, 1, 2, 2]


def test_19_epochs_are_inferred_per_phase_and_the_sanity_check_has_none(directory):
    order = [
        *[("val", 0), ("val", 1)],
        *[("train", 0), ("train", 1), ("val", 0), ("val", 1)],
        *[("train", 0), ("train", 1), ("val", 0), ("val", 1)],
    ]
    records = [directory.batch(i, phase, loss=float(n)) for n, (phase, i) in enumerate(order)]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    columns = directory.columns("batch")
    assert columns.keys["epoch"] == [None, None, 0, 0, 0, 0, 1, 1, 1, 1]
    assert columns.steps == [0, 0, 0, 1, 2, 2, 2, 3, 4, 4]
    assert columns.keys["batch_index"] == [i for _, i in order]


def test_20_a_summary_beside_records_is_not_read_it_mixes_phases(directory):
    records = [directory.batch(0, "train", loss=1.0), directory.batch(0, "val", loss=3.0)]
    directory.put("final_training_metrics.json", directory.metrics(records, summary={"loss_mean": 2.0}))
    run = directory.run()
    assert run.series_names() == ["batch"]
    assert "loss_mean" not in run.field_names()


def test_20_a_file_of_nothing_but_a_summary_is_a_row_of_the_epoch_series(directory):
    summary = {"total_batches": 40, "loss_mean": 2.0, "peak_separation_mean_mean": 16.8}
    directory.put("epoch_3_metrics.json", {"summary": summary, "metadata": {"total_batches": 40}})
    columns = directory.columns("epoch")
    assert (columns.steps, columns.keys["epoch"]) == ([40], [3])
    assert columns.fields == {"loss_mean": [2.0], "peak_separation_mean_mean": [16.8]}


def test_20_batches_and_summaries_share_no_columns(directory):
    directory.put("metrics_20251004_141145.json", directory.metrics([directory.batch(0)]))
    directory.put("epoch_3_metrics.json", {"summary": {"total_batches": 4, "loss_mean": 2.0}, "metadata": {}})
    run = directory.run()
    assert "loss_mean" not in run.columns("batch").fields
    assert list(run.columns("epoch").fields) == ["loss_mean"]


def test_21_a_metric_missing_in_newer_records_is_missing(directory):
    records = [directory.batch(0), {k: v for k, v in directory.batch(1).items() if k != "ssim"}]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    assert directory.columns("batch").fields["ssim"] == [0.5, None]


def test_22_layers_without_metrics_make_no_columns_and_the_primary_layer_is_the_first_with_some(directory):
    records = [
        directory.batch(0, attention_bam_384_attention_entropy=2.5),
        directory.batch(1, attention_bam_384_attention_entropy=2.6),
    ]
    directory.put("metrics_20251004_141145.json", directory.metrics(records))
    fields = directory.columns("batch").fields
    assert fields["attention_entropy"] == [2.5, 2.6]
    assert not [name for name in fields if "encoder_kan" in name]
    assert fields["attention_layers"][0] == ["encoder_kan", "bam_384", "bam_16", "decoder_kan"]


def test_23_timestamps_are_utc_and_created_at_is_not_read(directory):
    records = [directory.batch(0, timestamp=1759561871.5)]
    content = directory.metrics(records, metadata={"created_at": "2025-10-04T14:11:45.928259"})
    directory.put("metrics_20251004_141145.json", content)
    run = directory.run()
    moment = run.frame()["time"][0]
    assert moment.isoformat() == "2025-10-04T07:11:11.500000+00:00"
    assert "created_at" not in run.field_names()


def test_24_double_suffixes_split_at_the_longest_known_metric():
    assert split_summary_key("peak_separation_mean_mean") == ("peak_separation_mean", "mean")
    assert split_summary_key("peak_separation_mean") is None
    assert split_summary_key("loss_std") == ("loss", "std")
    long = "attention_bam_384_peak_separation_mean"
    assert split_summary_key(long + "_max") == (long, "max")
    assert split_summary_key(long) is None
    assert split_attention("attention_bam_384_attention_concentration_10") == (
        "bam_384",
        "attention_concentration_10",
    )
    assert split_attention("attention_layers") is None
