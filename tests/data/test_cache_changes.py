"""Whatever happens to the files of a run, what the cache gives is what they say now."""

import tempfile
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statkit.sources import listing

deeds = SimpleNamespace(**run_path(str(Path(__file__).with_name("deeds.py"))))

DEEDS = (
    *("save", "between", "label", "page", "metrics", "superseded", "batches", "table", "remove", "rename"),
    *("replace", "truncate", "empty", "in place", "dangling", "directory", "nothing"),
)
DEED = st.tuples(st.sampled_from(DEEDS), st.integers(0, 40), st.sampled_from(sorted(deeds.KINDS)))
STEP = st.tuples(DEED, st.sampled_from(deeds.QUESTIONS))


@pytest.fixture(params=["rested", "just written"])
def rest(request, monkeypatch):
    """Files of a test are never two seconds old: rested, they are trusted at once all the same."""
    if request.param == "rested":
        monkeypatch.setattr(listing, "RESTED_NS", 0)


@pytest.mark.usefixtures("rest")
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(deeds.QUESTIONS), st.lists(STEP, min_size=1, max_size=6))
@example(["best"], [(("in place", 3, "usual"), ["best"])])
@example(["trend"], [(("save", 19, "nan"), ["best"]), (("save", 20, "nan"), ["trend"])])
@example("frame", [(("remove", 17, "usual"), "frame")])
@example("frame", [(("save", 20, "extra"), "frame"), (("remove", 11, "usual"), "frame")])
@example(["list"], [(("label", 3, "usual"), "frame"), (("remove", 3, "usual"), "frame")])
@example(
    ["best"],
    [
        (("save", 3, "timeless"), ["best"]),
        (("superseded", 3, "timeless"), ["trend", "--on-rewind", "all"]),
        (("nothing", 0, "usual"), ["trend", "--on-rewind", "first"]),
    ],
)
def test_whatever_happens(first, steps):
    go_through(first, steps)


@pytest.mark.slow
@pytest.mark.usefixtures("rest")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(deeds.QUESTIONS), st.lists(STEP, min_size=3, max_size=9))
def test_whatever_happens_for_long(first, steps):
    go_through(first, steps)


def go_through(first, steps):
    with tempfile.TemporaryDirectory() as place:
        training = deeds.Training(Path(place) / "run")
        assert deeds.answer(first, training.path, cache=True) == deeds.answer(
            first, training.path, cache=False
        )
        for deed, question in steps:
            training.do(*deed)
            for _ in "12":
                warm = deeds.answer(question, training.path, cache=True)
                assert warm == deeds.answer(question, training.path, cache=False), deed
