import pytest

from statkit.errors import UsageError
from statkit.sources.config import read_config, read_settings


def test_the_first_readable_configuration_counts(directory):
    assert read_config(str(directory.path)) == {}
    directory.put("experiment_config.json", {"lr": 0.1})
    assert read_config(str(directory.path)) == {"lr": 0.1}
    directory.put("runtime_config.json", b"{")
    assert read_config(str(directory.path)) == {"lr": 0.1}
    directory.put("runtime_config.json", {"lr": 0.2})
    assert read_config(str(directory.path)) == {"lr": 0.2}
    directory.put("runtime_config.json", [1])
    assert read_config(str(directory.path)) == {"lr": 0.1}


def test_settings_of_the_run_win_over_those_of_the_project(directory):
    directory.put(
        "statkit.toml", '[metrics.mine]\ndirection = "max"\nunit = "dB"\n[metrics.loss]\ndirection = "max"\n'
    )
    directory.put("run/statkit.toml", '[metrics.mine]\ndirection = "min"\ngood = [1, 2]\n')
    settings = read_settings(str(directory.path / "run"), str(directory.path))
    assert (settings["mine"].direction, settings["mine"].good, settings["mine"].unit) == (
        "min",
        (1.0, 2.0),
        None,
    )
    assert (settings["loss"].direction, settings["loss"].about) == ("max", "loss of the batch")
    directory.put("run/Statistik_5.json", {"mine": 1})
    assert directory.run("run").metric("mine").direction == "min"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        '[metrics.a]\ndirection = "up"',
        '[metrics.a]\ndirection = ["max"]',
        "[metrics.a]\nsign = 1",
        "[metrics.a]\ngood = 1",
        "[metrics.a]\ngood = [1]",
        "[metrics]\na = 1",
        "metrics = 1",
        "\0",
    ],
)
def test_other_settings_are_refused_with_the_file(directory, text):
    directory.put("statkit.toml", text)
    with pytest.raises(UsageError, match=r"statkit\.toml"):
        read_settings(str(directory.path))
