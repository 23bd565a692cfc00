"""What the page is told while it is open: server-sent events, one stream a page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import StreamingResponse

from statkit.json_text import dumps

#: Events a page may be behind; one that is further behind is told to ask for everything again.
MOST_WAITING: Final = 32

#: Seconds after which a page that nothing happened for is sent a comment, so that its line stays open.
PING_S: Final = 15.0

#: Milliseconds after which a page that lost its line asks again.
_RETRY_MS: Final = 2000

_END: Final = b""


def event(name: str, data: Any) -> bytes:
    """Write one event."""
    return f"event: {name}\ndata: {dumps(data)}\n\n".encode()


class Hub:
    """The pages that listen.

    Parameters
    ----------
    most : int
        Pages that may listen at once.
    spread_s : float
        Seconds over which many pages are told of one change, so that they do not all ask at once; a
        few pages are told without delay.
    """

    def __init__(self, most: int = 500, spread_s: float = 0.5) -> None:
        self._most = most
        self._spread_s = spread_s
        self._pages: set[asyncio.Queue[bytes]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def full(self) -> bool:
        """Whether no other page may listen."""
        return len(self._pages) >= self._most

    def tell(self, message: bytes, resync: bytes) -> None:
        """Tell every page; one that does not keep up gets ``resync`` in place of all it missed."""
        for page in self._pages:
            try:
                page.put_nowait(message)
            except asyncio.QueueFull:
                while not page.empty():
                    page.get_nowait()
                page.put_nowait(resync)

    def close(self) -> None:
        """End every stream; none begins any more."""
        self._closed = True
        for page in self._pages:
            while not page.empty():
                page.get_nowait()
            page.put_nowait(_END)

    async def stream(self, hello: bytes) -> AsyncIterator[bytes]:
        """Give one page its events, the first at once.

        Parameters
        ----------
        hello : bytes
            The first event.
        """
        page: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        if self._closed:
            return
        place = len(self._pages)
        self._pages.add(page)
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode() + hello
            while True:
                try:
                    async with asyncio.timeout(PING_S):
                        message = await page.get()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if message == _END:
                    return
                await asyncio.sleep(self._delay(place))
                yield message
        finally:
            self._pages.discard(page)

    def _delay(self, place: int) -> float:
        """Seconds that the page at a place waits: none where there are few."""
        waiting = len(self._pages)
        return self._spread_s * (place % waiting) / waiting if waiting > _FEW else 0.0


_FEW: Final = 4


def response(hub: Hub, hello: bytes) -> StreamingResponse:
    """Answer with a stream of events."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(hub.stream(hello), media_type="text/event-stream", headers=headers)
