"""``statkit annotate``: what cannot be annotated is said in one line; what can is served."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "examples" / "runs" / "dae_kan"


def test_a_run_without_images_is_one_clear_line(statkit, tmp_path):
    (tmp_path / "run").mkdir()
    done = statkit("annotate", tmp_path / "run")
    assert done.code == 2
    assert done.err.startswith("statkit: ")
    assert "no image to annotate" in done.err
    assert len(done.err.splitlines()) == 1
    assert "no such directory" in statkit("annotate", tmp_path / "gone").err


def test_it_serves_the_page_on_a_run_and_offers_raters(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(KEPT / "val_batch_000031.npz", run)
    command = [
        sys.executable,
        "-m",
        "statkit",
        "annotate",
        str(run),
        "--annotations",
        str(tmp_path / "drawn"),
    ]
    command += ["--rater", "Anna Müller", "--port", "0", "--no-token", "--lang", "de"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    try:
        address = process.stdout.readline().strip()
        page, _, query = address.partition("?")
        assert page.endswith("/annotate")
        assert query == "lang=de"
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert b"annotate.js" in answer.read()
        root = page.removesuffix("annotate") + "api/annotate"
        with urllib.request.urlopen(root, timeout=20) as answer:
            [session] = json.load(answer)["sessions"]
        with urllib.request.urlopen(f"{root}/{session['id']}", timeout=20) as answer:
            told = json.load(answer)
        assert session["name"] == "run"
        assert told["raters"] == ["Anna Müller"]
        assert told["directory"] == str(tmp_path / "drawn")
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.stdout.close()
