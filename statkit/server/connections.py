"""Connections that may not wait for ever: half-open ones are closed, and there is always room for others."""

from __future__ import annotations

import asyncio
import resource
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which the head of a request has to be complete.
HEAD_PATIENCE_S: Final = 10.0

#: Open connections beyond which one that waits for its head is closed for each new one.
MOST_WAITING: Final = 400

#: Descriptors left for files.
_SPARE: Final = 200


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that gives a request's head ten seconds, however slowly it drips."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; where too many wait already, the one that does so longest gives way."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > _most():
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take what came; the head is complete, or the wait goes on."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._rest()
        elif self._deadline is None and self.conn.trailing_data[0]:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._rest()
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
        waiting = [each for each in self.connections if isinstance(each, PatientProtocol) and each._deadline]
        oldest = min(waiting, key=lambda each: each._when(), default=None)
        if oldest is not None:
            oldest._give_up()

    def _when(self) -> float:
        return self._deadline.when() if self._deadline is not None else 0.0


def _most() -> int:
    """Connections for which there are descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_WAITING
    return max(50, min(MOST_WAITING, soft - _SPARE))


def options() -> dict[str, Any]:
    """Give what uvicorn is told of connections."""
    return {"http": PatientProtocol, "ws": "none", "timeout_keep_alive": 20, "backlog": 512}
