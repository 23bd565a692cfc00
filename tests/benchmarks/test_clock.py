"""Ways are timed in turn, and a wrong answer ends the comparison."""

import sys

import pytest
from side_by_side.clock import Costs, Disagreement, Failure, Way, check, measure, ratio

PYTHON = (sys.executable, "-I", "-S", "-c")


def way(name: str, source: str, **more) -> Way:
    return Way(name=name, command=(*PYTHON, source), **more)


def test_ways_take_turns_after_a_round_that_does_not_count(tmp_path):
    log = tmp_path / "log"
    write = f"open({str(log)!r}, 'a').write(%r); print('{{}}')"
    ways = [way(name, write % name, most=most) for name, most in (("a", 9), ("b", 2), ("c", 1))]
    costs = measure(ways, 3)
    assert log.read_text() == "ab" + "abc" + "ab" + "a"
    assert {name: len(each.wall) for name, each in costs.items()} == {"a": 3, "b": 2, "c": 1}


def test_preparing_comes_before_each_round():
    calls = []
    measure([way("a", "print('{}')", prepare=lambda: calls.append(1))], 2)
    assert len(calls) == 3


def test_costs_are_those_of_the_command():
    kept = bytearray(150_000_000)  # this process is larger than what it starts
    busy = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\nprint('{}')"
    ways = [
        way("idle", "import time; time.sleep(0.2); print('{}')"),
        way("busy", busy),
        way("big", "kept = b'x' * 100_000_000; print('{}')"),
    ]
    costs = measure(ways, 1)
    assert len(kept) == 150_000_000
    assert costs["idle"].wall[0] > 0.19 > 0.15 > costs["idle"].processor[0]
    assert costs["busy"].processor[0] > 0.19
    assert 100 < costs["big"].peak[0] < 140
    assert costs["idle"].peak[0] < 40


def test_the_environment_reaches_the_command():
    source = "import os, json; print(json.dumps({'step': int(os.environ['STEP'])}))"
    assert measure([way("a", source)], 1, {"STEP": "7"})["a"].answer == {"step": 7}


def test_a_way_that_fails_ends_it():
    with pytest.raises(Failure, match=r"a ended with 3: (?s:.*)no such thing"):
        measure([way("a", "import sys; sys.stderr.write('no such thing'); sys.exit(3)")], 1)


def test_ways_that_disagree_end_it():
    with pytest.raises(Disagreement, match=r"value: a found 0\.5, b 0\.6"):
        measure([way("a", "print('{\"value\": 0.5}')"), way("b", "print('{\"value\": 0.6}')")], 1)


@pytest.mark.parametrize(
    ("answers", "agree"),
    [
        ([("", "a", {"step": 500}), ("", "b", {"step": 1000})], False),
        ([("", "a", {"step": 500}), ("", "b", {}), ("", "c", {"step": 1000})], False),
        ([("", "a", {"value": 1.0}), ("", "b", {"value": 1.0 + 1e-7})], True),
        ([("", "a", {"value": 1.0}), ("", "b", {"value": 1.0 + 1e-5})], False),
        ([("", "a", {"value": 1.0}), ("", "b", {"value": float("nan")})], False),
        ([("one", "a", {"step": 500}), ("other", "b", {"step": 1000})], True),
        ([("", "a", {"frame_mb": 1.0}), ("", "b", {"frame_mb": 2.0})], True),
    ],
)
def test_answers_agree_over_the_same_files(answers, agree):
    if agree:
        check(answers)
    else:
        with pytest.raises(Disagreement):
            check(answers)


def test_a_ratio_is_the_median_of_ratios_of_the_same_round():
    own, other = Costs(wall=[2.0, 30.0, 6.0]), Costs(wall=[1.0, 10.0, 2.0, 99.0])
    assert ratio(own, other) == 3.0
