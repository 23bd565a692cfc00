"""A directory that a training, and its owner, do things to, and what statkit says of it."""

import contextlib
import io
import json
import os
import shutil
from pathlib import Path

from statkit.cli.app import run
from statkit.data.load import load
from statkit.errors import SourceError

FIRST = 18


def snapshot(step, **changes):
    values = {
        "step_current": step,
        "epoch_num": step // 700,
        "total_loss_value": 1 / step,
        "validation_loss_value": 2 / step,
        "quality_lr_value": 0.25,
        "quality_ki_value": 0.3 + step % 977 / 2000,
        "quality_improvement_value": 0.05 + step % 977 / 2000,
        "layer_activity_map": {"Backward 1": 41, "Final Fusion": step % 100},
        "last_update_time": 1.7e9 + step,
    }
    return {name: value for name, value in (values | changes).items() if value is not ...}


#: What a snapshot may hold instead; None of it may leave a trace once it is gone.
KINDS = {
    "usual": {},
    "without": {"quality_ki_value": ..., "epoch_num": ...},
    "timeless": {"last_update_time": ...},
    "null": {"validation_loss_value": None, "spare": None},
    "text": {"total_loss_value": "0.25", "lr_phase_name": "cosine"},
    "tensor": {"lr_phase_name": "tensor(0.5)", "noted": "tensor(2)"},
    "odd text": {"noted": "yes"},
    "nan": {"quality_ki_value": float("nan"), "quality_lr_value": float("inf")},
    "flag": {"noted": True},
    "list": {"noted": [1, [2, None]], "total_loss_value": 1},
    "big": {"noted": 2**70, "total_loss_value": 2**63 + 1},
    "extra": {"brand_new": 1.5, "layer_activity_map": {"Backward 1": 0.5, "Backward 2": 3, "a.b": 1}},
    "dotted": {"layer_activity_map.Backward 1": 7},
    "zero": {"quality_ki_value": 0.0, "validation_loss_value": 0.0},
    "late": {"last_update_time": 1.9e9},
    "non_finite": {"quality_ki_value": None, "non_finite": {"quality_ki_value": "NaN"}},
}

QUESTIONS = (
    ["best"],
    ["best", "-m", "validation_loss_value", "--top", "3"],
    ["best", "-m", "noted", "--max"],
    ["best", "--on-rewind", "first"],
    ["trend"],
    ["trend", "-m", "layer_activity_map.Backward 1", "--max"],
    ["trend", "-m", "quality_gain_rel", "-m", "total_loss_value"],
    ["trend", "--on-rewind", "all"],
    ["trend", "--on-rewind", "first"],
    ["list"],
    ["show"],
    ["diagnose"],
    "frame",
    "three fields",
)


def answer(question, path, cache):
    """What a question gets, all of it: the code, the JSON with its warnings, what is on stderr."""
    if isinstance(question, str):
        return framed(question, path, cache)
    out, err = io.StringIO(), io.StringIO()
    arguments = [question[0], str(path), *question[1:], "--json", *([] if cache else ["--no-cache"])]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


def framed(question, path, cache):
    fields = None if question == "frame" else ["brand_new", "quality_ki_value", "noted"]
    try:
        runs = load(path, cache=cache)
        frame = runs.frame(fields, provenance=True)
    except (SourceError, KeyError) as error:
        return type(error).__name__, str(error)
    return list(map(str, frame.dtypes.items())), repr(frame.to_dict("list")), runs.notices


class Training:
    """A directory that a training, and its owner, do things to."""

    def __init__(self, path):
        self.path = Path(path)
        for step in range(1, FIRST + 1):
            self.save(100 * step, "usual")

    def save(self, step, kind, name=None):
        text = json.dumps(snapshot(step, **KINDS[kind]))
        target = self.path / (name or f"Statistik_{step}.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() or target.is_symlink():
            self.clear_away(target)
        target.write_text(text)

    @staticmethod
    def clear_away(target):
        shutil.rmtree(target) if target.is_dir() and not target.is_symlink() else target.unlink()

    def step(self, number):
        return 100 * (number % (FIRST + 4) + 1)

    def files(self):
        return sorted(path for path in self.path.rglob("*.json") if path.is_file())

    def do(self, what, number, kind):
        step = self.step(number)
        files = self.files()
        one = files[number % len(files)] if files else self.path / "Statistik_1.json"
        if what == "save":
            self.save(step, kind)
        elif what == "between":
            self.save(step + 50, kind)
        elif what == "label":
            self.save(step, kind, f"Statistik_{step}_final.json")
        elif what == "page":
            self.save(step, kind, "vsr_training_data_2026-02-06T08-26-30.json")
        elif what == "metrics":
            self.save(step + 7, kind, f"metrics/Statistik_{step + 7}.json")
        elif what == "superseded":
            self.save(step, kind, f"superseded/1/Statistik_{step}.json")
        elif what == "batches":
            records = [{"batch_idx": i, "phase": "train", "loss": 1 / (i + 1)} for i in range(number + 3)]
            (self.path / "final_training_metrics.json").write_text(json.dumps({"batch_metrics": records}))
        elif what == "table":
            rows = "".join(f"{i},{i / 7}\n" for i in range(number + 3))
            (self.path / "log.csv").write_text("step,loss\n" + rows)
        elif not one.is_file():
            return
        elif what == "remove":
            one.unlink()
        elif what == "rename":
            one.rename(one.with_name(f"Statistik_{step + 33}.json"))
        elif what == "replace":
            other = files[(number * 7 + 1) % len(files)]
            os.replace(shutil.copy2(other, f"{one}.copy"), one)
        elif what == "truncate":
            os.truncate(one, one.stat().st_size // 2)
        elif what == "empty":
            one.write_bytes(b"")
        elif what == "in place":
            self.in_place(one)
        elif what == "dangling":
            one.unlink()
            one.symlink_to("nowhere.json")
        elif what == "directory":
            one.unlink()
            one.mkdir()

    @staticmethod
    def in_place(one):
        """Change a digit and keep size and mtime: only ctime tells."""
        status = one.stat()
        text = one.read_text()
        place = text.find('"quality_ki_value": 0.')
        if place >= 0:
            place += len('"quality_ki_value": 0.')
            text = text[:place] + str((int(text[place]) + 3) % 10) + text[place + 1 :]
        with open(one, "r+") as stream:
            stream.write(text)
        os.utime(one, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert one.stat().st_mtime_ns == status.st_mtime_ns
        assert one.stat().st_size == status.st_size
