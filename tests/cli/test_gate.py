import json
import statistics

import pytest
from scipy import stats


def rewrite(learn, quality, loss):
    for path in learn.glob("Statistik_*.json"):
        document = json.loads(path.read_text())
        document |= {"quality_ki_value": quality, "validation_loss_value": loss}
        path.write_text(json.dumps(document))


@pytest.fixture
def scored(groups):
    """Five baselines of known scores, and one candidate to be set."""
    scores = [0.650, 0.652, 0.648, 0.651, 0.649]
    for seed, quality in enumerate(scores):
        rewrite(groups / f"base-{seed}" / "Learn", quality, 0.01 + seed * 1e-5)
    return groups, scores


@pytest.mark.parametrize(
    ("quality", "code", "verdict"),
    [(0.651, 0, "pass"), (0.655, 0, "pass"), (0.630, 1, "regression"), (0.6455, 3, "too-little-evidence")],
)
def test_one_candidate_against_five_by_the_prediction_interval(statkit, scored, quality, code, verdict):
    root, scores = scored
    rewrite(root / "new-0" / "Learn", quality, 0.01)
    done = statkit("gate", "new-0", "--baseline", "base-*", "--rule", "quality_ki_value: -0.005", "--json")
    assert done.code == code
    (rule,) = done.json["rules"]
    assert rule["verdict"] == verdict
    half = stats.t.ppf(0.95, 4) * statistics.stdev(scores) * (1 + 1 / 5) ** 0.5
    assert rule["bound"] == pytest.approx(quality - statistics.mean(scores) - half)


def test_the_worst_rule_decides_and_markdown_says_so(statkit, scored):
    root, _ = scored
    rewrite(root / "new-0" / "Learn", 0.651, 0.02)
    rules = ["--rule", "quality_ki_value: -0.005", "--rule", "validation_loss_value: +1%"]
    done = statkit("gate", "new-0", "--baseline", "base-*", *rules, "--md")
    assert done.code == 1
    assert "regression" in done.out.splitlines()[0]
    assert "| pass |" in done.out


def test_too_few_baselines_never_pass(statkit, scored):
    root, _ = scored
    rewrite(root / "new-0" / "Learn", 0.9, 0.001)
    done = statkit("gate", "new-0", "--baseline", "base-[0-3]", "--rule", "quality_ki_value: -0.005")
    assert done.code == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["new-0", "--baseline", "base-*", "--rule", "quality: -1"], "No metric 'quality'"),
        (["new-0", "--baseline", "nothing-*", "--rule", "quality_ki_value: -1"], "nothing matches"),
        (["missing", "--baseline", "base-*", "--rule", "quality_ki_value: -1"], "no such file"),
        (["new-0", "--baseline", "base-*"], "no rule"),
        (["new-0", "--rule", "quality_ki_value: -1"], "--baseline"),
        (["new-0", "--baseline", "base-*", "--rule", "quality_ki_value: +0.1"], "Say -0.1"),
        (["new-0", "--baseline", "base-*", "--rule", "quality_ki_value"], "METRIC: MARGIN"),
        (["base-0", "--baseline", "base-*", "--rule", "quality_ki_value: -1"], "one side only"),
    ],
)
def test_what_cannot_be_judged_is_an_error(statkit, groups, arguments, told):
    done = statkit("gate", *arguments)
    assert done.code == 2
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_named_globs_work_on_both_sides(statkit, scored):
    done = statkit(
        "gate", "new=new-[0-2]", "--baseline", "base=base-*", "--rule", "quality_ki_value: -0.5", "--json"
    )
    assert done.code == 0
    assert done.json["candidate"] == ["new-0", "new-1", "new-2"]
