"""Only regular files that may be opened are read, nothing is ever written, and nothing hangs."""

import hashlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from statkit.data.load import load_all
from statkit.errors import SourceError


def special(directory):
    """Everything that is no regular file, under names of ours; gives what must be closed."""
    path = directory.path
    os.mkfifo(path / "Statistik_1.json")
    os.mkdir(path / "Statistik_2.json")
    os.symlink("Statistik_3.json", path / "Statistik_3.json")
    os.symlink("nowhere", path / "Statistik_4.json")
    os.symlink("/dev/zero", path / "Statistik_5.json")
    os.symlink(".", path / "epoch_1_metrics.json")
    here = os.getcwd()
    os.chdir(path)  # a socket's path is short
    try:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("Statistik_6.json")
    finally:
        os.chdir(here)
    return listener


REASONS = {
    "Statistik_1.json": "FIFO",
    "Statistik_2.json": "a directory",
    "Statistik_3.json": "symbolic links",
    "Statistik_4.json": "dangling",
    "Statistik_5.json": "a device",
    "Statistik_6.json": "a socket",
    "epoch_1_metrics.json": "a directory",
}


def test_only_regular_files_are_opened_the_others_are_named(directory):
    directory.snapshots(500)
    with special(directory):
        run = directory.run()
        assert run.columns("validation").steps == [500]
        found = {n.path: n.message for n in run.notices}
        assert set(found) == set(REASONS)
        for name, reason in REASONS.items():
            assert reason in found[name]


def test_a_special_file_named_on_the_command_line_is_an_error(directory):
    with special(directory):
        for name in REASONS:
            with pytest.raises(SourceError):
                load_all([str(directory.path / name)])[0].columns("validation")


def test_a_special_file_in_the_place_of_settings_is_not_opened(directory):
    directory.snapshots(500)
    os.mkfifo(directory.path / "runtime_config.json")
    os.symlink("/dev/zero", directory.path / "experiment_config.json")
    os.mkfifo(directory.path / "statkit.toml")
    run = directory.run()
    assert run.config == {}
    assert run.metric("quality_ki_value").direction == "max"


def test_a_file_that_becomes_a_device_after_the_scan_is_not_read(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    os.remove(directory.path / "Statistik_1000.json")
    os.symlink("/dev/zero", directory.path / "Statistik_1000.json")
    assert run.columns("validation").steps == [500]


def test_a_file_that_vanishes_after_the_scan_is_named(directory):
    directory.snapshots(500, 1000)
    run = directory.run()
    os.remove(directory.path / "Statistik_1000.json")
    assert run.columns("validation").steps == [500]
    assert [(n.path, "No such file" in n.message) for n in run.notices] == [("Statistik_1000.json", True)]


def test_links_to_regular_files_are_read(directory):
    directory.snapshots(500)
    os.symlink("Statistik_500.json", directory.path / "Statistik_600.json")
    assert directory.columns().steps == [500, 600]


UNPRIVILEGED = """
import os, sys
from statkit.data.load import load_all
from statkit.errors import SourceError
if os.getuid() == 0:
    load_all([sys.argv[1]])[0].columns("validation")  # imports all that the other user may not read
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
run = load_all([sys.argv[1]])[0]
print(run.columns("validation").steps)
print(*sorted(f"{n.code} {n.path} {n.message}" for n in run.notices), sep="\\n")
try:
    load_all([sys.argv[1] + "/Statistik_600.json"])[0].columns("validation")
except SourceError as error:
    print(error)
"""


def test_permission_errors_are_per_file(directory):
    with TemporaryDirectory() as place:  # the other user may look into it, unlike into tmp_path
        here = type(directory)(place)
        here.path.chmod(0o755)
        here.snapshots(500, 600)
        here.put("metrics/Statistik_700.json", here.snapshot(700))
        (here.path / "Statistik_600.json").chmod(0)
        (here.path / "metrics").chmod(0)
        command = [sys.executable, "-c", UNPRIVILEGED, place]
        environment = os.environ | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        (here.path / "metrics").chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first == "[500]"
    assert len(rest) == 3
    assert "Statistik_600.json" in rest[0]
    assert "metrics" in rest[1]
    assert all("Permission denied" in line for line in rest)


def digest(path):
    """Everything that can be seen of a directory, times of access apart."""
    seen = []
    for root, directories, files in sorted(os.walk(path)):
        for name in sorted([*directories, *files]):
            status = os.lstat(os.path.join(root, name))
            content = Path(root, name).read_bytes() if name in files else b""
            seen.append(
                (
                    root,
                    name,
                    status.st_mode,
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_ctime_ns,
                    status.st_ino,
                )
            )
            seen.append(hashlib.sha256(content).hexdigest())
    return seen


def test_the_run_directory_is_never_modified(directory):
    directory.snapshots(500, 1000)
    directory.put(
        "metrics/metrics_20251004_141145.json", directory.metrics([directory.batch(i) for i in range(9)])
    )
    directory.put("table.csv", "step,loss\n1,0.5\n")
    directory.put("Statistik_1500.json", b"{")
    directory.put("superseded/1/Statistik_1000.json", directory.snapshot(1000))
    before = digest(directory.path)
    for on_rewind in ("last", "first", "all"):
        run = directory.run(on_rewind=on_rewind)
        run.frame()
        run.frame(engine="polars", shape="long")
        list(run.documents())
        assert run.notices
        assert run.config == {}
    assert digest(directory.path) == before


def test_a_file_of_three_gigabytes_is_refused_with_its_size(directory):
    directory.snapshots(500)
    with open(directory.path / "Statistik_600.json", "wb") as stream:
        stream.truncate(3_000_000_000)
    (notice,) = directory.notices()
    assert "2.8 GiB" in notice.message
    assert directory.columns().steps == [500]
