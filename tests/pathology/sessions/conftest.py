import numpy as np
import pytest

from statkit.pathology.sessions.session import open_session
from statkit.writers import sidecar


def tile(seed, height=8, width=12):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def write_sidecar(directory, name, images, attention=(), step=0, **meta):
    """Write what an analyzer keeps beside a dashboard; several images are a batch."""
    phase, _, number = name.split("_")
    arrays = {"samples/images": np.stack(images)} if len(images) > 1 else {"images/input": images[0]}
    prefix = "samples/attention" if len(images) > 1 else "attention"
    for place, maps in enumerate(attention):
        arrays[f"{prefix}/{place}"] = np.asarray(maps, dtype=np.float32)
    told = {
        "phase": phase,
        "number": int(number),
        "step": step,
        "layers": [f"layer{n}" for n in range(len(attention))],
        "record": {},
        "meta": meta,
    }
    sidecar.write(directory / f"{name}.npz", arrays, told)


@pytest.fixture
def run(tmp_path):
    """A run with one validation image and the attention of one layer."""
    directory = tmp_path / "run"
    directory.mkdir()
    attention = np.arange(12).reshape(3, 4) / 11
    write_sidecar(directory, "val_batch_000001", [tile(1)], [attention], step=10, mpp=0.5)
    return directory


@pytest.fixture
def session(run):
    return open_session(run)
