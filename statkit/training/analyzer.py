"""Analysis beside a training: every batch measured from tensors that exist already."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import torch
from torch import Tensor, nn

from statkit.analysis.clinical.batch_record import tissue_values
from statkit.training.discovery import Layers
from statkit.training.engine import PICTURED, Engine
from statkit.training.loggers.base import Logger
from statkit.training.pathology import PathologySettings, settled
from statkit.training.ports import Port
from statkit.training.settings import Settings
from statkit.writers.console import Echo

_PHASES: Final = {"training": "train", "validation": "val", "valid": "val", "eval": "val"}


class AutomaticAnalyzer:
    """Measures every batch of a training, and keeps records, dashboards and a report of it.

    No forward is run and nothing waits for the device: attention is read by hooks on the forward that
    happens anyway, and values travel to the host while the training goes on. Weights, buffers and
    random numbers stay as they are. Every batch gets loss, MSE, PSNR, times and memory; every
    ``detailed_freq`` training batches, SSIM and attention too; every ``analysis_freq`` a dashboard. The
    first ``validation_batches`` validation batches of an epoch get both. Batches are counted for each
    phase over all epochs. Once constructed, no method raises an Exception: a failure is one line.

    Parameters
    ----------
    model : Module
        As the training calls it; DataParallel, DistributedDataParallel and compiled models too. With
        torch.compile, construct the analyzer first: each watched layer then breaks the graph once.
        ``fullgraph=True`` allows no hook: give the compiled model, and ``layers={}`` for no attention.
    device : str or torch.device, optional
        For the metadata; the model's own by default.
    save_dir : path, default "auto_analysis"
        Where the files go; created at the first record.
    data_range : float, optional
        The span of values an image can have: 1.0 for [0, 1], 2.0 for [-1, 1], 255.0 for bytes. 1.0 is
        taken, with a notice, where it is not given.
    denormalize : callable, optional
        From a batch of images in the model's scale to [0, 1], for pictures.
    layers : mapping or sequence, optional
        What to watch: see `discovery.resolve`. By default modules are found by their class: see
        `discovery`.
    analysis_freq, detailed_freq, validation_batches : int
        The cadence; 0 is never.
    store_images : bool, default True
        Whether dashboards and their sidecars may hold pixels. Error and attention maps are kept anyway.
    pathology : bool or PathologySettings, default False
        Whether dashboards' sidecars also keep images of the batch with their attention, and tissue
        features and their association with attention are computed beside the training: see `pathology`.
        Without the extra ``pathology`` a line says so, and the training goes on.
    config : mapping or dataclass, optional
        Hyperparameters, for ``runtime_config.json``.
    loggers : iterable of Logger
        Get every record and dashboard too.
    all_ranks : bool, default False
        Analyse in every process of a distributed job, each into a directory of its own. By default
        ranks other than 0 do nothing.
    echo : callable, optional
        Takes each line instead of standard output.
    port : Port, optional
        The way to the device; for tests.

    Attributes
    ----------
    sanity_checking : bool
        While True, batches are passed over: Lightning's check before the training.
    global_step : int or None
        Optimiser steps so far, where a callback knows better than the count of training batches.

    Raises
    ------
    UsageError
        A layer the model does not have, a cadence or range that cannot be.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 3, padding=1), torch.nn.Sigmoid())
    >>> with AutomaticAnalyzer(
    ...     model, save_dir=tempfile.mkdtemp(), data_range=1.0, layers={"gate": "1"}, echo=lambda line: None
    ... ) as analyzer:
    ...     images = torch.rand(2, 3, 16, 16)
    ...     output = model(images)
    ...     record = analyzer.analyze_batch(0, images, output, (output - images).square().mean())
    >>> record["phase"], record["batch_size"], record["ssim"]
    ('train', 2, None)
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        device: str | torch.device | None = None,
        save_dir: str | os.PathLike[str] = "auto_analysis",
        data_range: float | None = None,
        denormalize: Callable[[Tensor], Tensor] | None = None,
        layers: Layers | None = None,
        analysis_freq: int = 100,
        detailed_freq: int = 20,
        validation_batches: int = 5,
        store_images: bool = True,
        pathology: bool | PathologySettings = False,
        config: Any = None,
        loggers: Iterable[Logger] = (),
        all_ranks: bool = False,
        echo: Echo | None = None,
        port: Port | None = None,
    ) -> None:
        self.model = model
        self._settings = Settings(
            device=device,
            save_dir=save_dir,
            data_range=data_range,
            denormalize=denormalize,
            layers=layers,
            analysis_freq=analysis_freq,
            detailed_freq=detailed_freq,
            validation_batches=validation_batches,
            store_images=store_images,
            pathology=settled(pathology),
            config=config,
            loggers=tuple(loggers),
            all_ranks=all_ranks,
            echo=echo,
            port=port,
        )
        self._at_work: Engine | None = Engine(model, self._settings, self._custom)

    @property
    def _engine(self) -> Engine:
        """What does the work; a copy or an unpickled analyzer makes its own when it is first used."""
        if self._at_work is None:
            self._at_work = Engine(self.model, self._settings, self._custom)
        return self._at_work

    @property
    def save_dir(self) -> Path:
        """Where the files go, as given."""
        return Path(self._settings.save_dir)

    @property
    def sanity_checking(self) -> bool:
        """Whether batches are passed over: Lightning's check before the training."""
        return self._engine.paused

    @sanity_checking.setter
    def sanity_checking(self, value: bool) -> None:
        self._engine.paused = bool(value)

    @property
    def global_step(self) -> int | None:
        """Optimiser steps so far, where a callback has set it; else training batches are counted."""
        return self._engine.global_step

    @global_step.setter
    def global_step(self, value: int | None) -> None:
        self._engine.global_step = None if value is None else operator.index(value)

    def analyze_batch(
        self,
        batch_idx: int,
        input_tensor: Tensor,
        output_tensor: Tensor,
        loss: Tensor | float | None,
        phase: str = "train",
        *,
        target_tensor: Tensor | None = None,
        sample_ids: Any = None,
        patient_ids: Any = None,
        mpp: Any = None,
        tile_origin: Any = None,
    ) -> dict[str, Any]:
        """Measure one batch, after its forward and, best, after the optimiser's step.

        Parameters
        ----------
        batch_idx : int
            Position within the phase of the epoch, from 0.
        input_tensor, output_tensor : Tensor, shape (B, C, H, W)
            What went into the model, and what came out.
        loss : Tensor or float
            A tensor is not waited for.
        phase : {"train", "val"}
            What the batch belongs to.
        target_tensor : Tensor, optional
            What the output is compared with: the clean image of a denoiser. Default the input.
        sample_ids, patient_ids, mpp, tile_origin : optional
            Where the tiles come from (mpp in µm per pixel, origin in slide pixels): kept in the sidecars
            of dashboards, nowhere else.

        Returns
        -------
        dict
            The record: empty where nothing is analysed (other ranks, sanity check, a failure). On a GPU
            values still on their way are None, and come into the same dict when they arrive: at a later
            batch, or at the latest in `end_epoch`, `save_metrics` and `finish`.
        """
        engine, record = self._engine, dict[str, Any]()
        if engine.paused or not engine.active:
            return record
        with engine.working("batch"):
            engine.arrivals.settle()
            target = input_tensor if target_tensor is None else target_tensor
            ids = {
                "sample_ids": sample_ids,
                "patient_ids": patient_ids,
                "mpp": mpp,
                "tile_origin": tile_origin,
            }
            phase = _PHASES.get(phase, phase)
            record = engine.take(batch_idx, input_tensor, output_tensor, target, loss, phase, ids)
        engine.batch_ends()
        return record

    def start_epoch(self, epoch: int) -> None:
        """Say which epoch begins, 0-based; without, it is read off the batch indices."""
        with self._engine.working("epoch"):
            self._engine.start_epoch(operator.index(epoch))

    def end_epoch(self, epoch: int | None = None) -> None:
        """Write ``epoch_<N>_metrics.json``, N being the present epoch if not given."""
        with self._engine.working("epoch"):
            self._engine.end_epoch(self._engine.epochs.number if epoch is None else operator.index(epoch))

    def create_batch_visualization(
        self, batch_idx: int, input_tensor: Tensor, output_tensor: Tensor, phase: str = "train"
    ) -> Path | None:
        """Have a dashboard made of the batch analysed last, due or not.

        Parameters
        ----------
        batch_idx, input_tensor, output_tensor, phase
            As for `analyze_batch`.

        Returns
        -------
        pathlib.Path or None
            The file that will hold it, at the latest after `finish`; None where there will be none.
            Attention is on it only if the batch was due for it.
        """
        engine = self._engine
        with engine.working("dashboard"):
            phase = _PHASES.get(phase, phase)
            if engine.active and phase in PICTURED:
                return engine.draw(batch_idx, input_tensor, output_tensor, phase)
        return None

    def compute_pathology_correlations(self, batch_metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Give how attention and tissue went together in the last batch that has such values.

        They are computed beside the drawing of its dashboard, so a batch never has them while it is
        measured. They describe one batch; a test is in ``statkit pathology``.

        Parameters
        ----------
        batch_metrics : mapping
            A record. Where it has such values, these are given.

        Returns
        -------
        dict
            ``nuclear_attention_overlap``, ``tissue_attention_correlation``, ``spatial_consistency``, for
            each layer as ``attention_<layer>_…`` too, and ``pathology_step``, the batch's
            ``global_step``. Empty without ``pathology=True``, and before the first.
        """
        own = tissue_values(batch_metrics)
        if own:
            return own | {"pathology_step": batch_metrics.get("global_step")}
        recording = self._engine.recording
        return {} if recording is None else dict(recording.pathology)

    def custom_analysis(self, batch_metrics: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Measure more: for subclasses.

        Parameters
        ----------
        batch_metrics : mapping
            A complete record, before it is written.

        Returns
        -------
        mapping or None
            Goes into the record under ``custom/<key>``. What is raised here is said once.
        """
        return None

    def custom_pathology_analysis(self, batch_metrics: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Do the same as `custom_analysis`, under the original program's name; both are called."""
        return None

    def _custom(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self.custom_analysis(record) or {}) | dict(self.custom_pathology_analysis(record) or {})

    def get_batch_summary(self) -> dict[str, Any]:
        """Give mean, std, min and max of every metric so far, phase by phase, as in the final file.

        Returns
        -------
        dict
            ``run`` is where the run's files lie, the rest is the final file's ``summary``; empty before
            the first record.
        """
        engine = self._engine
        with engine.working("summary"):
            engine.arrivals.settle()
        if engine.recording is None:
            return {}
        return {"run": str(engine.recording.directory)} | engine.recording.summary.to_dict()

    def save_metrics(self) -> Path | None:
        """Write ``final_training_metrics.json`` as of now; None where there is nothing to write."""
        engine = self._engine
        with engine.working("metrics"):
            engine.arrivals.settle(wait=True)
            return None if engine.recording is None else engine.recording.save()

    def finish(self) -> Path | None:
        """Wait for values and pictures, and write the files of the end.

        Returns
        -------
        pathlib.Path or None
            ``final_training_metrics.json``; None where no batch was analysed or it cannot be written.
        """
        with self._engine.working("end of the run"):
            return self._engine.finish()

    def cleanup(self) -> None:
        """Finish if that is not done, take the hooks off, and end thread and process; once is enough.

        Batches are passed over from then on, until `attach`.
        """
        if self._at_work is None:
            return
        if self._at_work.unfinished:
            self.finish()
        with self._at_work.working("cleanup"):
            self._at_work.close()

    def attach(self, model: nn.Module | None = None) -> None:
        """Put the hooks on again, or on another model; those of an earlier analyzer of it go.

        Raises
        ------
        UsageError
            The other model has no such layer.
        """
        engine = self._engine
        if model is not None and model is not self.model:
            engine.watch(model)
            self.model = model
        engine.resume()

    def detach(self) -> None:
        """Take the hooks off; batches can still be analysed, without attention and forward times."""
        if self._at_work is not None:
            self._at_work.forwards.detach()

    def state_dict(self) -> dict[str, Any]:
        """Give what a checkpoint must hold for a resumed run to go on counting: batches and epoch."""
        return {"batches": dict(self._engine.cadence.counts), "epoch": self._engine.epochs.number}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken."""
        with self._engine.working("state"):
            self._engine.cadence.counts.update({str(k): int(v) for k, v in state["batches"].items()})
            self._engine.epochs.number = int(state["epoch"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.cleanup()

    def __getstate__(self) -> dict[str, Any]:
        """Travel in copies and pickles of the model without hooks, thread, process and open files."""
        return {**self.__dict__, "_at_work": None, "_settings": self._settings.portable()}
