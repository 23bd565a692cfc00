"""The analysis at work in one process: from a batch's tensors to its record, and on to the files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from statkit.training import discovery
from statkit.training.account import Account
from statkit.training.arrivals import Arrival, Arrivals
from statkit.training.cadence import Turn
from statkit.training.capture import Capture, LayerMaps
from statkit.training.distributed import directory_of_rank, is_active, unwrapped
from statkit.training.epochs import Epochs
from statkit.training.forwards import Forwards
from statkit.training.guard import Guard
from statkit.training.measurement import Batch, Measurement, is_pair, measured
from statkit.training.pathology import possible
from statkit.training.ports import Port, port_of
from statkit.training.recording import Recording
from statkit.training.scene import Scene
from statkit.training.settings import Settings

#: The first forwards of a process, slower than the rest, are marked ``warm_up``.
WARM_UP: Final = 3

#: Phases that have dashboards.
PICTURED: Final = ("train", "val")


class Engine:
    """What `AutomaticAnalyzer` does, without its door.

    Parameters
    ----------
    model : Module
        Whose forwards are watched.
    settings : Settings
        How.
    custom : callable
        `AutomaticAnalyzer.custom_analysis`.

    Attributes
    ----------
    active : bool
        Whether this process analyses at all.
    paused : bool
        Whether batches are passed over for the time being.
    global_step : int or None
        Optimiser steps so far, where somebody knows better than the count of training batches.

    Raises
    ------
    UsageError
        A layer the model does not have.
    """

    def __init__(
        self,
        model: nn.Module,
        settings: Settings,
        custom: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    ) -> None:
        self.guard = Guard(settings.echo)
        self.active = is_active(settings.all_ranks)
        self.settings = replace(
            settings, pathology=possible(settings.pathology, self.guard) if self.active else None
        )
        self.paused = False
        self.global_step: int | None = None
        self.cadence = settings.cadence()
        self.epochs = Epochs()
        self.recording: Recording | None = None
        self.arrivals = Arrivals(self._complete, self.guard)
        self.unfinished = False  # whether there are records that `finish` has not seen
        self._custom = custom
        self._ports: dict[torch.device, Port] = {}
        self._phases = {True: "train", False: "val"}  # what batches in either mode were called last
        self._latest: dict[str, dict[str, Any]] = {}  # the last record of each phase
        self._unsaved = 0  # records of the present epoch that are in no epoch file
        self._watched: list[Forwards] = []  # the last is the present one
        self._account = Account(lambda: sum(forwards.spent for forwards in self._watched))
        self.watch(model)

    def watch(self, model: nn.Module) -> None:
        """Watch a model, and none other any more."""
        inner, layers = unwrapped(model), self.settings.layers
        targets = discovery.discover(inner) if layers is None else discovery.resolve(inner, layers)
        for earlier in self._watched:
            earlier.detach()
        forwards = Forwards(model, Capture(targets, self.guard), self._port, self._is_due, self.guard)
        self._watched.append(forwards)
        if self.active:
            forwards.attach()

    @property
    def forwards(self) -> Forwards:
        """The hooks on the present model."""
        return self._watched[-1]

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Run a block as part of the analysis: its time counts, its failures are said."""
        with self._account.running(), self.guard.part(what):
            yield

    # ---- batches

    def take(
        self, index: Any, given: Any, made: Any, target: Any, loss: Any, phase: str, ids: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Measure a batch, and give its record, complete or not yet."""
        if self.epochs.sees(phase, index):
            self.end_epoch(self.epochs.number)
        turn = self.cadence.turn(phase)
        self._phases[self.forwards.training] = phase
        layers = self._layers(turn, phase)
        port = self._port(_device(made, self.forwards))
        record = self._blank(index, phase, given)
        pictured = turn.dashboard and phase in PICTURED
        batch = Batch(
            given=given, made=made, target=target, loss=loss, detailed=turn.detailed, dashboard=pictured
        )
        self._check_range(batch)
        arrival = Arrival(
            record=record,
            measurement=self._measured(batch, layers, port),
            port=port,
            marks=self.forwards.timer.marks(),
            scene=self._scene(phase, turn.number, layers, ids) if pictured else None,
        )
        self._unsaved += 1
        self.unfinished = True
        self._latest[phase] = record
        self.arrivals.expect(arrival)
        return record

    def batch_ends(self) -> None:
        """Note that the training goes on."""
        self.forwards.expect(self.forwards.training)
        self._account.batch_ends()
        self.forwards.timer.analysis_ends()

    def draw(self, index: Any, given: Any, made: Any, phase: str) -> Path | None:
        """Have a dashboard made of the batch taken last; give where it will be."""
        number = max(1, self.cadence.counts.get(phase, 0))
        scene = self._scene(phase, number, [], {})
        recording = self._recording()
        if not (self.arrivals.expects_picture(scene.name) or recording.has(scene.name)):
            port = self._port(_device(made, self.forwards))
            batch = Batch(given=given, made=made, target=given, loss=None, detailed=False, dashboard=True)
            record = self._latest.get(phase) or self._blank(index, phase, given)
            measurement = self._measured(batch, [], port)
            self.arrivals.expect(
                Arrival(record=record, measurement=measurement, port=port, scene=scene, keep=False)
            )
        return recording.directory / scene.name

    def _layers(self, turn: Turn, phase: str) -> list[LayerMaps]:
        capture = self.forwards.capture
        if not turn.detailed:
            capture.clear()
            return []
        layers = capture.take()
        if not layers and capture.targets and self.forwards.attached:
            self.guard.once(
                "no maps",
                f"⚠️  No attention in {phase} batch {turn.number:,}: its forward did not pass the hooks — "
                "construct the analyzer before torch.compile, and call the model it was given",
            )
        return layers

    def _blank(self, index: Any, phase: str, given: Any) -> dict[str, Any]:
        """Start a record with what the host knows."""
        step = self.global_step if self.global_step is not None else self.cadence.counts.get("train", 0)
        duration = self.forwards.timer.step(phase, self._account.since_batch())
        return {
            "batch_idx": index,
            "phase": phase,
            "epoch": self.epochs.number,
            "global_step": step,
            **dict.fromkeys(("loss", "mse", "psnr", "ssim")),
            "training_time_ms": duration if phase == "train" else None,
            "inference_time_ms": None,
            "analysis_time_ms": None,
            "memory_mb": self._port(self.forwards.device).memory_mib(),
            "batch_size": given.shape[0] if isinstance(given, Tensor) and given.ndim else None,
            "mode": "train" if self.forwards.training else "eval",
            "warm_up": self.forwards.count <= WARM_UP,
        }

    def _measured(self, batch: Batch, layers: list[LayerMaps], port: Port) -> Measurement:
        kind = batch.made.device.type if isinstance(batch.made, Tensor) else "cpu"
        with torch.no_grad(), torch.autocast(kind, enabled=False):
            return measured(batch, layers, port, self.guard, self.settings)

    def _scene(self, phase: str, number: int, layers: list[LayerMaps], ids: Mapping[str, Any]) -> Scene:
        meta = {"data_range": self.settings.span, "kinds": {layer.name: layer.kind for layer in layers}}
        tissue = self.settings.pathology
        return Scene(
            phase=phase,
            number=number,
            meta=meta | dict(ids),
            tissue=None if tissue is None else tissue.meta(),
        )

    def _check_range(self, batch: Batch) -> None:
        """Say once that a range had to be taken for granted."""
        if self.settings.data_range is None and is_pair(batch.made, batch.target):
            self.guard.once(
                "range",
                "⚠️  data_range is not given: PSNR and SSIM take 1.0, right for images in [0, 1] — "
                "pass data_range=2.0 for [-1, 1], 255.0 for bytes",
            )

    # ---- records

    def _complete(self, arrival: Arrival) -> None:
        """Write a record whose values have arrived, and have its dashboard made."""
        record, recording = arrival.record, self._recording()
        if arrival.keep:
            self._customise(record)
            record["analysis_time_ms"] = self._account.tell() * 1000.0
            recording.append(record)
        if arrival.scene is not None:
            arrived, so_far = arrival.measurement.arrived, recording.curves.progress()
            recording.picture(arrival.scene.dashboard(arrived, record, so_far))

    def _customise(self, record: dict[str, Any]) -> None:
        with self.guard.part("custom_analysis"):
            found = self._custom(record)
            if found:
                record.update({f"custom/{name}": value for name, value in found.items()})

    # ---- epochs and the end

    def start_epoch(self, number: int) -> None:
        """Begin an epoch."""
        self.epochs.start(number)
        self.cadence.start_epoch()
        self.forwards.timer.interrupt()
        self.forwards.expect(self.forwards.training)

    def end_epoch(self, number: int) -> None:
        """Write an epoch's file."""
        self.arrivals.settle(wait=True)
        if self.recording is not None:
            self.recording.save_epoch(number)
        self._unsaved = 0
        if not self.epochs.told:
            self.epochs.number = number + 1
            self.cadence.start_epoch()
        self.forwards.timer.interrupt()

    def finish(self) -> Path | None:
        """Wait for what is on its way, and write the files of the end."""
        self.arrivals.settle(wait=True)
        if self.recording is None:
            return None
        if self._unsaved:
            self.end_epoch(self.epochs.number)
        self.unfinished = False
        return self.recording.finish()

    def close(self) -> None:
        """Take the hooks off, and close the files; nothing is analysed before `resume`."""
        self.forwards.detach()
        self.active = False
        if self.recording is not None:
            self.recording.close()

    def resume(self) -> None:
        """Put the hooks on; after `close`, begin a new recording in the same directory."""
        if not self.active and is_active(self.settings.all_ranks):
            self.active, self.recording = True, None
        if self.active:
            self.forwards.attach()

    def _recording(self) -> Recording:
        if self.recording is None:
            settings = self.settings
            self.recording = Recording(
                directory_of_rank(Path(os.path.abspath(settings.save_dir))),
                settings.metadata({target.path: target.expected for target in self.forwards.capture.targets}),
                config=settings.config,
                loggers=settings.loggers,
                device=str(settings.device or self.forwards.device),
                all_ranks=settings.all_ranks,
                guard=self.guard,
                before_leaving=lambda: self.arrivals.settle(wait=True),
            )
        return self.recording

    def _is_due(self, training: bool) -> bool:
        return not self.paused and self.cadence.peek(self._phases[training]).detailed

    def _port(self, device: torch.device) -> Port:
        if self.settings.port is not None:
            return self.settings.port
        port = self._ports.get(device)
        if port is None:
            port = self._ports[device] = port_of(device)
        return port


def _device(made: Any, forwards: Forwards) -> torch.device:
    return made.device if isinstance(made, Tensor) else forwards.device
