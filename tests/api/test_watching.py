"""Runs watched while files come, go, rewind and break: what rings, and when."""

import json
import math

import pytest

from statkit.analysis.alerts.rules import parse_alert
from statkit.analysis.alerts.sight import HISTORY
from statkit.api.monitoring import monitor
from statkit.api.watching import Lookout
from statkit.data.load import load_all
from statkit.errors import SourceError, UsageError

NOW = 1.7e9


class OneRun:
    """A run that is looked at, in the shape of the port."""

    def __init__(self, path, clock):
        (self._run,) = load_all([str(path)])
        self._clock = clock
        self.path, self.name, self.revision = self._run.path, self._run.name, 0
        self.broken = False

    def look(self):
        self._run.refresh()
        self.revision += 1

    def ask(self, question):
        return question(self._run)

    def state(self):
        if self.broken:
            raise SourceError("being replaced", self.path)
        return monitor(self._run)

    def status(self):
        return self.state().glance.status(self._clock.now)


class Clock:
    now = NOW


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def learn(tmp_path):
    directory = tmp_path / "run" / "Learn"
    directory.mkdir(parents=True)
    return directory


def write(learn, step, **more):
    document = {
        "step_current": step,
        "step_max": 100_000,
        "quality_ki_value": 0.5 + step / 1e5,
        "quality_lr_value": 0.45,
        "total_loss_value": 1 / step,
        "last_update_time": NOW + step / 10 - 1000,
        **more,
    }
    (learn / f"Statistik_{step}.json").write_text(json.dumps(document))


def rung(lookout, *runs):
    for run in runs:
        run.look()
    return [alert.rule for alert in lookout.look(runs).fresh]


def test_nan_rings_once_until_it_clears(learn, clock):
    write(learn, 500)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("nan")])
    assert rung(lookout, run) == []
    write(learn, 1000, total_loss_value=math.nan)
    assert rung(lookout, run) == ["nan"]
    write(learn, 1500, total_loss_value=math.nan)
    assert rung(lookout, run) == []
    write(learn, 2000)
    assert rung(lookout, run) == []
    assert lookout.look([run]).alerts == ()
    write(learn, 2500, total_loss_value=math.inf)
    write(learn, 3000)
    assert rung(lookout, run) == ["nan"]  # between two looks
    (alert,) = lookout.look([run]).alerts  # nothing new: it stands
    assert (alert.step, alert.metric) == (2500, "total_loss_value")


def test_the_first_look_sees_the_whole_history(learn, clock):
    for step in (500, 1000, 1500):
        write(learn, step, quality_ki_value=math.nan if step == 500 else 0.5)
    (alert,) = Lookout([parse_alert("nan")]).look([OneRun(learn, clock)]).alerts
    assert (alert.step, alert.metric) == (500, "quality_ki_value")


def test_stall_needs_no_new_file(learn, clock):
    for step in range(500, 5000, 500):
        write(learn, step)
    clock.now = NOW + 4500 / 10 - 1000
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("stall"), parse_alert("stall:3")])
    assert rung(lookout, run) == []
    limit = lookout.look([run]).runs[0].status.limit_s
    clock.now += limit + 1
    assert [alert.rule for alert in lookout.look([run]).fresh] == ["stall"]
    clock.now += 2 * limit
    look = lookout.look([run])
    assert [alert.rule for alert in look.fresh] == ["stall:3"]
    assert look.runs[0].status.status == "stalled"
    write(learn, 5000, last_update_time=clock.now)
    assert rung(lookout, run) == []
    assert lookout.look([run]).alerts == ()


def test_a_limit_looks_at_the_latest_and_at_all_that_is_new(learn, clock):
    write(learn, 500, vram_usage_gb=30.0)
    write(learn, 1000, vram_usage_gb=10.0)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("vram_usage_gb>20")])
    assert rung(lookout, run) == []  # long ago
    write(learn, 1500, vram_usage_gb=31.0)
    write(learn, 2000, vram_usage_gb=10.0)
    assert rung(lookout, run) == ["vram_usage_gb>20"]  # between two looks
    write(learn, 2500, vram_usage_gb=10.0)
    assert rung(lookout, run) == []
    assert lookout.look([run]).alerts == ()


def test_a_quality_of_0_before_the_first_validation_is_below_nothing(learn, clock):
    write(learn, 500, quality_ki_value=0.0, quality_lr_value=0.0, quality_improvement_value=0.0)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("quality_ki_value<0.4")])
    assert rung(lookout, run) == []
    write(learn, 1000, quality_ki_value=0.3)
    assert rung(lookout, run) == ["quality_ki_value<0.4"]


def test_a_divergence_rings_when_the_health_rule_says_so(learn, clock):
    for step in range(500, 10_500, 500):
        write(learn, step, total_loss_value=1 / step + (step % 1000) / 1e8)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("divergence")])
    assert rung(lookout, run) == []
    for step in range(10_500, 13_000, 500):
        write(learn, step, total_loss_value=0.01)
    assert rung(lookout, run) == ["divergence"]


def quality_runs(root, name, count, gain=0.0, until=8000):
    for seed in range(count):
        directory = root / f"{name}-{seed}" / "Learn"
        directory.mkdir(parents=True)
        for step in range(500, until + 1, 500):
            value = 0.5 + step / 1e5 + gain + seed / 1e3
            write(directory, step, quality_ki_value=value)
    return load_all([str(root / f"{name}-{seed}") for seed in range(count)])


