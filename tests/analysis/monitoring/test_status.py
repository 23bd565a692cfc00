"""What a run is said to do, case by case."""

import pytest

from statkit.analysis.monitoring.pace import Pace
from statkit.analysis.monitoring.status import STATUSES, Signs, duration, status_at

PACE = Pace(intervals=20, cadence_s=60.0, limit_s=180.0, seconds_per_step=0.5)
SHORT = Pace(intervals=0, cadence_s=None, limit_s=3600.0, seconds_per_step=None)


def judged(age=10.0, pace=PACE, **signs):
    last = None if age is None else 1000.0 - age
    return status_at(Signs(**{"rows": 5, "step": 500, "total_steps": 1000, **signs}), pace, last, 1000.0)


@pytest.mark.parametrize(
    ("signs", "age", "status"),
    [
        ({}, 10, "training"),
        ({"active": True, "validating": False, "paused": False}, 180, "training"),
        ({}, 180.1, "stalled"),
        ({"active": True}, 1e6, "stalled"),
        ({"validating": True}, 10, "validating"),
        ({"validating": True}, 1000, "stalled"),
        ({"phase": "val"}, 10, "validating"),
        ({"phase": "train"}, 10, "training"),
        ({"paused": True}, 10, "paused"),
        ({"paused": True}, 1e6, "paused"),
        ({"paused": True, "active": False}, 10, "paused"),
        ({"active": False}, 10, "finished"),
        ({"active": False, "validating": True}, 10, "validating"),
        ({"step": 1000}, 10, "finished"),
        ({"step": 1001, "paused": True}, 10, "finished"),
        ({"step": 999}, 10, "training"),
        ({"step": 1000, "total_steps": None}, 10, "training"),
        ({"step": None}, 10, "training"),
        ({"closed": True}, 1e6, "finished"),
        ({"label": "final"}, 10, "finished"),
        ({"label": "Final"}, 10, "finished"),
        ({"label": "best"}, 10, "training"),
        ({"rows": 0}, 10, "unknown"),
        ({}, None, "unknown"),
        ({"active": "false", "paused": 1}, 10, "training"),
    ],
)
def test_the_status(signs, age, status):
    found = judged(age, **signs)
    assert found.status == status
    assert found.status in STATUSES
    assert found.reason.endswith(".")


def test_the_age_is_never_below_nothing_and_the_reason_says_the_cadence():
    found = judged(-50)
    assert found.age_s == 0.0
    assert "1 min" in found.reason
    assert found.cadence_s == 60.0


def test_a_short_run_is_given_an_hour():
    assert judged(3599, SHORT).status == "training"
    found = judged(3601, SHORT)
    assert found.status == "stalled"
    assert "too short" in found.reason


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.412, "0.41 s"), (9.99, "10 s"), (59, "59 s"), (59.6, "1 min"), (125, "2 min 5 s"),
     (3600, "1 h"), (3725, "1 h 2 min"), (86_400 * 3 + 3600 * 8 + 59, "3 d 8 h"), (1e8, "1,157 d 9 h")],
)  # fmt: skip
def test_durations_in_words(seconds, text):
    assert duration(seconds) == text
