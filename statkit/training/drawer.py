"""The process beside the training that draws its dashboards and writes its report.

It is a program of the post-hoc side, started with the training's search path, and knows the
training only by the files it is told of. It ends when its input ends, so it never outlives a training
by more than one picture.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

_PROGRAM: Final = """
import json, sys
sys.path[:] = json.loads(sys.stdin.readline())
try:
    from statkit.api.drawing import main
except BaseException as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}", "fatal": True}), flush=True)
else:
    main()
"""

_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Drawer:
    """One such process; `send` and `close` are called from one thread.

    Parameters
    ----------
    answer : callable
        Takes each answer, a dict with ``error``, or None when the process has ended; called from a
        thread of its own.
    program : str
        What the process runs; it is handed the search path as its first line.

    Raises
    ------
    OSError
        If no process can be started.
    """

    def __init__(self, answer: Callable[[dict[str, Any] | None], None], program: str = _PROGRAM) -> None:
        if not sys.executable:
            raise OSError("this interpreter does not know its own program")
        self._answer = answer
        self._process = subprocess.Popen(
            [sys.executable, "-I", *(["-B"] if sys.dont_write_bytecode else []), "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD},
            start_new_session=True,  # Ctrl-C is for the training
            text=True,
            encoding="utf-8",
        )
        self._send([os.path.abspath(entry) for entry in sys.path])
        threading.Thread(target=self._listen, name="statkit-drawer", daemon=True).start()

    def send(self, job: Mapping[str, str]) -> None:
        """Ask for one piece of work (see `statkit.api.drawing.serve`).

        A process that has ended says so through ``answer``.
        """
        self._send(job)

    def _send(self, message: Any) -> None:
        with suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                with suppress(json.JSONDecodeError):
                    self._answer(json.loads(line))
        self._answer(None)

    def close(self, seconds: float = 5.0) -> None:
        """End the process: ask it, then make it."""
        with suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        with suppress(OSError, ValueError):
            assert self._process.stdout is not None
            self._process.stdout.close()