def test_a_gate_compares_with_what_baselines_had_reached_by_then(tmp_path, clock):
    baseline = quality_runs(tmp_path, "base", 5)
    quality_runs(tmp_path, "early", 1, until=4000)
    quality_runs(tmp_path, "worse", 1, gain=-0.02, until=4000)
    rules = [parse_alert("gate:quality_ki_value: -0.001")]
    early = OneRun(tmp_path / "early-0" / "Learn", clock)
    worse = OneRun(tmp_path / "worse-0" / "Learn", clock)
    assert Lookout(rules, baseline).look([early]).alerts == ()
    (alert,) = Lookout(rules, baseline).look([worse]).alerts
    assert (alert.step, alert.value) == (4000, pytest.approx(0.52))
    assert "up to step 4000, against 5 baseline runs" in alert.message


def test_a_baseline_run_that_is_watched_is_not_judged(tmp_path, clock):
    baseline = quality_runs(tmp_path, "base", 5)
    quality_runs(tmp_path, "worse", 1, gain=-0.02)
    rules = [parse_alert("gate:quality_ki_value: -0.001")]
    own = OneRun(tmp_path / "base-0" / "Learn", clock)
    worse = OneRun(tmp_path / "worse-0" / "Learn", clock)
    look = Lookout(rules, baseline).look([own, worse])
    assert [alert.run for alert in look.alerts] == ["worse-0"]
    assert not look.unjudged
    assert "is a baseline run" in Lookout(rules, baseline).look([own]).unjudged[rules[0].text]


@pytest.mark.parametrize(
    ("rules", "baseline", "told"),
    [(["gate:quality_ki_value: -1"], 0, "--baseline"), (["nan"], 1, "without --alert")],
)
def test_a_gate_and_its_baseline_belong_together(tmp_path, rules, baseline, told):
    runs = quality_runs(tmp_path, "base", baseline)
    with pytest.raises(UsageError, match=told):
        Lookout([parse_alert(rule) for rule in rules], runs)


def test_a_metric_that_no_run_has_is_told_and_one_that_some_have_is_not(tmp_path, learn, clock):
    write(learn, 500)
    other = tmp_path / "batches"
    other.mkdir()
    rows = [{"batch_idx": i, "phase": "train", "loss": 0.5, "timestamp": NOW + i} for i in range(4)]
    (other / "batch_metrics.json").write_text(json.dumps({"batch_metrics": rows}))
    runs = [OneRun(learn, clock), OneRun(other, clock)]
    look = Lookout([parse_alert("total_loss_value>5"), parse_alert("lss>5")]).look(runs)
    assert list(look.unjudged) == ["lss>5"]
    assert "No metric 'lss'" in look.unjudged["lss>5"]


def test_while_files_are_replaced_the_last_sight_stands(learn, clock):
    write(learn, 500, total_loss_value=math.nan)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("nan")])
    before = lookout.look([run])
    run.broken = True
    run.revision += 1
    during = lookout.look([run])
    assert during.runs == before.runs
    assert during.alerts == before.alerts
    assert during.fresh == ()


def test_a_run_that_is_gone_is_forgotten(learn, clock):
    write(learn, 500, total_loss_value=math.nan)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("nan")])
    assert len(lookout.look([run]).fresh) == 1
    assert lookout.look([]).runs == ()
    assert len(lookout.look([run]).fresh) == 1


def test_a_rewind_is_looked_at_from_its_start(learn, clock):
    for step in (500, 1000, 1500):
        write(learn, step)
    run, lookout = OneRun(learn, clock), Lookout([parse_alert("nan")])
    assert rung(lookout, run) == []
    for step in (1000, 1500):
        (learn / f"Statistik_{step}.json").unlink()
    write(learn, 750, total_loss_value=math.nan, last_update_time=NOW)
    write(learn, 900, last_update_time=NOW + 1)
    assert rung(lookout, run) == ["nan"]


def test_the_final_file_of_a_run_says_nothing_new(tmp_path, clock):
    rows = [
        {"batch_idx": i, "phase": "train", "loss": math.nan if i == 2 else 5 - i, "timestamp": NOW + i}
        for i in range(5)
    ]
    directory = tmp_path / "batches"
    directory.mkdir()
    growing = directory / "batch_metrics.jsonl"
    growing.write_text("".join(json.dumps(row) + "\n" for row in rows[:4]))
    run, lookout = OneRun(directory, clock), Lookout([parse_alert("nan"), parse_alert("loss>3")])
    assert rung(lookout, run) == ["nan"]
    growing.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert rung(lookout, run) == []
    (directory / "final_training_metrics.json").write_text(json.dumps({"batch_metrics": rows}))
    assert rung(lookout, run) == []
    assert lookout.look([run]).alerts == ()


def test_what_is_seen_is_short_and_its_dict_holds_no_history(learn, clock):
    for step in range(500, 500 * (HISTORY + 20), 500):
        write(learn, step)
    clock.now += 1e6
    (run,) = Lookout().look([OneRun(learn, clock)]).runs
    assert len(run.history) == HISTORY
    assert sorted(run.history) == list(run.history)
    made = run.to_dict()
    assert "history" not in made
    assert made["best"] == {"step": 39_500, "value": pytest.approx(0.895)}
    assert made["loss"]["metric"] == "total_loss_value"
    assert (made["status"], made["run"], made["unit"]) == ("stalled", "run", "fraction")
