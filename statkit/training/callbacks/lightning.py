"""A callback for Lightning that watches anyone's module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from torch import Tensor, nn

from statkit.errors import MissingExtraError, UsageError
from statkit.training.analyzer import AutomaticAnalyzer
from statkit.training.callbacks.forwards import Forward, ForwardWatch, Output
from statkit.training.guard import Guard
from statkit.training.loggers.lightning import TrainerLogger

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
except ImportError:
    try:
        from pytorch_lightning import Callback, LightningModule, Trainer  # its older name
    except ImportError as error:
        raise MissingExtraError("lightning", "pip install lightning") from error

#: What a batch says about its samples, if it is a mapping with these keys.
SAMPLE_KEYS: Final = ("sample_ids", "patient_ids", "mpp", "tile_origin")


class StatkitCallback(Callback):
    """Analyzes every batch of a fit from the forward pass that the module makes anyway.

    The module's ``training_step`` returns its loss as ever, ``validation_step`` too if the loss of
    validation batches shall be known. Images are read off the forward of the module itself, where it
    defines one, else of its largest part. What the output should be is taken from the batch: its key
    ``target``, or its second part where that has the output's shape; else the input.

    Parameters
    ----------
    analyzer : AutomaticAnalyzer, optional
        One of one's own. Left out: one is made when a fit begins, with the options below.
    module : str, optional
        Dotted name of the part that takes and gives images.
    output : callable, optional
        Picks the image from what that part returns.
    loss : callable, optional
        Picks the loss from what a step returned.
    log : bool, default True
        Whether the analyzer made here passes records and dashboards on to the trainer's loggers.
    **options
        For the analyzer made here: ``save_dir`` (default ``auto_analysis_<run>``, named after the
        trainer's logger), ``data_range``, ``analysis_freq``, ``layers`` and the others of
        `AutomaticAnalyzer`.

    Examples
    --------
    >>> from lightning.pytorch import Trainer
    >>> callback = StatkitCallback(data_range=1.0, analysis_freq=50)
    >>> trainer = Trainer(callbacks=[callback], accelerator="cpu", logger=False)
    """

    def __init__(
        self,
        analyzer: AutomaticAnalyzer | None = None,
        *,
        module: str | None = None,
        output: Output | None = None,
        loss: Callable[[Any], Any] | None = None,
        log: bool = True,
        **options: Any,
    ) -> None:
        self._analyzer = analyzer
        self._provisional = False  # made by `prepare`, before there was a trainer
        self._resumed: dict[str, Any] = {}
        self._module = module
        self._output = output
        self._loss = loss
        self._log = log
        self._options = options
        self._watch: ForwardWatch | None = None
        self._guard = Guard(options.get("echo"))

    @property
    def analyzer(self) -> AutomaticAnalyzer | None:
        """The analyzer; None before the first fit, unless one was given."""
        return self._analyzer

    @analyzer.setter
    def analyzer(self, analyzer: AutomaticAnalyzer) -> None:
        if self._analyzer is not None and self._analyzer is not analyzer:
            self._analyzer.cleanup()
        self._analyzer = analyzer
        self._provisional = False

    def prepare(self, pl_module: LightningModule) -> None:
        """Make the analyzer before there is a trainer; a fit replaces it by one named after its logger."""
        self.analyzer = AutomaticAnalyzer(self._watched(pl_module), **self._options)
        self._provisional = True

    def state_dict(self) -> dict[str, Any]:
        """Give what a checkpoint must hold for a resumed fit to go on counting."""
        return {} if self._analyzer is None else self._analyzer.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it, for the fit that is about to begin."""
        self._resumed = state_dict

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Hook the module, and make the analyzer if there is none."""
        watched = self._watched(pl_module)
        self._watch = ForwardWatch(watched, self._output)
        if self._analyzer is None or self._provisional:
            self.analyzer = self._made(trainer, watched)
        else:
            self._analyzer.attach()
        if self._resumed and self._analyzer is not None:
            self._analyzer.load_state_dict(self._resumed)
            self._resumed = {}

    def on_sanity_check_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave out the validation batches that Lightning tries before the training."""
        if self._analyzer is not None:
            self._analyzer.sanity_checking = True

    def on_sanity_check_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to watch."""
        if self._analyzer is not None:
            self._analyzer.sanity_checking = False

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin an epoch."""
        if self._analyzer is not None:
            self._analyzer.start_epoch(trainer.current_epoch)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Record a training batch. Lightning divides its loss by the batches of a step; that is undone."""
        loss = self._loss_of(outputs)
        if loss is not None and self._loss is None:
            loss = loss * trainer.accumulate_grad_batches
        self._observe(trainer, "train", batch_idx, batch, loss)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Record a validation batch of the fit."""
        self._observe(trainer, "val", batch_idx, batch, self._loss_of(outputs))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save the epoch, its validation with it."""
        if self._analyzer is not None:
            self._analyzer.end_epoch(trainer.current_epoch)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Save what there is when the fit breaks off."""
        self._close()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Write the last files, and take every hook off."""
        if stage == "fit":
            self._close()

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._analyzer is not None:
            self._analyzer.cleanup()

    def _observe(self, trainer: Trainer, phase: str, batch_idx: int, batch: Any, loss: Any) -> None:
        if self._watch is None or self._analyzer is None:
            return
        forward = self._watch.take()
        if forward is None:
            self._guard.once(
                "forward",
                f"⚠️  No images went through the forward of {self._watch.name}: nothing is analyzed. Name the "
                "part that takes and gives them: StatkitCallback(module='…')",
            )
            return
        sample = {key: batch[key] for key in SAMPLE_KEYS if isinstance(batch, Mapping) and key in batch}
        self._analyzer.global_step = trainer.global_step
        self._analyzer.analyze_batch(
            batch_idx,
            forward.input,
            forward.output,
            forward.loss if loss is None else loss,
            phase,
            target_tensor=target_of(batch, forward),
            **sample,
        )

    def _loss_of(self, outputs: Any) -> Any:
        if self._loss is not None:
            return self._loss(outputs)
        return outputs.get("loss") if isinstance(outputs, Mapping) else outputs

    def _watched(self, module: LightningModule) -> nn.Module:
        if self._module is None:
            return outermost(module)
        parts: dict[str, nn.Module] = dict(module.named_modules())
        if self._module not in parts:
            raise UsageError(f"No module {self._module!r} in {type(module).__name__}")
        return parts[self._module]

    def _made(self, trainer: Trainer, watched: nn.Module) -> AutomaticAnalyzer:
        options = {"save_dir": f"auto_analysis_{run_name(trainer)}"} | self._options
        if self._log:
            options["loggers"] = (*options.get("loggers", ()), TrainerLogger(trainer))
        return AutomaticAnalyzer(watched, **options)


def outermost(module: LightningModule) -> nn.Module:
    """Find what takes the images: the module, if it defines a forward, else its largest part."""
    whole: nn.Module = module
    if type(module).forward is not LightningModule.forward:
        return whole
    return max(list(whole.children()) or [whole], key=lambda part: sum(p.numel() for p in part.parameters()))


def target_of(batch: Any, forward: Forward) -> Tensor | None:
    """Find what the output should be: the batch's ``target``, or its second part of the output's shape."""
    if isinstance(batch, Mapping):
        target = batch.get("target")
    else:
        target = batch[1] if isinstance(batch, tuple | list) and len(batch) > 1 else None
    fits = isinstance(target, Tensor) and target.shape == forward.output.shape
    return target if fits else None


def run_name(trainer: Trainer) -> str:
    """Name a run after its logger: a W&B run's name or id, else ``<name>_version_<n>``, else ``run``."""
    for logger in trainer.loggers:
        name, version = logger.name, logger.version
        run = getattr(logger, "experiment", None)
        found = getattr(run, "name", None) or getattr(run, "id", None)
        if isinstance(found, str):
            return found
        if name is not None and version is not None:
            return f"{name}_{version}" if isinstance(version, str) else f"{name}_version_{version}"
    return "run"
