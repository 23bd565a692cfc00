from pathlib import Path

import pytest

import statkit as sk
from statkit.errors import RunNotFoundError, UsageError

EXAMPLES = Path(__file__).parents[2] / "examples" / "runs"


def test_two_runs_of_one_name_are_two_sides():
    one, other = sk.load(EXAMPLES / "coarse" / "seed-0"), sk.load(EXAMPLES / "full" / "seed-0")
    assert one.name == other.name
    told = sk.compare(one, other)
    assert [group.group for group in told.groups] == ["coarse/seed-0", "full/seed-0"]
    assert len(told.comparisons) == 1


def test_two_directories_of_runs_are_two_sides():
    told = sk.compare(sk.load(EXAMPLES / "coarse"), sk.load(EXAMPLES / "full"))
    assert [group.n for group in told.groups] == [5, 5]
    assert len(told.comparisons) == 1


def test_a_path_stands_for_its_run():
    path = EXAMPLES / "coarse" / "seed-0"
    assert sk.best(path) == sk.best(sk.load(path))
    assert sk.trend(path).verdict == "improving"
    assert sk.compare(str(path), EXAMPLES / "full" / "seed-0").comparisons[0].verdict == "inconclusive"


def test_what_is_no_run_is_refused():
    runs = sk.load(EXAMPLES / "coarse")
    with pytest.raises(UsageError, match="one run is asked for, 5 were given"):
        sk.trend(runs)
    with pytest.raises(UsageError, match="int is no run"):
        sk.best([1, 2])
    with pytest.raises(UsageError, match="dict is no run"):
        sk.compare({"a": runs})
    with pytest.raises(UsageError, match="each side a name"):
        sk.compare(runs[0], runs[1], names=["a", "a"])
    with pytest.raises(RunNotFoundError):
        sk.best("nowhere")
