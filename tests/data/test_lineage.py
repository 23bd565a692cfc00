"""Lineages against a loop that simply replays the writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.data.lineage import trace

POSITIONS = st.lists(
    st.none() | st.tuples(st.sampled_from(["train", "val"]), st.tuples(st.integers(0, 1), st.integers(0, 4))),
    max_size=25,
)


def replayed(positions):
    """Write row after row; one that is not beyond its track's last one wipes out what it replaces."""
    live, rewinds = [], []
    for row, place in enumerate(positions):
        if place is not None:
            same = [
                other for other in live if positions[other] is not None and positions[other][0] == place[0]
            ]
            if same and place[1] <= positions[same[-1]][1]:
                replaced = [other for other in same if positions[other][1] >= place[1]]
                live = [other for other in live if other < replaced[0]]
                rewinds.append(row)
        live.append(row)
    return live, rewinds


@given(POSITIONS)
def test_last_keeps_what_a_replay_leaves(positions):
    live, rewinds = replayed(positions)
    found = trace(positions, "last")
    assert found.keep == live
    assert found.segment == [sum(rewind <= row for rewind in rewinds) for row in range(len(positions))]
    assert sorted([*found.keep, *found.dropped]) == list(range(len(positions)))


@given(POSITIONS)
def test_first_ends_at_the_first_rewind_and_all_keeps_everything(positions):
    _, rewinds = replayed(positions)
    assert trace(positions, "first").keep == list(range(rewinds[0] if rewinds else len(positions)))
    assert trace(positions, "all").keep == list(range(len(positions)))


@pytest.mark.parametrize("on_rewind", ["last", "first", "all"])
def test_nothing_has_no_segments(on_rewind):
    assert trace([], on_rewind).segments == 0
