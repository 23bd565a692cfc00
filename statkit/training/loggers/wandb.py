"""Batch records, epochs and dashboards as a Weights & Biases run, offline without an account."""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from statkit.errors import MissingExtraError
from statkit.training.loggers.base import dashboard_key, epoch_scalars, scalars

_MEND: Final = "pip install wandb"
_SERVER: Final = "https://api.wandb.ai"


class WandbLogger:
    """Logs ``train/…``, ``val/…``, ``epoch/…`` and dashboards under the original program's keys.

    Charts are drawn over ``global_step``. Without ``WANDB_MODE`` and without a login the run is kept
    offline, below ``<directory>/wandb``; ``wandb sync`` uploads it later.

    Parameters
    ----------
    project : str, default "histopath-kan-auto"
        The project's name.
    run : wandb run, optional
        A run that exists already, a Lightning logger's ``experiment`` for example: it is logged to
        and not finished. The other parameters are then left unused.
    name : str, optional
        The run's name.
    directory : str or path, optional
        Where W&B keeps its files; its own choice if left out.
    config : mapping, optional
        Hyperparameters.

    Raises
    ------
    MissingExtraError
        If wandb is not installed.
    """

    def __init__(
        self,
        project: str = "histopath-kan-auto",
        *,
        run: Any = None,
        name: str | None = None,
        directory: str | os.PathLike[str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            import wandb
        except ImportError as error:
            raise MissingExtraError("wandb", _MEND) from error
        tracker: Any = wandb
        self._image = tracker.Image
        self._owned = run is None
        if run is None:
            where = None if directory is None else os.fspath(directory)
            run = tracker.init(
                project=project, name=name, dir=where, config=dict(config or {}), mode=default_mode()
            )
        self._run: Any = run
        self._draw_over_steps()

    @property
    def run(self) -> Any:
        """The W&B run."""
        return self._run

    def log_batch(self, record: Mapping[str, Any]) -> None:
        """Log the numbers of one batch record."""
        values: dict[str, Any] = dict(scalars(record))
        if values:
            self._run.log(values | _place(record))

    def log_dashboard(self, path: Path, record: Mapping[str, Any]) -> None:
        """Log a dashboard as an image."""
        self._run.log({dashboard_key(path, record): self._image(os.fspath(path))} | _place(record))

    def log_epoch(self, epoch: int, summary: Mapping[str, Any]) -> None:
        """Log the numbers of an epoch's summary, and the epoch's."""
        self._run.log(epoch_scalars(summary) | {"epoch/epoch": epoch})

    def finish(self) -> None:
        """Close the run, unless it was given."""
        if self._owned:
            self._run.finish()

    def _draw_over_steps(self) -> None:
        for phase in ("train", "val"):
            self._run.define_metric(f"{phase}/global_step", hidden=True)
            self._run.define_metric(f"{phase}/*", step_metric=f"{phase}/global_step")
        self._run.define_metric("epoch/epoch", hidden=True)
        self._run.define_metric("epoch/*", step_metric="epoch/epoch")


def default_mode() -> str | None:
    """Give ``offline`` where neither ``WANDB_MODE`` nor a login says otherwise; None leaves it to W&B.

    A login is ``WANDB_API_KEY``, ``WANDB_IDENTITY_TOKEN_FILE``, or an entry for the server in the
    file that ``NETRC`` names, else in ``~/.netrc`` or ``~/_netrc``. Nothing is asked of a server.
    """
    if os.environ.get("WANDB_MODE") or _has_login():
        return None
    return "offline"


def _has_login() -> bool:
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    server = urlsplit(os.environ.get("WANDB_BASE_URL") or _SERVER).netloc
    named = os.environ.get("NETRC")
    for file in [named] if named else ["~/.netrc", "~/_netrc"]:
        with suppress(OSError, netrc.NetrcParseError):
            if netrc.netrc(os.path.expanduser(file)).authenticators(server):
                return True
    return False


def _place(record: Mapping[str, Any]) -> dict[str, Any]:
    step, phase = record.get("global_step"), record.get("phase") or "train"
    return {} if step is None else {f"{phase}/global_step": step}
