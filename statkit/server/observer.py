"""Looks whenever something changed, and tells the pages what is new."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from statkit.errors import StatkitError
from statkit.server.changes import Changes
from statkit.server.console import complain
from statkit.server.events import event
from statkit.server.page import Page
from statkit.server.watch import Change
from statkit.server.watched import WatchedRun

#: Seconds between two looks, however quickly files change; where a look takes long, four times as long as
#: it took, and two seconds at the most.
REST_S: Final = 0.2
_REST_TIMES: Final = 4.0
_LONGEST_REST_S: Final = 2.0


async def observe(page: Page, changes: Changes) -> None:
    """Look again and again, in a thread of its own, until cancelled."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix="statkit-look")
    try:
        tell(page, await loop.run_in_executor(thread, page.watch.look))
        for run in page.watch.runs:  # read them all: then answers are at hand
            await loop.run_in_executor(thread, _read, run)
        while True:
            touched = await changes.next()
            start = loop.time()
            try:
                found = await loop.run_in_executor(thread, page.watch.look, touched)
            except Exception as error:
                complain(f"statkit: looking failed: {type(error).__name__}: {error}")
                await asyncio.sleep(changes.poll_s)
            else:
                tell(page, found)
            took = loop.time() - start
            if touched is None:
                changes.took(took)
            await asyncio.sleep(max(REST_S, min(_REST_TIMES * took, _LONGEST_REST_S)))
    finally:
        thread.shutdown(wait=False, cancel_futures=True)


def _read(run: WatchedRun) -> None:
    """Read a run in full; what is wrong with it is said to whoever asks."""
    with suppress(StatkitError, OSError):
        run.state()


def tell(page: Page, found: Change) -> None:
    """Tell every page of a change."""
    resync = event("resync", {"revision": found.revision})
    if found.listed:
        page.hub.tell(event("runs", {"revision": found.revision}), resync)
    if found.runs or found.status:
        told = {"revision": found.revision, "runs": list(found.runs), "status": found.status}
        page.hub.tell(event("change", told), resync)
