import pytest
from torch import nn

from statkit.errors import UsageError
from statkit.training.discovery import discover, resolve


def named(name, *parts, base=nn.Module):
    """Make a module whose class has that name, with these children."""
    module = type(name, (base,), {})()
    for place, part in enumerate(parts):
        module.add_module(str(place), part)
    return module


def found(model):
    return [(target.path, target.kind) for target in discover(model)]


def test_attention_and_kan_are_found_by_class(tiny_net):
    model = tiny_net()
    assert found(model) == [
        ("attention", "gate_from_io"),
        ("bottleneck", "energy"),
        ("again", "gate_from_io"),
    ]
    assert [target.expected for target in discover(model)] == ["gate", "energy", "gate"]
    assert discover(model)[0].gate is model.attention.gate


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("BAM", "gate_from_io"),
        ("CBAM", "gate_from_io"),
        ("MyBAMBlock", "gate_from_io"),
        ("SpatialGate", "gate_from_io"),
        ("KANLinear", "energy"),
        ("FastKANConv2d", "energy"),
        ("Kan", "energy"),
        ("Bambi", None),
        ("Kansas", None),
        ("Conv2d", None),
        ("Attention", None),
    ],
)
def test_names_of_classes(name, kind):
    assert found(nn.Sequential(named(name))) == ([("0", kind)] if kind else [])


def test_the_inside_of_what_was_found_is_not_looked_at():
    assert found(nn.Sequential(named("CBAM", named("SpatialGate")))) == [("0", "gate_from_io")]
    assert found(nn.Sequential(named("KANBlock", named("KANLinear")))) == [("0", "energy")]


def test_a_network_of_kan_layers_is_no_layer():
    inner = named("DaeKAN", nn.Conv2d(1, 1, 1), named("BAM"), named("KANLinear"))
    assert found(nn.Sequential(inner)) == [("0.1", "gate_from_io"), ("0.2", "energy")]


def test_whether_the_input_is_added_goes_by_the_class():
    assert discover(nn.Sequential(named("BAM")))[0].residual
    assert not discover(nn.Sequential(named("CBAM")))[0].residual


def test_the_gate_is_the_only_sigmoid_or_none():
    one, two = nn.Sigmoid(), nn.Sigmoid()
    assert discover(nn.Sequential(named("BAM", one)))[0].gate is one
    assert discover(nn.Sequential(named("BAM", one, two)))[0].gate is None


def test_layers_are_resolved_by_name_module_and_kind(tiny_net):
    model = tiny_net()
    layers = {
        "a": "enter.0",
        "b": (model.leave, "energy"),
        "c": ("attention", "gate_from_io"),
        "d": model.again,
    }
    targets = resolve(model, layers)
    assert [(t.name, t.path, t.kind) for t in targets] == [
        ("a", "enter.0", "gate"),
        ("b", "leave", "energy"),
        ("c", "attention", "gate_from_io"),
        ("d", "again", "gate_from_io"),
    ]
    assert [t.name for t in resolve(model, ["attention", model.leave])] == [None, None]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["atention"], "No module 'atention' in TinyNet. Did you mean attention"),
        (["zzz"], "It has: enter"),
        ([("attention", "heat")], "the kind 'heat'; possible: gate, gate_from_io, energy"),
        ([3], "layers holds of type int"),
        ("attention", "give a list"),
    ],
)
def test_what_the_model_does_not_have_is_refused(tiny_net, layers, message):
    with pytest.raises(UsageError, match=message):
        resolve(tiny_net(), layers)
