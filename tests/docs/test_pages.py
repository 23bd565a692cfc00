"""The Python of the documentation runs, and the source it shows how to write is one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {page.name: BLOCK.findall(page.read_text("utf-8")) for page in sorted(DOCS.glob("*.md"))}
#: Pages whose blocks train something: torch alone takes seconds to load.
TRAINING = ("training.md", "troubleshooting.md")
BLOCKS = [
    pytest.param(name, number, marks=[pytest.mark.slow] if name in TRAINING else [])
    for name, found in PAGES.items()
    for number in range(len(found))
]


@pytest.mark.parametrize(("page", "number"), BLOCKS, ids=lambda each: str(each))
def test_python_on_a_page_runs(page, number, workplace, environment):
    shutil.copytree(DOCS.parent / "examples" / "runs" / "coarse" / "seed-0" / "Learn", workplace / "Learn")
    finished = subprocess.run(
        [sys.executable, "-c", PAGES[page][number]],
        cwd=workplace, env=environment, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr


def test_the_pages_have_python_to_run():
    filled = {name for name, found in PAGES.items() if found}
    assert {"getting_started.md", "writers.md", "sources.md"} <= filled


def test_the_source_that_the_page_writes_is_found_and_read(tmp_path, environment):
    package = tmp_path / "installed"
    metadata = package / "steplog-1.dist-info"
    metadata.mkdir(parents=True)
    (package / "steplog_source.py").write_text(PAGES["sources.md"][0], "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: steplog\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[statkit.sources]\nsteplog = steplog_source:StepLog\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "steps.json").write_text("step=100 loss=0.5\nstep=200 loss=0.25\n")

    def statkit(*arguments: str) -> str:
        finished = subprocess.run(
            ["statkit", *arguments],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(package)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    assert "steplog" in statkit("show", "run")
    assert statkit("best", "run", "-m", "loss", "--field", "step") == "200\n"
    assert statkit("query", ".loss", "run", "--step") == "100\t0.5\n200\t0.25\n"
