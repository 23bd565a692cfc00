import copy
import io
import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from statkit.training.hooks import Hook, in_backward


@pytest.fixture
def hooked():
    seen = []
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    for module in (model, model[0]):
        module.register_forward_pre_hook(Hook(lambda module, given: seen.append("before")))
        module.register_forward_hook(Hook(lambda module, given, made: seen.append("after")))
    return model, seen


def test_a_hook_is_called(hooked):
    model, seen = hooked
    model(torch.ones(1, 2))
    assert seen == ["before", "before", "after", "after"]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_a_copy_works_and_reports_nothing(hooked, copied):
    model, seen = hooked
    twin = copied(model[0]) if copied is not copy.copy else copy.deepcopy(model)
    x = torch.ones(1, 2)
    expected = nn.functional.linear(x, model[0].weight, model[0].bias)
    layer = twin if isinstance(twin, nn.Linear) else twin[0]
    assert torch.equal(layer(x), expected)
    assert seen == []


def test_nothing_of_it_is_in_the_state(hooked):
    assert sorted(hooked[0].state_dict()) == ["0.bias", "0.weight"]


def test_a_saved_module_loads_where_statkit_is_not_installed(hooked, tmp_path):
    stream = io.BytesIO()
    torch.save(hooked[0], stream)
    assert b"statkit" not in stream.getvalue()
    (tmp_path / "model.pt").write_bytes(stream.getvalue())
    script = "import sys, torch; print(torch.load(sys.argv[1], weights_only=False)(torch.ones(1, 2)).shape)"
    command = [sys.executable, "-I", "-W", "ignore", "-c", script, str(tmp_path / "model.pt")]
    assert "[1, 2]" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_backward_is_noticed():
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda gradient: seen.append(in_backward()))
    y.sum().backward()
    assert seen == [True]
    assert not in_backward()
