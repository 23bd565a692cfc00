import json

import pytest

from statkit.analysis.batch_columns import columns_of
from statkit.analysis.training_summary import training_summary
from statkit.api.report_charts import MOST_LINES, metric_charts, training_charts
from statkit.api.run_document import run_document
from statkit.data.load import load
from statkit.views.line_chart import LineChart


def batches(directory, count=30, **more):
    directory.mkdir(exist_ok=True)
    lines = [
        {"batch_idx": k, "global_step": k, "phase": "val" if k % 10 == 9 else "train", "loss": 1 / (k + 1)}
        | {name: value(k) for name, value in more.items()}
        for k in range(count)
    ]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return load(directory)


def snapshots(directory, count=12, **more):
    for k in range(1, count + 1):
        values = {"step_current": 100 * k, **{name: value(k) for name, value in more.items()}}
        (directory / f"Statistik_{100 * k}.json").write_text(json.dumps(values))
    return load(directory)


def charts(run):
    document = run_document(run)
    return [
        block for section in document.sections for block in section.blocks if isinstance(block, LineChart)
    ]


def test_phases_are_lines_of_one_chart_with_the_values_of_the_records(tmp_path):
    (loss,) = charts(batches(tmp_path / "run", count=40))
    assert [line.name for line in loss.lines] == ["train", "val"]
    assert list(loss.lines[1].steps) == [9, 19, 29, 39]
    assert list(loss.lines[1].values) == [1 / 10, 1 / 20, 1 / 30, 1 / 40]
    assert loss.log


def test_records_without_a_phase_are_one_line():
    columns = columns_of([{"batch_idx": k, "global_step": k, "loss": 1 / (k + 1)} for k in range(5)])
    (loss,) = training_charts(columns, training_summary(columns))["results"]
    assert [(line.name, list(line.steps)) for line in loss.lines] == [("all", [0, 1, 2, 3, 4])]


def test_layers_are_lines_of_one_chart_a_phase(tmp_path):
    run = batches(
        tmp_path / "run",
        attention_b2_attention_entropy=lambda k: 3 + k / 100,
        attention_b10_attention_entropy=lambda k: 2 + k / 100,
    )
    titles = {chart.title: [line.name for line in chart.lines] for chart in charts(run)}
    assert titles == {
        "loss": ["train", "val"],
        "entropy, train": ["b2", "b10"],
        "entropy, val": ["b2", "b10"],
    }


def test_a_metric_of_one_step_has_no_chart(tmp_path):
    assert charts(batches(tmp_path / "run", count=1)) == []


def test_snapshots_show_quality_first_and_the_best_is_marked(tmp_path):
    run = snapshots(
        tmp_path,
        vram_usage_gb=lambda k: 1.0,
        total_loss_value=lambda k: 1 / k,
        l1_loss_value=lambda k: 2 / k,
        validation_loss_value=lambda k: 3 / k,
        learning_rate_value=lambda k: 1e-4 / k,
        quality_lr_value=lambda k: 0.4,
        quality_ki_value=lambda k: 0.6 - abs(k - 7) / 100,
    )
    found = {chart.title: chart for chart in charts(run)}
    assert list(found) == ["quality", "validation_loss_value", "losses", "learning_rate_value"]
    assert found["quality"].mark == (700, 0.6)
    assert [line.name for line in found["losses"].lines] == ["total_loss_value", "l1_loss_value"]


def test_layer_activity_stands_in_the_order_of_the_network(tmp_path):
    names = ["Final Fusion", "Forward 2", "Forward 10", "Backward 1"]
    run = snapshots(
        tmp_path,
        quality_ki_value=lambda k: 0.5,
        layer_activity_map=lambda k: dict.fromkeys(names, k / 10),
    )
    (chart,) = [chart for chart in charts(run) if chart.title == "layer_activity_map"]
    assert [line.name for line in chart.lines] == ["Backward 1", "Forward 2", "Forward 10", "Final Fusion"]


def test_too_many_layers_are_cut_and_that_is_said(tmp_path):
    many = {f"Forward {k}": 0.1 for k in range(MOST_LINES + 5)}
    run = snapshots(tmp_path, quality_ki_value=lambda k: 0.5, layer_activity_map=lambda k: many)
    (chart,) = [chart for chart in charts(run) if chart.title == "layer_activity_map"]
    assert len(chart.lines) == MOST_LINES
    assert f"{MOST_LINES} of {MOST_LINES + 5} lines are shown." in chart.note


@pytest.mark.parametrize(("count", "said"), [(1000, False), (1001, True)])
def test_thinning_is_said(tmp_path, count, said):
    (chart,) = charts(batches(tmp_path / "run", count=round(count / 0.9)))
    assert ("least and greatest" in chart.note) is said


def test_no_results_no_charts(tmp_path):
    assert metric_charts(snapshots(tmp_path, quality_ki_value=lambda k: 0.5), []) == []
