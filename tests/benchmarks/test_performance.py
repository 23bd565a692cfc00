"""The tables and the page they stand in."""

import math

import performance
import pytest
from side_by_side import markdown
from side_by_side.clock import Costs
from side_by_side.section import QUICK, Limit, Section
from side_by_side.sections import growth


def made(**more) -> Section:
    costs = {
        "raw": Costs(wall=[1.0, 1.0], processor=[0.9, 0.9], peak=[10.0, 11.0]),
        "`statkit best`": Costs(
            wall=[3.0, 2.6], processor=[1.8, 1.8], peak=[300.0, 2000.0], answer={"frame_mb": 1900.0}
        ),
    }
    return Section(title="Reading", said="Files.", reference="raw", costs=costs, **more)


def test_a_table_has_ratios_and_peaks():
    assert markdown.costs_table(made()).splitlines()[2:] == [
        "| raw | 1.00 | 1.00 | 11.0 | 2 |",
        "| **`statkit best`** | 2.80 | 2.00 | 2,000 | 2 |",
        "",
        "1 is raw: 1.000 s in this run.",
    ]


@pytest.mark.parametrize(
    ("limit", "judged", "row"),
    [
        (Limit(way="`statkit best`", against="raw", most=2.8), True, "raw | 2.80 | 2.80 | yes"),
        (
            Limit(way="`statkit best`", against="raw", most=1.4),
            True,
            "raw | 1.40 | 2.80 | no, 2.00 × the limit",
        ),
        (Limit(way="`statkit best`", against="raw", most=1.4), False, "raw | 1.40 | 2.80 | too small to say"),
        (
            Limit(way="`statkit best`", against="", most=120),
            True,
            "peak MB | 120 | 2,000 | no, 16.67 × the limit",
        ),
        (
            Limit(way="`statkit best`", against="", most=512, beyond_frame=True),
            True,
            "MB beyond the frame | 512 | 100 | yes",
        ),
    ],
)
def test_limits_are_judged(limit, judged, row):
    last = markdown.limits_table(made(limits=(limit,), judged=judged)).splitlines()[-1]
    assert last == f"| `statkit best` | {row} |"


def test_growth_is_fitted_beyond_one_file():
    costs = {
        f"{growth.COLD}, {n}": Costs(wall=[0.5 + 1e-4 * (n**1.2 if n > 1 else 0)], peak=[20 + 0.003 * n])
        for n in (1, 200, 2_000, 20_000)
    }
    exponent, memory = growth.fit(costs, growth.COLD, (200, 2_000, 20_000))
    assert exponent == pytest.approx(1.2)
    assert memory == pytest.approx(3_000)


def test_what_costs_nothing_beyond_one_file_has_no_exponent():
    costs = {f"{growth.WARM}, {n}": Costs(wall=[0.5], peak=[20.0]) for n in (1, 200, 2_000)}
    assert math.isnan(growth.fit(costs, growth.WARM, (200, 2_000))[0])


def test_the_page_has_one_place_for_every_comparison():
    page = performance.PAGE.read_text("utf-8")
    for name in (*performance.SECTIONS, "versions"):
        assert "new\ntable" in performance.put(page, name, "new\ntable")
    with pytest.raises(ValueError, match="0 places for 'nothing'"):
        performance.put(page, "nothing", "")


def test_putting_a_table_leaves_the_rest_and_can_be_done_again():
    page = "a\n<!-- one -->\nold\n<!-- end of one -->\nb\n<!-- two -->\nx\n<!-- end of two -->\n"
    once = performance.put(page, "one", r"| \1 |")
    assert once == page.replace("old\n", "\n| \\1 |\n\n")
    assert performance.put(once, "one", r"| \1 |") == once


def test_sizes_are_those_asked_for(monkeypatch):
    monkeypatch.setattr(
        "sys.argv", ["performance.py", "--files", "7", "--growth", "1,2", "--files-a-run", "3"]
    )
    sizes = performance.sizes_of(performance.arguments())
    assert (sizes.files, sizes.growth, sizes.files_a_run) == (7, (1, 2), 3)
    assert sizes.records == QUICK.records


@pytest.mark.slow
def test_every_comparison_runs_and_all_agree(monkeypatch, capsys, tmp_path):
    sizes = ["--files", "60", "--records", "2000", "--runs", "3", "--files-a-run", "8", "--growth", "20,400"]
    monkeypatch.setattr("sys.argv", ["performance.py", "--rounds", "1", "--place", str(tmp_path), *sizes])
    monkeypatch.setattr("side_by_side.sections.startup.FILES", 20)
    performance.main()
    printed = capsys.readouterr().out
    assert printed.count("## ") == len(performance.SECTIONS)
    assert "too small to say" in printed
