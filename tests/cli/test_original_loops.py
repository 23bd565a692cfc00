"""The shell loops around jq that users typed before, run as they are, against our answers."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "runs"
RUNS = sorted(EXAMPLES.glob("*/*/Learn"))

TRACK = r"""
ls -1 Learn/Statistik_*.json | while read file; do
    step=$(basename "$file" .json | cut -d_ -f2)
    improvement=$(jq '.quality_improvement_value * 100' "$file")
    echo "Step $step: Improvement=$improvement%"
done
"""

FIND_BEST = r"""
for file in Learn/Statistik_*.json; do
    step=$(basename "$file" .json | cut -d_ -f2)
    quality=$(jq '.quality_ki_value * 100' "$file")
    echo "$quality $step"
done | sort -rn | head -1
"""

#: Stands in where Debian's jq is not installed: the same language, by the library we use.
STAND_IN = f"""#!{sys.executable}
import sys, jq
for value in jq.compile(sys.argv[1]).input_text(open(sys.argv[2]).read()):
    print(value)
"""


@pytest.fixture
def shell(tmp_path):
    places = os.environ["PATH"]
    if shutil.which("jq") is None:
        program = tmp_path / "bin" / "jq"
        program.parent.mkdir()
        program.write_text(STAND_IN)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        places = f"{program.parent}:{places}"

    def run(script: str, directory: Path) -> str:
        return subprocess.run(
            ["bash", "-c", script],
            cwd=directory,
            env={**os.environ, "PATH": places, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


@pytest.mark.parametrize("learn", RUNS[::7], ids=lambda path: "/".join(path.parts[-3:-1]))
def test_trend_tells_what_the_loop_told(shell, statkit, learn):
    told = {}
    for line in shell(TRACK, learn.parent).splitlines():
        step, improvement = line.removeprefix("Step ").removesuffix("%").split(": Improvement=")
        told[int(step)] = float(improvement)
    points = statkit("trend", learn, "--json").json["runs"][0]["metrics"][0]["points"]
    assert len(points) == 16
    assert [step for step, _ in points] == sorted(told)
    assert [100 * value for _, value in points] == pytest.approx([told[step] for step in sorted(told)])


def test_best_finds_what_the_loop_found(shell, statkit):
    done = statkit("best", *RUNS, "--json")
    results = done.json["results"]
    assert len(results) == len(RUNS) == 15
    by_path = {os.path.realpath(result["path"]): result for result in results}
    for learn in RUNS[::5]:
        quality, step = shell(FIND_BEST, learn.parent).split()
        result = by_path[os.path.realpath(learn)]
        assert (result["step"], 100 * result["value"]) == (int(step), pytest.approx(float(quality)))
        assert result["file"] == f"Statistik_{step}.json"


def test_a_bare_best_in_the_directory_of_a_run(shell, statkit):
    learn = RUNS[0]
    _, step = shell(FIND_BEST, learn.parent).split()
    assert statkit("best", "--field", "step", cwd=learn.parent).out.strip() == step
