import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from statkit import json_text
from statkit.writers import StatistikWriter

VALUES = {"step_current": 7500, "quality_ki_value": 0.621, "lr_phase_name": "cosine", "training_active": True}


def read(path):
    return json.loads(Path(path).read_bytes(), parse_constant=lambda name: pytest.fail(f"bare {name}"))


def test_prints_the_line_and_returns_the_path(tmp_path, capsys):
    path = StatistikWriter(tmp_path / "new" / "Learn").save(7500, VALUES)
    assert path == tmp_path / "new" / "Learn" / "Statistik_7500.json"
    assert capsys.readouterr().out == "📊 Statistics saved: Statistik_7500.json\n"


def test_text_is_pretty_utf8_with_keys_in_the_given_order(tmp_path):
    values = {"b": 1, "a": "größe", "layers": {"Final Fusion": 67.3}}
    path = StatistikWriter(tmp_path).save(1, values)
    assert path.read_text("utf-8") == json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def test_label_stands_in_the_name(tmp_path):
    assert StatistikWriter(tmp_path).save(7500, VALUES, label="final").name == "Statistik_7500_final.json"


def test_only_the_snapshot_is_left_behind(tmp_path):
    StatistikWriter(tmp_path).save(1, VALUES)
    assert os.listdir(tmp_path) == ["Statistik_1.json"]


def test_non_finite_numbers_are_null_and_named(tmp_path):
    values = {"loss": math.nan, "ok": 1.5, "layer_activity_map": {"Final Fusion": math.inf}, "l": [-math.inf]}
    found = read(StatistikWriter(tmp_path).save(1, values))
    names = found.pop("non_finite")
    assert names == {"loss": "NaN", "layer_activity_map.Final Fusion": "Infinity", "l.0": "-Infinity"}
    assert found == {"loss": None, "ok": 1.5, "layer_activity_map": {"Final Fusion": None}, "l": [None]}


@pytest.mark.parametrize("step", [500, 500.0, np.int64(500), np.float32(500), np.array(500)])
def test_a_step_may_be_any_whole_number(tmp_path, step):
    assert StatistikWriter(tmp_path).save(step, VALUES).name == "Statistik_500.json"


@pytest.mark.parametrize("step", [-1, 0.5, None, "x", math.nan, True, [1]])
def test_a_step_that_is_none_costs_a_line(tmp_path, lines, step):
    assert StatistikWriter(tmp_path, echo=lines.append).save(step, VALUES) is None
    assert len(lines) == 1
    assert lines[0].startswith("⚠️  Failed to save statistics JSON: ")


@pytest.mark.parametrize("label", ["", "a/b", "a\0b", "x" * 300, 5])
def test_a_label_that_cannot_be_costs_a_line(tmp_path, lines, label):
    assert StatistikWriter(tmp_path, echo=lines.append).save(1, VALUES, label=label) is None
    assert len(lines) == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("values", [None, 5, [1, 2], "text", object()])
def test_a_record_that_is_none_costs_a_line(tmp_path, lines, values):
    assert StatistikWriter(tmp_path, echo=lines.append).save(1, values) is None
    assert "TypeError: a record must be a mapping" in lines[0]


def test_values_changed_later_do_no_harm(tmp_path, faulty_system):
    gate = __import__("threading").Event()
    system = faulty_system(delay=lambda name: gate.wait(5) if name == "open" else None)
    writer = StatistikWriter(tmp_path, timeout=0.05, system=system, echo=lambda line: None)
    values = {"layers": {"a": [1]}}
    writer.save(1, values)
    values["layers"]["a"][0] = 2
    gate.set()
    assert writer.flush(5)
    assert read(tmp_path / "Statistik_1.json") == {"layers": {"a": [1]}}


def test_interrupts_pass_through(tmp_path):
    class Impatient:
        def __str__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StatistikWriter(tmp_path).save(1, {"x": Impatient()})


