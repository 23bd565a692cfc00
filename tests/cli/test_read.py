import json
import statistics
from pathlib import Path

import pytest
from statsmodels.stats.multitest import multipletests


def raw(learn: Path, field: str) -> list[tuple[int, float]]:
    pairs = [(int(p.stem.split("_")[1]), json.loads(p.read_text())[field]) for p in learn.glob("Statistik_*")]
    return sorted(pairs)


def test_trend_json_holds_every_point_of_the_files(statkit, learn):
    done = statkit("trend", learn, "--json")
    assert done.code == 0
    document = done.json
    assert document["schema"] == "statkit.trend/1"
    assert document["warnings"] == []
    (run,) = document["runs"]
    assert run["run"] == "run"
    (metric,) = run["metrics"]
    points = raw(learn, "quality_improvement_value")
    assert metric["metric"] == "quality_improvement_value"
    assert metric["points"] == [list(point) for point in points]
    assert metric["n"] == 12
    assert (metric["first"], metric["last"]) == (points[0][1], points[-1][1])
    step, value = max(points, key=lambda point: point[1])
    assert metric["best"] == {"step": step, "value": value}
    assert metric["verdict"] == "improving"
    lower, upper = metric["slope_ci"]
    assert lower < metric["slope_per_1000_steps"] < upper
    assert {"direction", "unit", "p_value", "plateau_since"} <= set(metric)


def test_trend_table_shows_steps_sparkline_and_verdict(statkit, learn):
    done = statkit("trend", learn)
    assert done.code == 0
    assert "improving" in done.out
    assert "█" in done.out
    for step, value in raw(learn, "quality_improvement_value"):
        line = next(
            line
            for line in done.out.splitlines()
            if line.split()[:1] in ([str(step)], ["*"]) and str(step) in line
        )
        assert f"{100 * value:.2f} %" in line
    assert "\x1b" not in done.out


def test_a_bare_best_finds_learn(statkit, learn):
    done = statkit("best", "--json", cwd=learn.parent)
    assert done.code == 0
    (result,) = done.json["results"]
    step, value = max(raw(learn, "quality_ki_value"), key=lambda point: point[1])
    assert (result["step"], result["value"], result["rank"]) == (step, value, 1)
    assert result["file"] == f"Statistik_{step}.json"
    assert result["checkpoint"] is None
    known = json.loads((learn / result["file"]).read_text())
    layers = known.pop("layer_activity_map")
    for name, content in known.items():
        assert result["record"][name] == content
    for layer, activity in layers.items():
        assert result["record"][f"layer_activity_map.{layer}"] == activity
    assert result["record"]["quality_gain_abs"] == known["quality_ki_value"] - known["quality_lr_value"]


def test_best_names_the_checkpoint_of_its_step(statkit, learn):
    step, _ = max(raw(learn, "quality_ki_value"), key=lambda point: point[1])
    (learn / "checkpoints").mkdir()
    (learn / "checkpoints" / f"checkpoint_step_{step:07d}.pth").touch()
    done = statkit("best", learn, "--json")
    assert done.json["results"][0]["checkpoint"] == f"checkpoints/checkpoint_step_{step:07d}.pth"
    printed = statkit("best", learn, "--field", "checkpoint").out.strip()
    assert Path(printed).exists()


def test_best_follows_the_best_link_only_to_its_own_step(statkit, learn):
    step, _ = max(raw(learn, "quality_ki_value"), key=lambda point: point[1])
    elsewhere = learn / "saved"
    elsewhere.mkdir()
    (elsewhere / f"checkpoint_step_{step}.pth").touch()
    link = learn / "checkpoint_best.pth"
    link.symlink_to(elsewhere / f"checkpoint_step_{step}.pth")
    assert statkit("best", learn, "--json").json["results"][0]["checkpoint"].endswith(f"_{step}.pth")
    link.unlink()
    (elsewhere / "checkpoint_step_1.pth").touch()
    link.symlink_to(elsewhere / "checkpoint_step_1.pth")
    assert statkit("best", learn, "--json").json["results"][0]["checkpoint"] is None


def test_best_top_ranks_and_direction_flags(statkit, learn):
    done = statkit("best", learn, "--top", "3", "--json")
    expected = sorted((value for _, value in raw(learn, "quality_ki_value")), reverse=True)[:3]
    assert [r["value"] for r in done.json["results"]] == expected
    assert [r["rank"] for r in done.json["results"]] == [1, 2, 3]
    lowest = statkit("best", learn, "-m", "learning_rate_value", "--min", "--json")
    assert lowest.code == 0
    assert lowest.json["direction"] == "min"


