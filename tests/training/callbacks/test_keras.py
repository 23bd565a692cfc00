"""Real fits of Keras 3 on its torch backend, each in a process: the backend is chosen at import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each loads torch and Keras in a process of its own

BEFORE = """
import sys
from pathlib import Path
from statkit.training.callbacks.keras import StatkitKerasCallback
import keras, numpy as np, torch

directory = Path(sys.argv[1])
keras.utils.set_random_seed(0)
generator = np.random.default_rng(0)
clean = generator.random((12, 16, 16, 3)).astype("float32")
noisy = clean + 0.1 * generator.standard_normal(clean.shape).astype("float32")
options = {"data_range": 1.0, "analysis_freq": 0, "detailed_freq": 1, "validation_batches": 0}


class Losses(keras.callbacks.Callback):
    seen = {"train": [], "val": []}

    def on_train_begin(self, logs=None):
        compute = self.model.compute_loss

        def kept(*given, **named):
            loss = compute(*given, **named)
            self.seen["train" if named["training"] else "val"].append(float(loss.detach()))
            return loss

        self.model.compute_loss = kept
"""

LAST_AXIS = (
    BEFORE
    + """
import json
model = keras.Sequential([keras.layers.Input((16, 16, 3)), keras.layers.Conv2D(3, 3, padding="same")])
model.compile("sgd", "mse")
callback = StatkitKerasCallback(save_dir=directory / "run", echo=lambda line: None, **options)
model.fit(noisy, clean, batch_size=4, epochs=2, shuffle=False, verbose=0, validation_data=(noisy, clean),
          validation_batch_size=4, callbacks=[Losses(), callback])
model.evaluate(noisy, clean, verbose=0)
assert model.compute_loss.__name__ == "kept"
print(json.dumps(Losses.seen))
"""
)

WRAPPED = (
    BEFORE
    + """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.gate = torch.nn.Sigmoid()

    def forward(self, x):
        return x * self.gate(self.conv(x))

net = Net()
inputs = keras.layers.Input((3, 16, 16))
model = keras.Model(inputs, keras.layers.TorchModuleWrapper(net, output_shape=(None, 3, 16, 16))(inputs))
model.compile("sgd", "mse")
callback = StatkitKerasCallback(
    save_dir=directory / "run", data_format="channels_first", layers={"gate": net.gate}, echo=print, **options
)
first = np.moveaxis(noisy, -1, 1)
model.fit(first, np.moveaxis(clean, -1, 1), batch_size=4, epochs=1, verbose=0, callbacks=[callback])
assert "compute_loss" not in vars(model)
assert sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules()) == 0
"""
)

SILENT = (
    BEFORE
    + """
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.layer = keras.layers.Conv2D(3, 3, padding="same")

    def call(self, x):
        return self.layer(x)

    def train_step(self, data):
        return {"loss": 0.0}

model = Own()
model.compile("sgd", "mse")
lines = []
model.fit(noisy, clean, batch_size=4, epochs=2, verbose=0,
          callbacks=[StatkitKerasCallback(save_dir=directory / "run", echo=lines.append, **options)])
(line,) = [line for line in lines if "compute_loss" in line]
assert "Own" in line
"""
)

CHOSEN = """
import statkit.training.callbacks.keras, keras
print(keras.backend.backend())
"""

BROKEN = """
import sys
sys.modules["tensorflow"] = None
from statkit.errors import UsageError
try:
    import statkit.training.callbacks.keras
except UsageError as error:
    print(error)
"""

OTHER = """
import sys, types
fake = types.ModuleType("keras")
fake.callbacks = types.SimpleNamespace(Callback=object)
fake.backend = types.SimpleNamespace(backend=lambda: "jax")
sys.modules["keras"] = fake
from statkit.errors import UsageError
from statkit.training.callbacks.keras import StatkitKerasCallback
try:
    StatkitKerasCallback()
except UsageError as error:
    print(error)
"""

MISSING = """
import sys
sys.modules["keras"] = None
from statkit.errors import MissingExtraError
try:
    import statkit.training.callbacks.keras
except MissingExtraError as error:
    print(error)
"""


def keras(script, directory, **environment):
    inherited = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(directory)],
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        env={**inherited, "KERAS_HOME": str(directory), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def records(directory: Path, phase=None):
    lines = (directory / "run" / "batch_metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [record for record in map(json.loads, lines) if phase in (None, record["phase"])]


def test_every_batch_of_a_fit_has_its_record(tmp_path):
    losses = json.loads(keras(LAST_AXIS, tmp_path).splitlines()[-1])
    assert len(losses["val"]) == 7  # the last one is of the evaluation after the fit
    assert [(r["epoch"], r["phase"], r["batch_idx"]) for r in records(tmp_path)] == [
        (epoch, phase, batch) for epoch in (0, 1) for phase in ("train", "val") for batch in range(3)
    ]
    for phase in ("train", "val"):
        found = records(tmp_path, phase)
        assert [r["loss"] for r in found] == pytest.approx(losses[phase][:6])
        assert [r["mse"] for r in found] == pytest.approx(losses[phase][:6], rel=1e-5)
        assert all(r["batch_size"] == 4 for r in found)
    assert all(r["ssim"] is not None for r in records(tmp_path, "train"))
    assert (tmp_path / "run" / "epoch_1_metrics.json").exists()
    assert (tmp_path / "run" / "final_training_metrics.json").exists()


def test_attention_of_torch_modules_inside_is_read(tmp_path):
    keras(WRAPPED, tmp_path)
    found = records(tmp_path)
    assert len(found) == 3
    assert all(0 < r["attention_gate_mean_attention"] < 1 for r in found)


def test_a_train_step_that_computes_no_loss_is_said_once(tmp_path):
    keras(SILENT, tmp_path)


def test_the_torch_backend_is_chosen_where_nothing_is_said(tmp_path):
    assert keras(CHOSEN, tmp_path).strip() == "torch"


def test_another_backend_is_refused(tmp_path):
    said = "Keras runs on jax, not on torch. Set KERAS_BACKEND=torch before Keras is imported"
    assert keras(OTHER, tmp_path).strip() == said


def test_a_backend_that_is_not_there_is_no_missing_keras(tmp_path):
    said = keras(BROKEN, tmp_path, KERAS_BACKEND="tensorflow").strip()
    assert said.startswith("Keras does not load: ")
    assert said.endswith("Set KERAS_BACKEND=torch before Keras is imported")


def test_without_keras_the_error_says_what_to_install(tmp_path):
    assert keras(MISSING, tmp_path).strip() == "keras is not installed. Run: pip install keras"