class TestSuperseded:
    def test_a_step_saved_twice_keeps_the_old_file(self, tmp_path):
        StatistikWriter(tmp_path).save(500, {"v": 1})
        StatistikWriter(tmp_path).save(500, {"v": 2})
        assert read(tmp_path / "Statistik_500.json") == {"v": 2}
        assert read(tmp_path / "superseded" / "1" / "Statistik_500.json") == {"v": 1}

    def test_one_resume_shares_one_number(self, tmp_path):
        for session in range(3):
            writer = StatistikWriter(tmp_path)
            for step in (500, 1000):
                writer.save(step, {"session": session})
        kept = {str(p.relative_to(tmp_path)): read(p)["session"] for p in tmp_path.glob("superseded/*/*")}
        assert kept == {
            "superseded/1/Statistik_500.json": 0,
            "superseded/1/Statistik_1000.json": 0,
            "superseded/2/Statistik_500.json": 1,
            "superseded/2/Statistik_1000.json": 1,
        }

    def test_one_writer_saving_a_step_again_and_again_keeps_all(self, tmp_path):
        writer = StatistikWriter(tmp_path)
        for version in range(4):
            writer.save(5, {"v": version})
        assert [read(tmp_path / "superseded" / str(k) / "Statistik_5.json")["v"] for k in (1, 2, 3)] == [
            0,
            1,
            2,
        ]

    def test_copied_where_links_are_impossible(self, tmp_path, faulty_system):
        import errno

        system = faulty_system(errno.EPERM, at=1, sticky=True, only={"link"})
        for version in range(3):
            assert StatistikWriter(tmp_path, system=system).save(5, {"v": version})
        assert [read(tmp_path / "superseded" / str(k) / "Statistik_5.json")["v"] for k in (1, 2)] == [0, 1]
        assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]

    def test_no_keeping_no_replacing(self, tmp_path, faulty_system, lines):
        import errno

        StatistikWriter(tmp_path).save(5, {"v": 1})
        system = faulty_system(errno.ENOSPC, at=1, sticky=True, only={"link"})
        assert StatistikWriter(tmp_path, system=system, echo=lines.append).save(5, {"v": 2}) is None
        assert read(tmp_path / "Statistik_5.json") == {"v": 1}
        assert "free up disk space" in lines[0]


class TestConfig:
    def test_written_once(self, tmp_path):
        config = {"seed": 0, "lr": math.nan, "path": Path("data")}
        StatistikWriter(tmp_path, config).save(500, VALUES)
        before = os.stat(tmp_path / "runtime_config.json")
        StatistikWriter(tmp_path, config).save(1000, VALUES)
        assert os.stat(tmp_path / "runtime_config.json") == before
        assert read(tmp_path / "runtime_config.json") == {
            "seed": 0,
            "lr": None,
            "path": "data",
            "non_finite": {"lr": "NaN"},
        }
        assert sorted(os.listdir(tmp_path)) == [
            "Statistik_1000.json",
            "Statistik_500.json",
            "runtime_config.json",
        ]

    def test_a_resume_with_another_one_leaves_both(self, tmp_path):
        StatistikWriter(tmp_path, {"seed": 0}).save(500, VALUES)
        for _ in range(2):
            StatistikWriter(tmp_path, {"seed": 1}).save(1000, VALUES)
        assert read(tmp_path / "runtime_config.json") == {"seed": 0}
        assert read(tmp_path / "runtime_config_step_0001000.json") == {"seed": 1}

    def test_a_damaged_one_is_left_alone(self, tmp_path):
        (tmp_path / "runtime_config.json").write_text('{"seed": ')
        StatistikWriter(tmp_path, {"seed": 1}).save(0, VALUES)
        assert (tmp_path / "runtime_config.json").read_text() == '{"seed": '
        assert read(tmp_path / "runtime_config_step_0000000.json") == {"seed": 1}

    def test_taken_when_the_writer_is_made(self, tmp_path):
        config = {"seed": 0}
        writer = StatistikWriter(tmp_path, config)
        config["seed"] = 1
        writer.save(0, VALUES)
        assert read(tmp_path / "runtime_config.json") == {"seed": 0}

    def test_a_dataclass_will_do(self, tmp_path):
        @dataclass
        class Config:
            seed: int = 3

        StatistikWriter(tmp_path, Config()).save(0, VALUES)
        assert read(tmp_path / "runtime_config.json") == {"seed": 3}

    def test_its_failure_costs_a_line_and_not_the_snapshot(self, tmp_path, lines):
        (tmp_path / "runtime_config.json").mkdir()
        (tmp_path / "runtime_config_step_0000005.json").mkdir()
        writer = StatistikWriter(tmp_path, {"seed": 0}, echo=lines.append)
        assert writer.save(5, VALUES) is not None
        assert lines[0].startswith("⚠️  Failed to save runtime_config.json: ")
        assert writer.save(5, VALUES) is not None
        assert len([line for line in lines if "Failed" in line]) == 1


def test_nothing_private_is_written(tmp_path, monkeypatch):
    import socket

    monkeypatch.setenv("SECRET_TOKEN", "hunter2hunter2")
    StatistikWriter(tmp_path, {"seed": 0}).save(0, {"loss": 1})
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    home = os.path.expanduser("~")
    assert not [
        word for word in ("hunter2hunter2", socket.gethostname(), home) if len(word) > 3 and word in text
    ]


def test_readers_get_back_what_was_given(tmp_path):
    values = {"loss": 0.1, "n": 2**70, "text": "é", "flag": False, "none": None}
    path = StatistikWriter(tmp_path).save(0, values)
    assert json_text.loads(path.read_bytes()) == values


def test_the_door_is_light():
    script = (
        "import sys; from statkit.writers import StatistikWriter, BatchMetricsWriter;"
        "heavy = {'torch', 'numpy', 'pandas', 'polars', 'rich', 'typer', 'matplotlib'} & set(sys.modules);"
        "sys.exit(','.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
