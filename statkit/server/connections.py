"""Connections that may not wait for ever: idle ones give way, and there is always room for others."""

from __future__ import annotations

import asyncio
import resource
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which the head of a request has to be complete.
HEAD_PATIENCE_S: Final = 10.0

#: Seconds in which whoever is sent an answer has to take some of it.
READER_PATIENCE_S: Final = 30.0

#: Open connections beyond which one that nothing is answered on is closed for each new one.
MOST_OPEN: Final = 400

#: Descriptors left for files.
_SPARE: Final = 200


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that gives a request's head ten seconds, however slowly it drips, and a reader thirty."""

    _deadline: asyncio.TimerHandle | None = None
    _reader: asyncio.TimerHandle | None = None
    _idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; where too many are open already, the one idle longest gives way."""
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._wait()
        if len(self.connections) > most_open():
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take what came; the head is complete, or the wait goes on."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._rest()
        elif self._deadline is None and self.conn.trailing_data[0]:
            self._wait()

    def on_response_complete(self) -> None:
        """Be idle from now on, until the next request."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Watch whether the other side takes any of what it is sent."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """It took it."""
        self._leave_reader()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._rest()
        self._leave_reader()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD_PATIENCE_S, self._give_up)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _make_room(self) -> None:
        others = (each for each in self.connections if isinstance(each, PatientProtocol) and each is not self)
        min(
            filter(PatientProtocol._is_idle, others), key=lambda each: each._idle_since, default=self
        )._give_up()

    def _is_idle(self) -> bool:
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing()

    def _watch_reader(self) -> None:
        self._leave_reader()
        left = self.transport.get_write_buffer_size()
        self._reader = self.loop.call_later(READER_PATIENCE_S, self._look_at_reader, left)

    def _look_at_reader(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._watch_reader()
        else:
            self.transport.abort()

    def _leave_reader(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None


def most_open() -> int:
    """Give how many connections may be open: those for which there are descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_OPEN
    return max(50, min(MOST_OPEN, soft - _SPARE))


def most_listening() -> int:
    """Give how many pages may listen for events at once: the rest is for what they ask."""
    return most_open() * 3 // 4


def options() -> dict[str, Any]:
    """Give what uvicorn is told of connections."""
    return {"http": PatientProtocol, "ws": "none", "timeout_keep_alive": 20, "backlog": 256}
