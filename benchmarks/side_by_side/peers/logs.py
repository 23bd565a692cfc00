"""Best step of TensorBoard's log of the scalars that the snapshots hold."""

from __future__ import annotations

from side_by_side.peers.answers import tell_best, tell_best_of


def event_accumulator(directory: str) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(directory, size_guidance={"scalars": 0}).Reload()
    quality, improvement = log.Scalars("quality_ki_value"), log.Scalars("quality_improvement_value")
    tell_best((a.step, a.value, b.value) for a, b in zip(quality, improvement, strict=True))


def tbparse_reader(directory: str) -> None:
    from tbparse import SummaryReader

    frame = SummaryReader(directory, pivot=True).scalars
    tell_best_of(frame["step"], frame["quality_ki_value"], frame["quality_improvement_value"])
