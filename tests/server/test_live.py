"""Files come, change and go while the page is open."""

import asyncio
import json
import shutil
import time

from statkit.writers import StatistikWriter


def wait(until, seconds=10.0):
    """Wait until something holds, and give it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = until()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def series(served, run, **more):
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return served.json(f"/api/runs/{run}/series?metric=quality_ki_value&{query}")


def test_a_save_is_told_and_read_alone(serve_runs, tmp_path):
    with StatistikWriter(tmp_path / "run", echo=lambda line: None) as writer:
        writer.save(100, {"quality_ki_value": 0.5, "last_update_time": time.time()})
        served = serve_runs(tmp_path / "run")
        (run,) = served.runs().values()
        known = series(served, run["id"])
        events = served.listen()
        assert events.next() == ("hello", {"revision": 0})
        writer.save(200, {"quality_ki_value": 0.6, "last_update_time": time.time()})
        _, told = events.next("change")
        assert told["runs"] == [run["id"]]
        new = series(served, run["id"], since=known["rows"], lineage=known["lineage"])
        assert (new["step"], new["values"]["quality_ki_value"]) == ([200], [0.6])
        assert served.runs()["run"]["status"] == "training"
        events.close()


def test_without_events_of_the_file_system_it_is_found_by_looking(serve_runs, write_run):
    directory = write_run(count=2)
    served = serve_runs(directory, events=False, poll_s=0.1)
    events = served.listen()
    events.next("hello")
    write_run(count=1, first=3)
    _, told = events.next("change")
    (run,) = served.runs().values()
    assert told["runs"] == [run["id"]]
    assert run["series"][0]["rows"] == 3
    events.close()


def test_a_run_that_comes_is_told_and_one_that_goes(serve_runs, write_run, tmp_path):
    write_run("runs/a", count=2)
    served = serve_runs(tmp_path / "runs", poll_s=0.2)
    events = served.listen()
    events.next("hello")
    write_run("runs/b", count=2)
    events.next("runs")
    wait(lambda: served.runs().keys() == {"a", "b"})
    gone = served.runs()["a"]["id"]
    shutil.rmtree(tmp_path / "runs" / "a")
    wait(lambda: served.runs().keys() == {"b"})
    answer = served.get(f"/api/runs/{gone}")
    assert answer.status == 404
    assert "gone" in answer.json()["error"]
    write_run("runs/a", count=1)
    wait(lambda: served.runs().keys() == {"a", "b"})
    assert served.runs()["a"]["id"] == gone
    events.close()


def test_a_directory_may_be_empty_at_first(serve_runs, tmp_path, write_run):
    (tmp_path / "run").mkdir()
    served = serve_runs(tmp_path / "run", poll_s=0.2)
    assert served.runs() == {}
    write_run("run", count=1)
    wait(lambda: served.runs())


def test_a_torn_file_is_skipped_and_taken_when_it_is_whole(serve_runs, write_run):
    directory = write_run(count=2)
    served = serve_runs(directory, poll_s=0.1)
    (run,) = served.runs().values()
    text = json.dumps({"step_current": 300, "quality_ki_value": 0.7})
    (directory / "Statistik_300.json").write_text(text[:20])
    wait(lambda: served.json(f"/api/runs/{run['id']}")["warnings"])
    assert series(served, run["id"])["step"] == [100, 200]
    (directory / "Statistik_300.json").write_text(text)
    wait(lambda: series(served, run["id"])["step"] == [100, 200, 300])


def test_a_rewind_sends_everything_again(serve_runs, write_run):
    directory = write_run(count=6)
    served = serve_runs(directory, poll_s=0.1)
    (run,) = served.runs().values()
    known = series(served, run["id"])
    for step in (400, 500, 600):
        (directory / f"Statistik_{step}.json").unlink()
    write_run(count=1, first=4, start=1_700_001_000.0)
    new = wait(
        lambda: (
            (found := series(served, run["id"], since=known["rows"], lineage=known["lineage"]))["rows"] == 4
            and found["lineage"] != known["lineage"]
            and found
        )
    )
    assert new["since"] == 0
    assert new["step"] == [100, 200, 300, 400]
    assert new["time"][-1] == 1_700_001_040.0


def test_a_snapshot_written_again_sends_everything_again(serve_runs, write_run):
    directory = write_run(count=3)
    served = serve_runs(directory, poll_s=0.1)
    (run,) = served.runs().values()
    known = series(served, run["id"])
    write_run(count=1, first=2, values=lambda n: {"quality_ki_value": 0.9})
    again = wait(
        lambda: (
            (found := series(served, run["id"], since=3, lineage=known["lineage"]))["since"] == 0 and found
        )
    )
    assert again["values"]["quality_ki_value"][1] == 0.9


def test_batches_that_are_appended_are_sent_alone(serve_runs, tmp_path):
    log = tmp_path / "run" / "batch_metrics.jsonl"
    log.parent.mkdir()

    def append(start, count):
        with log.open("a") as stream:
            for index in range(start, start + count):
                stream.write(
                    json.dumps({"batch_idx": index, "phase": "train", "loss": 1 / (index + 1)}) + "\n"
                )

    append(0, 50)
    served = serve_runs(log.parent, poll_s=0.1)
    (run,) = served.runs().values()
    known = served.json(f"/api/runs/{run['id']}/series?metric=loss")
    append(50, 25)
    path = f"/api/runs/{run['id']}/series?metric=loss&since=50&lineage={known['lineage']}"
    new = wait(lambda: (found := served.json(path))["rows"] == 75 and found)
    assert new["since"] == 50
    assert new["values"]["loss"] == [1 / (index + 1) for index in range(50, 75)]
    with log.open("a") as stream:
        stream.write('{"batch_idx": 75, "phase": "tr')
    time.sleep(0.3)
    assert served.json(path)["rows"] == 75


def test_a_run_that_falls_silent_is_told_to_have_stalled(write_run):
    from statkit.server.watch import Watch

    now = 1_700_000_055.0
    watch = Watch([str(write_run(count=5))], clock=lambda: now)
    assert watch.look().status == {}
    (run,) = watch.runs
    assert run.status().status == "training"
    now += 24.0
    assert not watch.look()
    now += 3.0
    assert watch.look().status == {run.id: "stalled"}
    assert watch.revision == 1


def test_looking_at_everything_is_rarer_where_it_takes_long(tmp_path):
    from statkit.server.changes import Changes

    async def looks(took):
        changes = Changes([str(tmp_path)], poll_s=0.05, events=False)
        changes.start()
        changes.took(took)
        assert await changes.next() is None
        waiting = asyncio.ensure_future(changes.next())
        _, pending = await asyncio.wait([waiting], timeout=0.3)
        waiting.cancel()
        return not pending

    assert asyncio.run(looks(0.001))
    assert not asyncio.run(looks(0.02))


def test_everything_is_looked_at_however_much_changes(tmp_path):
    from statkit.server.changes import Changes

    async def looks():
        changes = Changes([str(tmp_path)], poll_s=0.01, events=False)
        changes.start()
        found = []
        for _ in range(3):
            await asyncio.sleep(0.02)
            changes._note({str(tmp_path / "a")})
            await asyncio.sleep(0)
            found += [await changes.next(), await changes.next()]
        return found

    assert asyncio.run(looks()) == [None, {str(tmp_path / "a")}] * 3


def test_what_the_first_look_finds_is_told(write_run):
    from statkit.server.changes import Changes
    from statkit.server.observer import observe
    from statkit.server.page import Page
    from statkit.server.watch import Watch

    async def first():
        directory = str(write_run(count=1))
        page = Page(Watch([directory]))
        stream = page.hub.stream(b"")
        await anext(stream)
        write_run(count=1, first=2)
        observing = asyncio.create_task(observe(page, Changes([directory], poll_s=60)))
        try:
            async with asyncio.timeout(5):
                return await anext(stream)
        finally:
            observing.cancel()
            page.answers.close()
            page.sessions.close()

    assert asyncio.run(first()).startswith(b"event: change")


def test_a_page_that_does_not_keep_up_is_told_to_ask_again():
    from statkit.server.events import MOST_WAITING, Hub

    async def run():
        hub = Hub()
        slow = hub.stream(b"hello")
        assert (await anext(slow)).endswith(b"hello")
        for number in range(MOST_WAITING + 5):
            hub.tell(b"%d" % number, b"resync")
        assert await anext(slow) == b"resync"
        hub.close()
        assert [each async for each in slow] == []
        assert len(hub) == 0

    asyncio.run(run())


def test_many_pages_are_told_one_after_the_other():
    from statkit.server.events import Hub

    async def run():
        hub = Hub(spread_s=0.2)
        pages = [hub.stream(b"") for _ in range(20)]
        for page in pages:
            await anext(page)
        hub.tell(b"x", b"resync")
        loop = asyncio.get_running_loop()
        start = loop.time()

        async def told(page):
            await anext(page)
            return loop.time() - start

        times = await asyncio.gather(*(told(page) for page in pages))
        assert max(times) > 0.15
        assert min(times) < 0.05
        for page in pages:
            await page.aclose()
        assert len(hub) == 0

    asyncio.run(run())


def test_the_streams_of_listening_pages_are_ended_properly(serve_runs, write_run):
    served = serve_runs(write_run(count=1))
    events = served.listen()
    events.next("hello")
    served.server.end()
    assert events.rest().endswith(b"\r\n0\r\n\r\n")
    events.close()
