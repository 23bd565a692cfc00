"""Watched runs as a screen, as a table and as lines: what is there, what fits, and nothing that drives."""

import io
import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from statkit.analysis.alerts.alert import Alert
from statkit.analysis.alerts.sight import Look, Sight
from statkit.analysis.findings import Finding
from statkit.analysis.monitoring.cards import MetricCard, Resources
from statkit.analysis.monitoring.pace import Pace
from statkit.analysis.monitoring.progress import RunProgress
from statkit.analysis.monitoring.state import Glance, Quality, RunState, StepValue
from statkit.analysis.monitoring.status import STATUSES, RunStatus, Signs
from statkit.views.terminal import draw, width_of
from statkit.views.watch_columns import bar
from statkit.views.watch_lines import change_lines
from statkit.views.watch_screen import Rung, watch_screen
from statkit.views.watch_table import watch_tables


def finding(severity, evidence="it is flat."):
    return Finding(
        rule="plateau", severity=severity, metric="m", steps=(1, 2), evidence=evidence, advice="", source=""
    )


def sight(name="seed-0", status="training", step=1500, findings=(), **more):
    best = StepValue(step=1000, value=0.5226)
    glance = Glance(
        run=name,
        path=f"/runs/{name}",
        format="statistik",
        series=(),
        signs=Signs(rows=3, step=step, total_steps=3200),
        pace=Pace(intervals=9, cadence_s=30.0, limit_s=90.0, seconds_per_step=0.1),
        recorded=1.7e9,
        written=None,
        position=RunProgress(
            step=step,
            total_steps=3200,
            fraction=step / 3200,
            epoch=2,
            total_epochs=4,
            epoch_fraction=0.25,
            eta_s=725.0,
            epoch_eta_s=30.0,
        ),
        metric="quality_ki_value",
        direction="max",
        value=0.51,
        best=best,
    )
    loss = MetricCard(
        metric="total_loss_value",
        title="Total loss",
        title_de="",
        phase=None,
        value=0.01331,
        weight=None,
        good=None,
    )
    quality = Quality(lr=0.48, ki=0.51, improvement=0.03, best=best, unit="fraction", metrics={})
    state = RunState(
        glance=glance,
        losses=(loss,),
        attention=(),
        learning_rate=1e-4,
        rate_phase="cosine",
        adaptive=None,
        quality=quality,
        resources=Resources(step_s=0.06, memory_gib=8.45, adam_momentum=None),
        layers=(),
        peak_activity=None,
        findings=tuple(findings),
        metrics=(),
        series_default=(),
        config={},
        checkpoint="checkpoint_step_1000.pth",
    )
    told = RunStatus(
        status=status,
        reason="Because.",
        cadence_s=30.0,
        limit_s=90.0,
        last_update=1.7e9,
        age_s=4.5,
    )
    return replace(Sight(state=state, status=told, unit="fraction", history=(0.4, 0.45, 0.5, 0.51)), **more)


def look(*runs, alerts=(), fresh=(), unjudged=None):
    return Look(runs=runs, alerts=tuple(alerts), fresh=tuple(fresh), unjudged=unjudged or {})


def alert(rule="nan", run="seed-0", message="total_loss_value is NaN at step 1500."):
    return Alert(
        rule=rule,
        run=run,
        path=f"/runs/{run}",
        step=1500,
        metric="total_loss_value",
        value=math.nan,
        message=message,
    )


def screen(shown, width=100, height=24, **more):
    out = io.StringIO()
    console = Console(width=width, height=height, file=out, color_system=None, soft_wrap=True)
    console.print(watch_screen(shown, width=width, height=height, time="14:03:22", **more))
    return out.getvalue().removesuffix("\n").split("\n")


# --- the screen --------------------------------------------------------------------------------------


def test_a_wide_screen_shows_everything():
    lines = screen(look(sight(), sight("seed-1", "stalled")), 150, 24, foot="q quits")
    assert lines[0].startswith("statkit watch  2 runs: 1 training, 1 stalled")
    assert lines[0].endswith("14:03:22")
    assert lines[2].split() == [
        *("run", "status", "progress", "step", "left", "loss", "LR", "KI", "improvement", "history"),
        *("best", "age"),
    ]
    assert lines[3].split("  ")[0] == "seed-0"
    for told in ("training", "━━━━────── ", "47%", "1,500/3,200", "12 min 5 s", "0.01331", "51.00 %"):
        assert told in lines[3]
    for told in ("52.26 % @ 1,000", "4.5 s", "▁▄██"):
        assert told in lines[3]
    assert "stalled" in lines[4]
    assert len(lines) == 24
    assert lines[-1] == "q quits"


def test_the_columns_that_matter_least_go_first():
    kept = [screen(look(sight(), sight("x")), width, 20)[2].split() for width in (150, 100, 60, 40)]
    for wide, narrow in pairwise(kept):
        assert [title for title in wide if title in narrow] == narrow
    assert kept[-1][:2] == ["run", "status"]


def test_one_run_is_shown_in_full_and_a_chosen_one_of_many():
    alone = "\n".join(screen(look(sight())))
    for told in ("/runs/seed-0", "Because.", "2 of 4", "Total loss 0.01331", "0.0001 (cosine)", "8.45 GiB"):
        assert told in alone
    assert "checkpoint_step_1000.pth" in alone
    many = look(sight(), sight("seed-1"), sight("seed-2"))
    assert "Total loss" not in "\n".join(screen(many))
    assert "/runs/seed-1" in "\n".join(screen(many, chosen=1))
    assert "/runs/seed-0" in "\n".join(screen(many, chosen=3))


