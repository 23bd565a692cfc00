"""Tables that a resumed training wrote on, and those that only look like it."""

import pytest


def table(directory, rows, header="step,n", **options):
    lines = [",".join(map(str, (*row, n))) for n, row in enumerate(rows)]
    directory.put("a.csv", "\n".join([header, *lines, ""]))
    run = directory.run(**options)
    columns = run.columns("scalars")
    return columns, [(notice.code, notice.path) for notice in run.notices]


RESUMED = [(step,) for step in (*range(10), *range(5, 15))]


@pytest.mark.parametrize(
    ("on_rewind", "kept"),
    [
        ("last", [*range(5), *range(10, 20)]),
        ("first", list(range(10))),
        ("all", [0, 1, 2, 3, 4, 5, 10, 6, 11, 7, 12, 8, 13, 9, 14, 15, 16, 17, 18, 19]),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_rewind_replaces_rows(directory, on_rewind, kept, ending):
    if ending == "csv":
        columns, notices = table(directory, RESUMED, on_rewind=on_rewind)
    else:
        lines = [f'{{"step": {step}, "n": {n}}}\n' for n, (step,) in enumerate(RESUMED)]
        directory.put("a.csv.jsonl", "".join(lines))
        run = directory.run(on_rewind=on_rewind)
        columns = run.columns("scalars")
        notices = [(notice.code, "a.csv") for notice in run.notices]
    assert columns.fields["n"] == kept
    assert notices == [("mixed-lineage", "a.csv")]
    assert ("segment" in columns.keys) == (on_rewind == "all")


def test_each_phase_rewinds_for_itself(directory):
    blocks = [(step, phase) for phase in ("train", "val") for (step,) in RESUMED]
    columns, notices = table(directory, blocks, "step,phase,n")
    kept = [*range(5), *range(10, 20)]
    assert sorted(columns.fields["n"]) == [*kept, *(20 + n for n in kept)]
    assert notices == [("mixed-lineage", "a.csv")]
    apart = [(step, phase) for phase in ("train", "val") for step in range(3, 9)]
    assert table(directory, apart, "step,phase,n")[1] == []


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ([0, 1, 1, 2, 3, 3, 3], []),  # train and val rows of one step
        ([9, 7, 8, 1, 3, 2, 5], []),  # unsorted
        ([*range(5), *range(5)], ["duplicate-step"]),
        ([*range(3, 8), *range(8)], ["duplicate-step"]),
    ],
)
def test_what_is_no_rewind_keeps_every_row(directory, steps, codes):
    columns, notices = table(directory, [(step,) for step in steps])
    assert columns.steps == sorted(steps)
    assert sorted(columns.fields["n"]) == list(range(len(steps)))
    assert [code for code, _ in notices] == codes


def test_rows_of_one_step_are_replaced_together(directory):
    steps = [0, 1, 2, 2, 3, 3, 4, 2, 2, 3]
    columns, _ = table(directory, [(step,) for step in steps])
    assert columns.fields["n"] == [0, 1, 7, 8, 9]


def test_a_rewind_in_one_of_several_stacked_tables(directory):
    steps = [*range(6), *range(4), *range(2, 8)]
    columns, notices = table(directory, [(step,) for step in steps])
    assert sorted(columns.fields["n"]) == [*range(8), *range(10, 16)]
    assert [code for code, _ in notices] == ["mixed-lineage", "duplicate-step"]
