import pytest

from statkit.training.guard import Guard


def fail(error):
    raise error


def test_a_failure_is_said_once_for_each_part_and_kind(lines):
    guard = Guard(lines.append)
    for part, error in [
        ("a", ValueError("x\ny")),
        ("a", ValueError("z")),
        ("a", KeyError("k")),
        ("b", ValueError("")),
    ]:
        with guard.part(part):
            fail(error)
    assert [line.split(" (at")[0] for line in lines] == [
        "⚠️  Analysis failed (a): ValueError: x",
        "⚠️  Analysis failed (a): KeyError: 'k'",
        "⚠️  Analysis failed (b): ValueError: no message",
    ]
    assert "test_guard.py:7" in lines[0]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_leaving_is_not_held_up(lines, error):
    guard = Guard(lines.append)
    with pytest.raises(type(error)), guard.part("a"):
        raise error
    assert lines == []


def test_a_console_that_fails_harms_nothing():
    tried = []

    def closed(line):
        tried.append(line)
        raise OSError("closed")

    guard = Guard(closed)
    for _ in "12":
        with guard.part("a"):
            fail(ValueError("x"))
    assert [line.split(" (at")[0] for line in tried] == ["⚠️  Analysis failed (a): ValueError: x"]
