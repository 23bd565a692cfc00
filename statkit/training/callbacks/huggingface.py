"""A callback for the Trainer of Hugging Face transformers."""

from __future__ import annotations

from typing import Any

from statkit.errors import MissingExtraError
from statkit.training.analyzer import AutomaticAnalyzer
from statkit.training.callbacks.forwards import ForwardWatch, Output
from statkit.training.distributed import unwrapped
from statkit.training.guard import Guard

try:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
except ImportError as error:
    raise MissingExtraError("transformers", "pip install 'transformers[torch]'") from error


class StatkitTrainerCallback(TrainerCallback):
    """Analyzes the batches of ``Trainer.train`` from the model's own forward passes.

    Images are the first floating tensors B×C×H×W that the model takes and gives; the loss is the
    ``loss`` in what it gives, unknown where a function outside the model computes it. With gradient
    accumulation every forward has its record. Evaluations before the first epoch are left out.

    Parameters
    ----------
    analyzer : AutomaticAnalyzer, optional
        One of one's own. Left out: one is made when the training begins, with the options below.
    output : callable, optional
        Picks the image from what the model returns.
    **options
        For the analyzer made here: ``save_dir`` (default ``auto_analysis``), ``data_range`` and the
        others of `AutomaticAnalyzer`.

    Examples
    --------
    >>> callback = StatkitTrainerCallback(save_dir="auto_analysis_vit", data_range=2.0)
    >>> # Trainer(model, args, train_dataset=…, callbacks=[callback]).train()
    """

    def __init__(
        self, analyzer: AutomaticAnalyzer | None = None, *, output: Output | None = None, **options: Any
    ) -> None:
        self.analyzer = analyzer
        self._output = output
        self._options = options
        self._watch: ForwardWatch | None = None
        self._guard = Guard(options.get("echo"))
        self._epoch: int | None = None
        self._batches = {"train": 0, "val": 0}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Hook the model, and make the analyzer if there is none."""
        model = unwrapped(kwargs["model"])
        self._watch = ForwardWatch(model, self._output)
        if self.analyzer is None:
            self.analyzer = AutomaticAnalyzer(model, **({"save_dir": "auto_analysis"} | self._options))
        else:
            self.analyzer.attach()

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Save the epoch before, whose evaluation came after its end, and begin one."""
        self._end_epoch()
        self._epoch = int(state.epoch or 0)
        self._batches = {"train": 0, "val": 0}
        if self.analyzer is not None:
            self.analyzer.start_epoch(self._epoch)

    def on_substep_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record a batch whose gradients are only accumulated."""
        self._observe("train", state)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record the batch that an optimiser step ends with."""
        self._observe("train", state)

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Record a batch of an evaluation."""
        self._observe("val", state)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Count the next evaluation from 0."""
        self._batches["val"] = 0

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Write the last files, and take every hook off."""
        self._end_epoch()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self.analyzer is not None:
            self.analyzer.cleanup()

    def _end_epoch(self) -> None:
        if self._epoch is not None and self.analyzer is not None:
            self.analyzer.end_epoch(self._epoch)
        self._epoch = None

    def _observe(self, phase: str, state: TrainerState) -> None:
        if self._watch is None or self.analyzer is None or self._epoch is None:
            return
        forward = self._watch.take()
        if forward is None:
            self._guard.once(
                "forward",
                f"⚠️  No images went through {self._watch.name}, or came out of it: nothing is analyzed. "
                "StatkitTrainerCallback(output=…) picks an image from what the model returns",
            )
            return
        number, self._batches[phase] = self._batches[phase], self._batches[phase] + 1
        self.analyzer.global_step = state.global_step
        self.analyzer.analyze_batch(number, forward.input, forward.output, forward.loss, phase)