def test_zero_before_the_first_validation_is_never_crowned(statkit, learn):
    path = learn / "Statistik_500.json"
    document = json.loads(path.read_text())
    document |= {"quality_ki_value": 0.0, "validation_loss_value": 0.0, "quality_lr_value": 0.0}
    path.write_text(json.dumps(document))
    done = statkit("best", learn, "-m", "validation_loss_value", "--json")
    lowest = min(value for step, value in raw(learn, "validation_loss_value") if step > 500)
    assert done.json["results"][0]["value"] == lowest
    assert "no-validation-yet" in {warning["code"] for warning in done.json["warnings"]}
    assert "no-validation-yet" in done.err


def test_steps_where_and_phase_narrow_the_rows(statkit, learn, batches):
    done = statkit("trend", learn, "--steps", "1000:3000", "--where", "learning_rate_value > 0", "--json")
    assert [step for step, _ in done.json["runs"][0]["metrics"][0]["points"]] == list(range(1000, 3001, 500))
    train = statkit("trend", batches, "--phase", "train", "--json").json["runs"][0]["metrics"][0]
    val = statkit("trend", batches, "--phase", "val", "--json").json["runs"][0]["metrics"][0]
    assert (train["n"], train["phase"]) == (60, "train")
    assert (val["n"], val["verdict"]) == (2, "too-few")


def test_a_batch_run_answers_for_its_training_loss(statkit, batches):
    done = statkit("trend", batches, "--json")
    (metric,) = done.json["runs"][0]["metrics"]
    rows = json.loads((batches / "metrics_20260101_000000.json").read_text())["batch_metrics"]
    assert metric["metric"] == "loss"
    assert [value for _, value in metric["points"]] == [
        row["loss"] for row in rows if row["phase"] == "train"
    ]
    assert "non-finite" in {
        warning["code"] for warning in statkit("show", batches, "--json").json["warnings"]
    }


def test_show_and_its_difference_of_configs(statkit, groups):
    done = statkit("show", "base-0", "--json")
    (run,) = done.json["runs"]
    (series,) = run["series"]
    assert (series["name"], series["rows"], series["first_step"], series["last_step"]) == (
        "validation",
        12,
        500,
        6000,
    )
    assert "quality_ki_value" in series["metrics"]
    assert run["format"] == "statistik"
    assert run["config"]["seed"] == 0
    found = statkit("show", "base-0", "new-0", "--diff", "--json").json["differences"]
    assert {each["key"]: each["values"] for each in found} == {"seed": [0, 10], "variant": ["a", "b"]} or {
        "seed",
        "variant",
    } == {each["key"] for each in found}


def test_list_sorts_best_first(statkit, groups):
    done = statkit(
        "list",
        ".",
        "--columns",
        "max quality_ki_value, last validation_loss_value",
        "--sort",
        "quality_ki_value",
        "--json",
    )
    rows = done.json["rows"]
    best = {
        path.parent.name: max(value for _, value in raw(path, "quality_ki_value"))
        for path in groups.glob("*/Learn")
    }
    assert [(row["run"], row["max quality_ki_value"]) for row in rows] == sorted(
        best.items(), key=lambda item: -item[1]
    )
    turned = statkit("list", ".", "--sort", "-quality_ki_value", "--json").json["rows"]
    assert [row["run"] for row in turned] == [row["run"] for row in reversed(rows)]


@pytest.mark.parametrize("command", ["trend", "best", "show", "list"])
def test_one_bad_file_costs_one_file_and_is_named(statkit, learn, command):
    (learn / "Statistik_3000.json").write_text('{"step_current": 30')
    done = statkit(command, learn, "--json")
    assert done.code == 0
    (skipped,) = [w for w in done.json["warnings"] if w["code"] == "skipped-file"]
    assert skipped["path"] == "Statistik_3000.json"
    assert "Statistik_3000.json" in done.err
    assert "warning" not in statkit(command, learn, "--quiet").err


def test_compare_two_groups_and_one_run_a_side(statkit, groups):
    done = statkit("compare", "base=base-*", "new=new-*", "--json")
    assert done.code == 0
    document = done.json
    scores = {
        name: [
            max(v for _, v in raw(groups / f"{name}-{seed}" / "Learn", "quality_ki_value"))
            for seed in range(5)
        ]
        for name in ("base", "new")
    }
    assert [group["group"] for group in document["groups"]] == ["base", "new"]
    for group in document["groups"]:
        assert group["values"] == scores[group["group"]]
        assert group["mean"] == pytest.approx(statistics.mean(scores[group["group"]]))
    (pair,) = document["comparisons"]
    assert pair["difference"] == pytest.approx(
        statistics.mean(scores["new"]) - statistics.mean(scores["base"])
    )
    assert pair["verdict"] == "better"
    single = statkit("compare", "base-0", "new-0", "--json")
    assert single.code == 0
    (pair,) = single.json["comparisons"]
    assert pair["verdict"] == "inconclusive"
    assert "one run per side" in pair["reason"]


