"""Answers are made once, kept within bounds, and dropped when their subject has changed."""

import asyncio
import threading

import pytest

from statkit.server.answers import Answers


@pytest.fixture
def answers():
    made = Answers(most_bytes=1000)
    yield made
    made.close()


class Maker:
    def __init__(self, data=b"answer", gate=None):
        self.count = 0
        self.data = data
        self.gate = gate

    def __call__(self):
        self.count += 1
        if self.gate is not None:
            self.gate.wait(10)
        return self.data


def test_many_who_ask_at_once_cost_one_making(answers):
    gate = threading.Event()
    maker = Maker(gate=gate)

    async def ask():
        asked = [asyncio.ensure_future(answers.get("run", 1, "what", maker)) for _ in range(50)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [b"answer"] * 50
    assert maker.count == 1


def test_who_leaves_does_not_take_the_answer_from_the_others(answers):
    gate = threading.Event()
    maker = Maker(gate=gate)

    async def ask():
        first = asyncio.ensure_future(answers.get("run", 1, "what", maker))
        second = asyncio.ensure_future(answers.get("run", 1, "what", maker))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        return await second

    assert asyncio.run(ask()) == b"answer"
    assert maker.count == 1


def test_an_answer_is_kept_until_its_subject_has_another_version(answers):
    async def ask():
        makers = [Maker(b"a"), Maker(b"b"), Maker(b"c"), Maker(b"d")]
        assert await answers.get("run", 1, "x", makers[0]) == b"a"
        assert await answers.get("run", 1, "x", makers[1]) == b"a"
        assert await answers.get("run", 1, "y", makers[1]) == b"b"
        assert answers.size == 2
        assert await answers.get("run", 2, "x", makers[2]) == b"c"
        assert answers.size == 1
        assert await answers.get("other", 1, "x", makers[3]) == b"d"
        assert answers.size == 2

    asyncio.run(ask())


def test_no_more_is_kept_than_allowed(answers):
    async def ask():
        for number in range(10):
            await answers.get(number, 0, "x", Maker(b"x" * 300))
            assert answers.size <= 1000
        again = Maker()
        await answers.get(9, 0, "x", again)
        await answers.get(0, 0, "x", again)
        return again.count

    assert asyncio.run(ask()) == 1


def test_an_answer_too_long_to_keep_is_still_given(answers, monkeypatch):
    monkeypatch.setattr("statkit.server.answers._LONGEST", 10)
    assert asyncio.run(answers.get("run", 1, "x", Maker(b"x" * 11))) == b"x" * 11
    assert answers.size == 0


def test_what_fails_is_raised_and_tried_again(answers):
    def fail():
        raise ValueError("no")

    async def ask():
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                await answers.get("run", 1, "x", fail)
        return await answers.get("run", 1, "x", Maker())

    assert asyncio.run(ask()) == b"answer"
