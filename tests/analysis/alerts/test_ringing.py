"""Each alert once, until it clears."""

from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.alerts.alert import Alert, Cause
from statkit.analysis.alerts.ringing import Ringing


def alert(rule, path, message="m"):
    return Alert.of(rule, path, path, Cause(step=1, metric=None, value=None, message=message))


def test_it_rings_once_and_again_after_a_look_without_it():
    ringing = Ringing()
    assert [a.rule for a in ringing.fresh([alert("nan", "a")])] == ["nan"]
    assert ringing.fresh([alert("nan", "a", "another message")]) == ()
    assert [a.path for a in ringing.fresh([alert("nan", "a"), alert("nan", "b")])] == ["b"]
    assert ringing.fresh([]) == ()
    assert len(ringing.fresh([alert("nan", "a"), alert("stall", "a")])) == 2


@given(st.lists(st.sets(st.sampled_from("abcd")), max_size=12))
def test_what_rings_is_what_was_not_there_before(looks):
    ringing = Ringing()
    for before, now in zip([set(), *looks], looks, strict=False):
        assert {a.path for a in ringing.fresh([alert("nan", path) for path in now])} == now - before


def test_an_alert_says_everything():
    made = Alert.of("loss>2", "run", "/p", Cause(step=3, metric="loss", value=2.5, message="m."))
    assert made.to_dict() == {
        "rule": "loss>2",
        "run": "run",
        "path": "/p",
        "step": 3,
        "metric": "loss",
        "value": 2.5,
        "message": "m.",
    }
