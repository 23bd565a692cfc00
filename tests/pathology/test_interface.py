"""The annotation session that is ready to be opened, and the process it is opened by."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from statkit.errors import RunNotFoundError, StatkitError, UsageError
from statkit.pathology import create_pathologist_annotation_interface
from statkit.pathology.interface import AnnotationInterface
from statkit.views.panels import Panels
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "a run"
    directory.mkdir()
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    panels = Panels(phase="val", number=1, images={"input": image}, attention={"bam": np.eye(4)})
    sidecar.write(directory / "val_batch_000001.npz", *panels.to_arrays())
    return directory


def program(tmp_path, body):
    """A page in the shape of ours: it says its address and stays."""
    script = tmp_path / "page.py"
    script.write_text("import sys, time\n" + textwrap.dedent(body))
    return [sys.executable, "-u", str(script)]


def interface(run, tmp_path, body):
    session = create_pathologist_annotation_interface(run).session
    return AnnotationInterface(session, 5050, program(tmp_path, body))


def test_it_knows_the_images_the_command_and_the_address(run):
    found = create_pathologist_annotation_interface({"run": str(run)}, rater="Dr. Ärztin", port=6060)
    assert [image.size for image in found.session.images] == [(16, 16)]
    assert found.url == "http://127.0.0.1:6060/annotate"
    assert found.command == (
        f"statkit annotate '{run}' --annotations '{run / 'annotations'}' --port 6060 "
        "--rater 'Dr. Ärztin' --open"
    )
    assert not found.is_open
    assert "1 image of" in repr(found)
    assert not (run / "annotations").exists(), "nothing is written before a rater saves"


def test_opening_starts_the_page_with_those_arguments_and_closing_ends_it(run, tmp_path):
    page = interface(run, tmp_path, """
        open(sys.argv[0] + ".told", "w").write(repr(sys.argv[1:]))
        print("http://127.0.0.1:5050/annotate?token=abc", flush=True)
        print("more", flush=True)
        time.sleep(60)
    """)  # fmt: skip
    assert page.open() == page.url == "http://127.0.0.1:5050/annotate?token=abc"
    assert page.is_open
    assert page.open() == page.url, "a second time it is there already"
    assert (tmp_path / "page.py.told").read_text() == repr(page.arguments)
    process = page._process
    page.close()
    assert process.poll() is not None
    assert not page.is_open
    assert page.url == "http://127.0.0.1:5050/annotate"
    page.close()


def test_a_page_that_does_not_start_says_why(run, tmp_path):
    page = interface(run, tmp_path, "print('statkit: port 5050 is taken.'); sys.exit(2)")
    with pytest.raises(StatkitError, match="did not start: port 5050 is taken"):
        page.open()
    assert not page.is_open


def test_a_page_that_says_nothing_is_given_up(run, tmp_path):
    page = interface(run, tmp_path, "time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(StatkitError, match="it said nothing for"):
        page.open(0.3)
    assert time.monotonic() - start < 30
    assert not page.is_open


def test_the_page_ends_with_the_process_that_opened_it(run, tmp_path):
    body = "print('http://x', flush=True); open(sys.argv[0] + '.pid', 'w').write('1'); time.sleep(60)"
    script = f"""
import sys
from statkit.pathology.interface import AnnotationInterface, create_pathologist_annotation_interface
session = create_pathologist_annotation_interface({str(run)!r}).session
page = AnnotationInterface(session, 5050, {program(tmp_path, body)!r})
page.open()
print(page._process.pid)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


@pytest.mark.parametrize("port", [-1, 70_000, "5050", True])
def test_a_port_that_cannot_be_is_refused(run, port):
    with pytest.raises(UsageError, match="port is"):
        create_pathologist_annotation_interface(run, port=port)


def test_a_run_without_images_or_none_at_all_is_refused(tmp_path):
    with pytest.raises(StatkitError, match="no image to annotate"):
        create_pathologist_annotation_interface(tmp_path)
    with pytest.raises(RunNotFoundError):
        create_pathologist_annotation_interface({"run": str(tmp_path / "gone")})


def test_no_server_is_loaded():
    script = (
        "import sys; from statkit.pathology import create_pathologist_annotation_interface; "
        "print([n for n in sys.modules if n.startswith(('statkit.server', 'starlette', 'uvicorn'))])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.check_output([sys.executable, "-c", script], text=True, env=environment) == "[]\n"


@pytest.mark.slow
def test_the_real_page_opens_and_lets_its_own_address_in(run, monkeypatch):
    from http.cookiejar import CookieJar
    from urllib.request import HTTPCookieProcessor, build_opener

    monkeypatch.setenv("BROWSER", "true")  # opens nothing
    page = create_pathologist_annotation_interface(run, rater="A. B.", port=0)
    try:
        with build_opener(HTTPCookieProcessor(CookieJar())).open(page.open(), timeout=20) as answer:
            assert answer.status == 200
            assert b"<html" in answer.read().lower()
    finally:
        page.close()
