"""Snapshots of a training, one file a validation: ``Statistik_7500.json``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from statkit import layout
from statkit.writers.console import Echo, failure_line, say
from statkit.writers.directory import RunDirectory
from statkit.writers.page import PageProcess
from statkit.writers.plain import plain, to_bytes
from statkit.writers.processes import may_write, rank
from statkit.writers.saver import Save, Saver

_WHAT: Final = "statistics JSON"


class StatistikWriter:
    """Saves a snapshot after every validation, and never raises into the training.

    A file is whole or not there, at any kill or power loss. Its text is strict JSON: a non-finite
    number is null, and the key ``non_finite`` names it. A step saved twice keeps the old file in
    ``superseded/<k>/``. Only rank 0 writes, DataLoader workers never do; elsewhere every method is
    a silent no-op. Lines go to standard output as the original program prints them.

    Parameters
    ----------
    directory : str or path
        The run directory; created at the first save.
    config : mapping or dataclass, optional
        Hyperparameters; written once, at the first save, to ``runtime_config.json``. A resume with
        other ones leaves ``runtime_config_step_<step>.json``.
    timeout : float, default 2.0
        Seconds that a save may hold up the training; one that takes longer goes on by itself.
    all_ranks : bool, default False
        Write from every process of a distributed job, each into a directory of its own.
    page : int or bool, optional
        Start the live page on this port after the first save (True: 5050, as the original program's), as
        a process of its own that ends ten minutes after this one; its address is one line, and so is any
        failure. Needs ``pip install 'statkit[serve]'``. Rank 0 alone starts it.
    echo : callable, optional
        Takes each line instead of standard output, ``tqdm.write`` for example.
    system : object, default the module ``os``
        Where the calls to the operating system go; for tests.

    Examples
    --------
    >>> import tempfile
    >>> directory = tempfile.mkdtemp()
    >>> with StatistikWriter(directory, config={"seed": 0}) as writer:
    ...     path = writer.save(7500, {"quality_ki_value": 0.621, "validation_loss_value": 0.0145})
    📊 Statistics saved: Statistik_7500.json
    >>> path.name
    'Statistik_7500.json'
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        config: Any = None,
        *,
        timeout: float = 2.0,
        all_ranks: bool = False,
        page: int | bool | None = None,
        echo: Echo | None = None,
        system: Any = os,
    ) -> None:
        self._directory = RunDirectory(absolute(directory), system)
        self._all_ranks = all_ranks
        self._say: Callable[[str], None] = lambda line: say(line, echo)
        self._saver = Saver(self._directory.path, timeout, self._say)
        self._config = self._prepared(config)
        self._config_failure = ""
        self._page = PageProcess(self._directory.path, page, self._say)

    def save(self, step: int, values: Mapping[str, Any] | Any, label: str | None = None) -> Path | None:
        """Save one snapshot; when it returns a path, the file is on the storage.

        Parameters
        ----------
        step : int
            The global optimiser step, 0 or more.
        values : mapping or dataclass
            The fields, kept under their own names; copied before this returns.
        label : str, optional
            Suffix of the file's name: ``Statistik_7500_<label>.json``.

        Returns
        -------
        pathlib.Path or None
            The file, or None if it could not be saved (a line says why), is not saved yet, or is
            not this process's to save.
        """
        name = ""
        try:
            if not may_write(self._all_ranks):
                return None
            number = whole(step, "a step")
            name = layout.statistik_name(number, label)
            data = to_bytes(plain(values), indent=True)

            def work(_save: Save) -> None:
                self._write_config(number)
                self._directory.write(name, [data])

            def announce(error: BaseException | None) -> None:
                self._say(f"📊 Statistics saved: {name}" if error is None else self._failure(error, name))

            saved = self._saver.save(Save(name=name, what=_WHAT, work=work, announce=announce))
            if saved and rank() == 0:
                self._page.start()
            return Path(self._directory.path, name) if saved else None
        except Exception as error:
            self._say(self._failure(error, name))
            return None

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every pending save is done, at most ``timeout`` seconds; tell whether it is so."""
        try:
            return self._saver.flush(timeout)
        except Exception:
            return False

    def close(self, timeout: float = 5.0) -> bool:
        """Give pending saves so many seconds; the writer stays usable."""
        return self.flush(timeout)

    def __enter__(self) -> StatistikWriter:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _prepared(self, config: Any) -> bytes | None:
        if config is None:
            return None
        try:
            return to_bytes(plain(config), indent=True)
        except Exception as error:
            self._say(failure_line(layout.RUNTIME_CONFIG, error, "", self._directory.path))
            return None

    def _write_config(self, step: int) -> None:
        """Write the configuration once; its failure costs a line, not the snapshot."""
        if self._config is None:
            return
        try:
            self._directory.write_config(self._config, step)
            self._config = None
        except Exception as error:
            line = failure_line(layout.RUNTIME_CONFIG, error, "", self._directory.path)
            if line != self._config_failure:
                self._config_failure = line
                self._say(line)

    def _failure(self, error: BaseException, name: str) -> str:
        return failure_line(_WHAT, error, name, self._directory.path)


def absolute(directory: str | os.PathLike[str]) -> str:
    """Make a path independent of later changes of the working directory, if there still is one."""
    path = os.fsdecode(directory)
    try:
        return os.path.abspath(path)
    except OSError:
        return path


def whole(value: Any, what: str) -> int:
    """Read an int, a whole float, or such a scalar of numpy or torch. Raises TypeError for another."""
    number = plain({"value": value})["value"]
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if type(number) is not int:
        raise TypeError(f"{what} is a whole number, not {number!r}")
    return number
