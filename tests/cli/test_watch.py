"""One look, and looks line by line: exit codes, JSON, alerts, commands."""

import gc
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import warnings

import pytest

from statkit.analysis.alerts.rules import parse_alert
from statkit.api.watching import Lookout
from statkit.cli.app import run
from statkit.cli.watching import Lines
from statkit.server.watch import Watch


@pytest.fixture
def watch(capfd, monkeypatch, tmp_path):
    """Call the command in this process; give exit code, standard output and standard error."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = run(["watch", *map(str, arguments)])
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return call


def change(learn, step, **fields):
    path = learn / f"Statistik_{step}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_healthy_run_exits_0_and_an_alert_exits_1(watch, learn):
    code, out, err = watch(learn, "--once", "--alert", "nan", "--alert", "divergence")
    assert (code, err) == (0, "")
    assert out.startswith("1 run: 1 stalled\n")
    change(learn, 6000, total_loss_value=math.nan)
    code, out, err = watch(learn, "--once", "--alert", "nan", "--alert", "divergence")
    assert code == 1
    assert err.splitlines()[-1] == "alert: run: nan: total_loss_value is NaN at step 6000."
    assert "warning: non-finite" in err
    assert "1 alert\n" in out
    assert watch(learn, "--once")[0] == 0


def test_a_stall_is_judged_by_the_runs_own_cadence(watch, learn):
    now = time.time()
    for step in range(500, 6500, 500):
        change(learn, step, last_update_time=now - (6000 - step) / 100)
    assert watch(learn, "--once", "--alert", "stall")[0] == 0
    for step in range(500, 6500, 500):
        change(learn, step, last_update_time=now - 60 - (6000 - step) / 100)
    code, _, err = watch(learn, "--once", "--alert", "stall")
    assert code == 1
    assert "no update for 1 min" in err
    assert watch(learn, "--once", "--alert", "stall:1000")[0] == 0


def test_json_holds_runs_and_alerts(watch, learn):
    change(learn, 6000, validation_loss_value=math.inf)
    code, out, _ = watch(learn, "--once", "--alert", "nan", "--json")
    told = json.loads(out, parse_constant=pytest.fail)
    assert (code, told["schema"]) == (1, "statkit.watch/1")
    (seen,) = told["runs"]
    assert (seen["run"], seen["status"], seen["progress"]["step"]) == ("run", "stalled", 6000)
    assert seen["metric"] == "quality_ki_value"
    assert {finding["rule"] for finding in seen["findings"]} >= {"non-finite"}
    (alert,) = told["alerts"]
    assert alert == {
        "rule": "nan",
        "run": "run",
        "path": str(learn),
        "step": 6000,
        "metric": "validation_loss_value",
        "value": "Infinity",
        "message": "validation_loss_value is infinite at step 6000.",
    }


def test_the_other_formats_hold_a_row_a_run(watch, groups):
    assert len(watch(groups, "--once", "--csv")[1].splitlines()) == 11
    lines = watch(groups, "--once", "--format", "ndjson")[1].splitlines()
    assert {json.loads(line)["step"] for line in lines} == {6000}
    assert watch(groups, "--once", "--md", "-o", "x.md")[1] == ""
    assert "| base-0 |" in (groups / "x.md").read_text()


def test_a_gate_against_a_glob(watch, groups):
    rule = ["--once", "--alert", "gate:quality_ki_value: -0.005"]
    assert watch("base-0", *rule, "--baseline", "base-[1-4]", "--baseline", "new-0")[0] == 0
    code, _, err = watch("base-0", "new-1", *rule, "--baseline", "new-[0-4]")
    assert code == 1
    assert err.startswith("alert: base-0: gate:quality_ki_value: -0.005: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--alert", "everything"], "Possible: nan, stall"),
        (["--alert", "lss>2"], "No metric 'lss'"),
        (["--alert", "gate:quality_ki_value: -1"], "--baseline"),
        (["--alert", "gate:quality_ki_value: -1", "--baseline", "no-*"], "nothing matches"),
        (["--alert", "gate:quality_ki_value: +1", "--baseline", "new-*"], "Say -1"),
        (["--alert", "gate:quality_ki_value: -1", "--baseline", "base-0"], "is a baseline run"),
        (["--alert", "gate:adam: -1", "--baseline", "new-*"], "No metric 'adam'"),
        (["--baseline", "new-*"], "says nothing"),
        (["--run-command", ""], "empty"),
        (["--run-command", "echo 'x"], "No closing quotation"),
        (["--run-command", "no-such-program-here x"], "no program"),
        (["--interval", "0"], "--interval"),
        (["--format", "yaml"], "unknown"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_2(watch, groups, arguments, told):
    code, out, err = watch("base-0", "--once", *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("paths", [["missing"], ["missing-*"], ["empty"], []])
def test_nothing_to_look_at_is_2(watch, tmp_path, paths):
    (tmp_path / "empty").mkdir()
    code, _, err = watch(*paths, "--once")
    assert code == 2
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("more", [["--json"], ["-o", "x"], ["--csv"]])
def test_a_format_is_for_one_look(watch, learn, more):
    code, _, err = watch(learn, *more)
    assert code == 2
    assert "--once" in err


def test_a_command_is_run_with_the_facts_and_no_shell(watch, learn, tmp_path):
    change(learn, 6000, total_loss_value=math.nan)
    script = tmp_path / "a script.py"
    script.write_text(
        "import json, os, sys\n"
        "told = {k: v for k, v in os.environ.items() if k.startswith('STATKIT_') and k != 'STATKIT_CACHE'}\n"
        "json.dump([sys.argv[1:], told, sys.stdin.read()], open('told.json', 'w'))\n"
        "print('never seen')\n"
    )
    command = f"{sys.executable} '{script}' $HOME '; touch hacked'"
    code, out, _ = watch(learn, "--once", "--alert", "nan", "--run-command", command)
    assert code == 1
    assert "never seen" not in out
    words, told, stdin = json.loads((tmp_path / "told.json").read_text())
    assert words == ["$HOME", "; touch hacked"]
    assert told == {
        "STATKIT_RULE": "nan",
        "STATKIT_RUN": "run",
        "STATKIT_PATH": str(learn),
        "STATKIT_STEP": "6000",
        "STATKIT_MESSAGE": "total_loss_value is NaN at step 6000.",
    }
    assert stdin == ""


def test_a_failing_command_is_one_line(watch, learn):
    change(learn, 6000, total_loss_value=math.nan)
    code, _, err = watch(
        *(learn, "--once", "--alert", "nan", "--run-command", "sh -c 'echo no >&2; echo way >&2; exit 7'")
    )
    assert code == 1
    assert err.splitlines()[-1] == "alert command: failed with exit code 7: way"


def test_it_needs_no_page(learn):
    """The libraries of the page are an extra; watching is not."""
    script = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'sse_starlette', 'watchfiles'): sys.modules[name] = None\n"
        "from statkit.cli.app import run\n"
        f"assert run(['watch', {str(learn)!r}, '--once', '--alert', 'nan']) == 0\n"
        "assert not {'pandas', 'polars', 'matplotlib', 'torch', 'scipy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_watching_for_long_takes_no_more_memory(learn):
    watch = Watch([str(learn)])
    lookout, lines, held = Lookout([parse_alert("nan"), parse_alert("stall")]), Lines(), []
    lines.say = lambda line: None
    tracemalloc.start()
    for update in range(400):
        change(learn, 6000, total_loss_value=0.1 + update / 1e5, last_update_time=1.7e9 + update)
        watch.look()
        lines.show(lookout.look(watch.runs))
        if update in (99, 399):
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 300_000  # 1 MB a thousand updates


def test_into_a_pipe_it_is_a_line_a_change(learn):
    command = [sys.executable, "-u", "-m", "statkit", "watch", str(learn.parents[0].parent)]
    command += ["--interval", "0.1", "--alert", "nan"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=os.environ
    ) as child:
        late = threading.Timer(30, child.kill)
        late.start()
        lines = iter(child.stdout.readline, "")
        assert next(lines)[8:].startswith(" run: stalled, step 6,000, ")
        other = learn.parents[1] / "later" / "Learn"
        other.mkdir(parents=True)
        (other / "Statistik_500.json").write_text('{"step_current": 500, "quality_ki_value": 0.5, "total')
        (other / "Statistik_500.json").write_text('{"step_current": 500, "quality_ki_value": 0.5}')
        line = next(lines)
        while "step 500" not in line:  # the half-written file may have been seen
            line = next(lines)
        assert " later: training, step 500" in line
        change(learn, 6000, total_loss_value=math.nan)
        told = [next(lines)[9:].strip()]
        while not told[-1].startswith("alert"):
            told.append(next(lines)[9:].strip())
        assert told[-1] == "alert: run: nan: total_loss_value is NaN at step 6000."
        (other / "Statistik_500.json").unlink()
        assert next(lines)[9:].strip() == "later: gone"
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130
        late.cancel()
        assert "Traceback" not in child.stderr.read()
