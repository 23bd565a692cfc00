"""A callback for Keras 3 on its torch backend, which is chosen here if Keras is not loaded yet."""

from __future__ import annotations

import os
import sys
from typing import Any, Final, Literal

import torch
from torch import Tensor

from statkit.errors import MissingExtraError, UsageError
from statkit.training.analyzer import AutomaticAnalyzer
from statkit.training.guard import Guard

if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "torch")
_CHOOSE: Final = "Set KERAS_BACKEND=torch before Keras is imported"
try:
    import keras
except ImportError as error:
    if error.name == "keras":
        raise MissingExtraError("keras", "pip install keras") from error
    raise UsageError(f"Keras does not load: {error}. {_CHOOSE}") from error


class StatkitKerasCallback(keras.callbacks.Callback):
    """Analyzes the batches of ``Model.fit`` from what passes through ``Model.compute_loss``.

    Input, output, target and loss are all there, so nothing is computed twice. Attention is read from
    torch modules inside the model (`keras.layers.TorchModuleWrapper`): the layers of Keras itself call
    no hooks, and the time of their forward is not known either.

    Parameters
    ----------
    analyzer : AutomaticAnalyzer, optional
        One of one's own. Left out: one is made when the training begins, with the options below.
    data_format : {"channels_first", "channels_last"}, optional
        How the images lie; ``keras.config.image_data_format()`` if left out.
    **options
        For the analyzer made here: ``save_dir`` (default ``auto_analysis``), ``data_range`` and the
        others of `AutomaticAnalyzer`.

    Raises
    ------
    UsageError
        If Keras runs on another backend than torch.

    Examples
    --------
    >>> callback = StatkitKerasCallback(save_dir="auto_analysis_keras", data_range=1.0)
    >>> # model.fit(noisy, clean, validation_data=(…), callbacks=[callback])
    """

    def __init__(
        self,
        analyzer: AutomaticAnalyzer | None = None,
        *,
        data_format: Literal["channels_first", "channels_last"] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        if keras.backend.backend() != "torch":
            raise UsageError(f"Keras runs on {keras.backend.backend()}, not on torch. {_CHOOSE}")
        self.analyzer = analyzer
        self._last_axis = (data_format or keras.config.image_data_format()) == "channels_last"
        self._options = options
        self._guard = Guard(options.get("echo"))
        self._seen: dict[str, Any] | None = None
        self._wrapper: Any = None
        self._before: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Look over the shoulder of the loss, and make the analyzer if there is none."""
        if self.analyzer is None:
            self.analyzer = AutomaticAnalyzer(self.model, **({"save_dir": "auto_analysis"} | self._options))
        else:
            self.analyzer.attach()
        self._unwrap()
        self._before = vars(self.model).get("compute_loss")
        compute_loss = self.model.compute_loss

        def watched(x: Any = None, y: Any = None, y_pred: Any = None, *rest: Any, **named: Any) -> Any:
            loss = compute_loss(x, y, y_pred, *rest, **named)
            self._seen = {"x": x, "y": y, "y_pred": y_pred, "loss": loss}
            return loss

        self._wrapper = self.model.compute_loss = watched

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin an epoch."""
        if self.analyzer is not None:
            self.analyzer.start_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Record a training batch."""
        self._observe("train", batch)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Record a validation batch of the fit."""
        self._observe("val", batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save the epoch, its validation with it."""
        if self.analyzer is not None:
            self.analyzer.end_epoch(epoch)

    def on_train_end(self, logs: Any = None) -> None:
        """Write the last files, and take every hook off."""
        self._unwrap()
        if self.analyzer is not None:
            self.analyzer.cleanup()

    def _unwrap(self) -> None:
        """Put back what was there, unless somebody else has wrapped it since."""
        if self._wrapper is not None and vars(self.model).get("compute_loss") is self._wrapper:
            if self._before is None:
                del self.model.compute_loss
            else:
                self.model.compute_loss = self._before
        self._wrapper = self._seen = None

    def _observe(self, phase: str, batch: int) -> None:
        if self._wrapper is None or self.analyzer is None:
            return
        seen, self._seen = self._seen, None
        if seen is None:
            self._guard.once(
                "loss",
                f"⚠️  {type(self.model).__name__} has a train_step that calls no compute_loss: nothing is "
                "analyzed. Call self.compute_loss(x, y, y_pred) there",
            )
            return
        given, made, target = (self._image(seen[name]) for name in ("x", "y_pred", "y"))
        paired = isinstance(target, Tensor) and isinstance(made, Tensor) and target.shape == made.shape
        self.analyzer.analyze_batch(
            batch, given, made, seen["loss"], phase, target_tensor=target if paired else None
        )

    def _image(self, value: Any) -> Any:
        """Give B×C×H×W, cut off from the graph, where the value is a batch of images."""
        if isinstance(value, list | tuple) and value:
            value = value[0]
        if not isinstance(value, Tensor):
            return value
        value = value.detach()
        return torch.movedim(value, -1, 1) if self._last_axis and value.ndim == 4 else value
