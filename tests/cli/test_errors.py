"""Bad input: one clear line on standard error, exit 2, nothing on standard output."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trend", "nowhere"], "no such file"),
        (["trend", "rum"], "Did you mean run"),
        (["trend", "no*pe"], "nothing matches"),
        (["best", "empty"], "is empty"),
        (["best", "strange"], "holds no run"),
        (["best", "strange/notes.txt"], "no known format"),
        (["best", "run", "-m", "quality_ki_valu"], "Did you mean quality_ki_value"),
        (["best", "run", "-m", "learning_rate_value"], "--max or --min"),
        (["trend", "run", "-m", "learning_rate_value"], "--max or --min"),
        (["trend", "run", "-m", "zzz*"], "No metric 'zzz*'"),
        (["best", "run", "-m", "lr_phase_name"], "holds no number"),
        (["best", "run", "--pick", "luck"], "value, smoothed, one-se"),
        (["best", "run", "--field", "luck"], "possible are"),
        (["best", "run", "--json", "--csv"], "contradict"),
        (["best", "run", "--min", "--max"], "contradict"),
        (["best", "run", "--steps", "a:b"], "no range of steps"),
        (["best", "run", "--phase", "test"], "train, val"),
        (["best", "run", "--format", "xml"], "Possible: table"),
        (["best", "run", "--where", "import os"], "--where"),
        (["best", "run", "--where", "__import__('os')"], "Call is not possible"),
        (["best", "run", "--where", "los < 1"], "No metric 'los'"),
        (["best", "run", "--top", "0"], "not in the range"),
        (["best", "run", "--on-rewind", "never"], "last, first, all"),
        (["best", "run", "--steps", "7:8"], "holds no number in the rows"),
        (["best", "run", "-o", "missing/x.txt"], "cannot be written"),
        (["best", "--luck"], "No such option"),
        (["luck"], "No such command"),
        (["compare", "a=run", "a=run"], "two groups"),
        (["compare", "run", "--group-by", "colour"], "no run's config has it"),
        (["compare", "run", "--at", "noon"], "noon"),
        (["show", "run", "--diff"], "two runs or more"),
        (["list", ".", "--sort", "luck"], "is no column"),
        (["list", ".", "--columns", "luck of mine"], "say one of"),
        (["query", ".a[", "run"], "query '.a['"),
        (["query", "error(1)", "run"], "query"),
        (["export", "run", "--format", "xls"], "Possible: csv, parquet, ndjson, arrow"),
        (["export", "run", "-o", "x.doc"], "the ending names no format"),
        (["best", "broken/Statistik_500.json"], "Statistik_500.json"),
        (["best", "broken"], "none of 1 files can be read"),
        (["trend", "table.csv", "--step-column", "when"], "no column 'when'"),
        (["trend", "table.csv"], "no step column"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(statkit, learn, tmp_path, arguments, told):
    (tmp_path / "empty").mkdir()
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "notes.txt").write_text("hello")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "Statistik_500.json").write_text('{"a": tru')
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    done = statkit(*arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert done.err.startswith("statkit: ")


def test_a_closed_standard_output_is_one_line(learn):
    script = f"{sys.executable} -m statkit best {learn} >&-"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (2, "statkit: standard output is closed: nothing to write to.\n")


def test_no_command_at_all_shows_the_help(statkit):
    done = statkit()
    assert done.code == 0
    assert "compare" in done.out


def test_an_unreadable_file_is_one_line(statkit, learn):
    path = learn / "Statistik_500.json"
    path.unlink()
    path.symlink_to(path)
    done = statkit("best", path)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_a_closed_pipe_ends_silently(learn):
    script = f"{sys.executable} -m statkit trend {learn} --csv --all | head -n 1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("run,")
    assert done.stderr == ""


def test_a_pipe_closed_before_anything_is_written_ends_silently(learn):
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [sys.executable, "-m", "statkit", "best", str(learn)], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    _, told = process.communicate(timeout=60)
    assert told == b""


def test_interrupt_is_130(learn, tmp_path):
    fifo = tmp_path / "slow.csv"
    os.mkfifo(fifo)
    code = (
        "import statkit.cli.app as a, sys, time\n"
        "import statkit.data.load as l\n"
        "def slow(*x, **k):\n    print('ready', flush=True)\n    time.sleep(30)\n"
        "l.load_all = slow\n"
        "sys.exit(a.run(['best', 'run']))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == b""


def test_hostile_names_cannot_move_the_cursor(statkit, learn):
    path = learn / "Statistik_500.json"
    document = json.loads(path.read_text())
    document["quality_\x1b[31mred"] = 0.5
    path.write_text(json.dumps(document))
    for arguments in (["show", learn], ["best", learn, "--steps", "500"], ["best", learn, "-m", "\x1b[31m"]):
        done = statkit(*arguments)
        assert "\x1b" not in done.out + done.err