def test_compare_group_by_a_hyperparameter_and_one_group_alone(statkit, groups):
    done = statkit("compare", ".", "--group-by", "variant", "--json")
    assert [group["group"] for group in done.json["groups"]] == ["variant=a", "variant=b"]
    alone = statkit("compare", "base=base-*", "--json").json
    assert alone["comparisons"] == []
    assert alone["noise_floor"]["n"] == 5


def test_compare_refuses_a_run_on_two_sides(statkit, groups):
    done = statkit("compare", "base=base-*", "all=base-*")
    assert done.code == 2
    assert "one side only" in done.err


def test_a_run_without_the_metric_is_left_out_of_a_directory_and_an_error_by_name(statkit, groups, batches):
    done = statkit("trend", ".", "-m", "ssim", "--json")
    assert [run["run"] for run in done.json["runs"]] == ["auto_analysis_blue-sky-1"]
    assert len([w for w in done.json["warnings"] if "left out" in w["message"]]) == 10
    named = statkit("trend", "base-0", batches, "-m", "ssim")
    assert named.code == 2
    assert "No metric 'ssim' in base-0" in named.err


def test_compare_by_several_metrics_adjusts_their_p_values_together(statkit, groups):
    done = statkit(
        "compare",
        "base=base-*",
        "new=new-*",
        "-m",
        "quality_ki_value",
        "-m",
        "validation_loss_value",
        "--json",
    )
    told = done.json["metrics"]
    assert [each["metric"] for each in told] == ["quality_ki_value", "validation_loss_value"]
    raw_p = [each["comparisons"][0]["p_value"] for each in told]
    adjusted = [each["comparisons"][0]["p_value_adjusted"] for each in told]
    assert adjusted == pytest.approx(multipletests(raw_p, method="holm")[1])


def test_list_where_knows_columns_metrics_and_hyperparameters(statkit, groups):
    every = statkit("list", ".", "--json").json["rows"]
    high = [row["run"] for row in every if row["best quality_ki_value"] > 0.68]
    assert 0 < len(high) < len(every)
    found = statkit("list", ".", "--where", "quality_ki_value > 0.68", "--json").json["rows"]
    assert [row["run"] for row in found] == high
    seeds = statkit("list", ".", "--where", "seed == 3 and variant == 'a'", "--json").json["rows"]
    assert [row["run"] for row in seeds] == ["base-3"]
    unknown = statkit("list", ".", "--where", "luck == 3")
    assert (unknown.code, "No metric 'luck'" in unknown.err) == (2, True)


def test_best_takes_several_metrics_and_patterns(statkit, learn):
    done = statkit("best", learn, "-m", "quality_k*", "-m", "validation_loss_value", "--json")
    told = {each["metric"]: each["results"][0]["value"] for each in done.json["metrics"]}
    assert told["quality_ki_value"] == max(v for _, v in raw(learn, "quality_ki_value"))
    assert told["validation_loss_value"] == min(v for _, v in raw(learn, "validation_loss_value"))


def test_compare_best_is_the_best_record_also_where_records_share_a_step(statkit, tmp_path):
    for name, shift in (("one", 0.0), ("two", 0.1)):
        rows = [
            {"batch_idx": b, "phase": phase, "loss": 1 / (epoch + 1) + b / 30 + shift, "timestamp": 1.7e9 + i}
            for i, (epoch, phase, b) in enumerate(
                (epoch, phase, b) for epoch in range(3) for phase in ("train", "val") for b in range(4)
            )
        ]
        (tmp_path / name).mkdir()
        (tmp_path / name / "final_training_metrics.json").write_text(json.dumps({"batch_metrics": rows}))
    best = statkit("best", "one", "two", "--json").json["results"]
    groups = statkit("compare", "one", "two", "--json").json["groups"]
    assert [group["values"] for group in groups] == [[result["value"]] for result in best]
    assert best[0]["value"] == pytest.approx(1 / 3)


def test_query_narrows_by_step_and_where(statkit, learn):
    done = statkit("query", ".step_current", learn, "--steps", "1000:2500", "--where", "quality_ki_value > 0")
    assert done.out.split() == ["1000", "1500", "2000", "2500"]


def test_list_takes_steps_and_direction(statkit, groups):
    rows = statkit("list", ".", "-m", "quality_ki_value", "--min", "--steps", "1000:2000", "--json").json[
        "rows"
    ]
    for row in rows:
        values = [v for s, v in raw(groups / row["run"] / "Learn", "quality_ki_value") if 1000 <= s <= 2000]
        assert row["best quality_ki_value"] == min(values)