def test_findings_and_alerts_are_told():
    findings = [finding("error", "it is flat."), finding("warning", "it is high."), finding("info", "fine")]
    rung = [Rung(time=f"14:00:0{second}", line=f"alert {second}") for second in range(7)]
    shown = "\n".join(screen(look(sight(findings=findings)), height=40, rung=rung))
    assert "error  plateau  it is flat." in shown
    assert "warning  plateau  it is high." in shown
    assert "fine" not in shown
    assert "alert 1" not in shown
    assert all(f"14:00:0{second}  alert {second}" in shown for second in range(2, 7))
    assert "alert lss>1 cannot be asked: No metric." in "\n".join(
        screen(look(sight(), unjudged={"lss>1": "No metric."}))
    )


def test_where_there_is_no_room_the_urgent_runs_stay_in_their_order():
    runs = [sight(f"run-{at}", "finished") for at in range(40)]
    runs[30] = sight("run-30", "stalled")
    shown = screen(look(*runs, alerts=[alert(run="run-35")]), 100, 10)
    names = [line.split()[0] for line in shown[3:] if line.startswith("run-")]
    assert {"run-30", "run-35"} <= set(names)
    assert names == sorted(names, key=lambda name: int(name[4:]))
    assert f"and {40 - len(names)} more" in "\n".join(shown)


def test_before_the_first_look_and_without_runs():
    assert "reading …" in screen(None)[2]
    assert "reading ..." in screen(None, unicode=False)[2]
    assert "no run yet" in screen(look())[0]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 130),
    st.integers(1, 30),
    st.lists(st.tuples(st.text(max_size=30), st.sampled_from(STATUSES)), max_size=8),
    st.one_of(st.none(), st.integers(-3, 9)),
)
def test_nothing_is_drawn_beyond_the_terminal_and_nothing_drives_it(width, height, runs, chosen):
    made = [sight(name, status, findings=[finding("error", name)]) for name, status in runs]
    shown = look(*made, alerts=[alert(run=name) for name, _ in runs], unjudged={"x": "y" * 200})
    rung = [Rung(time="14:03:22", line="z" * 200)]
    lines = screen(shown, width, height, rung=rung, chosen=chosen, foot="f" * 200)
    assert 1 <= len(lines) <= height
    assert all(width_of(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


def test_without_block_characters_it_is_ascii():
    lines = screen(look(sight()), 150, unicode=False)
    assert "####------" in lines[3]
    assert not set("▁▂▃▄▅▆▇█━─") & set("".join(lines))


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, "──────────   0%"), (0.47, "━━━━──────  47%"), (1.0, "━━━━━━━━━━ 100%"), (None, "–")],
)
def test_bars(share, drawn):
    assert bar(share, True) == drawn


# --- the table ---------------------------------------------------------------------------------------


def test_the_table_of_one_look():
    shown = look(sight(findings=[finding("warning")]), alerts=[alert()], unjudged={"x": "no."})
    runs, alerts = watch_tables(shown)
    text = draw(runs)
    assert text.startswith("1 run: 1 training\n")
    assert "seed-0: warning plateau: it is flat." in text
    assert "alert x cannot be asked: no." in text
    assert "seed-0: total_loss_value is NaN at step 1500." in draw(alerts)
    assert len(watch_tables(look(sight()))) == 1
    assert draw(watch_tables(look())[0]) == "no run yet\n"


def test_the_rows_of_one_look():
    first, second = look(sight(), sight("seed-1"), alerts=[alert(), alert("loss>1")]).rows()
    assert (first["alerts"], second["alerts"]) == ("nan, loss>1", "")
    assert (first["best"], first["best_step"], first["loss"]) == (0.5226, 1000, 0.01331)


# --- the lines ---------------------------------------------------------------------------------------


def test_a_line_a_change():
    first = look(sight(), sight("seed-1"))
    told = list(change_lines(None, first))
    assert told == [
        f"{name}: training, step 1,500/3,200 (47%), 12 min 5 s left, total_loss_value 0.01331, "
        "quality_ki_value 51.00 %, best 52.26 % @ 1,000"
        for name in ("seed-0", "seed-1")
    ]
    assert list(change_lines(first, first)) == []
    older = replace(first.runs[0], status=replace(first.runs[0].status, age_s=60.0))
    assert list(change_lines(first, look(older, first.runs[1]))) == []
    stalled = sight("seed-1", "stalled")
    (line,) = change_lines(first, look(sight(), stalled))
    assert line.startswith("seed-1: stalled, ")
    assert line.endswith("Because.")
    assert list(change_lines(first, look(sight()))) == ["seed-1: gone"]
    (line,) = change_lines(first, look(sight(step=2000), sight("seed-1")))
    assert "2,000/3,200" in line


def test_an_alert_is_told_when_it_comes_and_when_it_is_over():
    quiet, loud = look(sight()), look(sight(), alerts=[alert()], fresh=[alert()])
    assert list(change_lines(quiet, loud)) == ["alert: seed-0: nan: total_loss_value is NaN at step 1500."]
    still = look(sight(), alerts=[alert()])
    assert list(change_lines(loud, still)) == []
    assert list(change_lines(still, quiet)) == ["alert over: seed-0: nan"]


def test_an_empty_look_and_a_rule_without_an_answer_are_told_once():
    nothing = look(unjudged={"lss>1": "No metric."})
    assert list(change_lines(None, nothing)) == ["no run yet", "alert lss>1 cannot be asked: No metric."]
    assert list(change_lines(nothing, nothing)) == []


def test_names_cannot_drive_a_line():
    for line in change_lines(None, look(sight("\x1b]0;x\x07\n"), fresh=[alert(message="a\nb\x1b[2J")])):
        assert line.isprintable()
