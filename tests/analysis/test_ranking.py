import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.analysis.ranking import rank
from statkit.errors import EmptySeriesError, UsageError

VALUES = st.lists(st.none() | st.floats() | st.integers(-3, 3).map(float), min_size=1, max_size=30)


@given(VALUES, st.sampled_from(["max", "min"]), st.integers(1, 5))
def test_by_value_is_a_sort(values, direction, top):
    steps = [500 * k for k in range(len(values))]
    finite = [(v, s) for v, s in zip(values, steps, strict=True) if v is not None and math.isfinite(v)]
    if not finite:
        with pytest.raises(EmptySeriesError):
            rank(steps, values, direction=direction)
        return
    expected = sorted(finite, key=lambda pair: (-pair[0] if direction == "max" else pair[0], pair[1]))
    answer = rank(steps, values, direction=direction, top=top)
    assert [(p.value, p.step) for p in answer.places] == expected[:top]
    assert answer.n == len(finite)
    for place in answer.places:
        better = [v for v, _ in finite if (v > place.value if direction == "max" else v < place.value)]
        assert place.rank == 1 + len(better)
        assert place.ties == tuple(s for v, s in finite if v == place.value and s != place.step)
        assert values[place.row] == place.value


def test_excluded_rows_are_skipped_and_named_where_they_would_have_won():
    answer = rank([1, 2, 3, 4], [0.0, 0.4, 0.3, 0.0], direction="min", excluded=[True, False, False, True])
    assert answer.places[0].step == 3
    assert answer.passed_over == (1, 4)
    answer = rank([1, 2, 3], [0.0, 0.4, 0.3], direction="max", excluded=[True, False, False])
    assert answer.passed_over == ()
    answer = rank([1, 2, 3], [1.0, 1.0, 0.3], direction="max", excluded=[True, False, False])
    assert (answer.places[0].step, answer.places[0].ties, answer.passed_over) == (2, (), (1,))


def test_all_excluded_is_an_error_that_says_so():
    with pytest.raises(EmptySeriesError, match=r"ki has 2 entries .* no measurement"):
        rank([1, 2], [1.0, 1.0], direction="max", excluded=[True, True], metric="ki")


def test_unknown_pick_and_top():
    with pytest.raises(UsageError, match="Possible: value, smoothed, one-se"):
        rank([1], [1.0], direction="max", pick="median")
    with pytest.raises(UsageError, match="1 or more"):
        rank([1], [1.0], direction="max", top=0)


def test_rows_of_the_table_are_places():
    table = rank([1, 2, 3], [1.0, 3.0, 2.0], direction="max", top=2).rows()
    assert [(row["rank"], row["step"], row["value"]) for row in table] == [(1, 2, 3.0), (2, 3, 2.0)]


def test_ranking_by_value_leaves_numpy_alone():
    code = (
        "import sys; from statkit.analysis.ranking import rank; "
        "rank([1, 2], [3.0, 4.0], direction='max'); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
