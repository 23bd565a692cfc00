"""One watched run in full: what its last record says, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.text import Text

from statkit.analysis.alerts.sight import Sight
from statkit.analysis.monitoring.cards import Adaptive
from statkit.views.sparkline import sparkline
from statkit.views.terminal import clip, visible, width_of
from statkit.views.watch_columns import bar
from statkit.views.watch_words import best_text, quality_text, seconds_text

_LABEL: Final = 12
_GAP: Final = "   "
_LEAST: Final = 8


def detail_lines(run: Sight, width: int, unicode: bool) -> list[Text]:
    """Write the run's epoch, losses, learning rate, qualities, controller, layers and attention."""
    return [line for label, parts in _blocks(run, unicode) for line in _flow(label, parts, width)]


def _blocks(run: Sight, unicode: bool) -> Iterator[tuple[str, list[str]]]:
    state = run.state
    yield "run", [run.run, run.path, run.status.reason]
    yield "epoch", _epoch(run, unicode)
    yield "losses", [_card(each.title, each.phase, each.value, each.weight) for each in state.losses]
    yield "rate", _rate(run)
    yield "quality", _quality(run)
    yield "adaptive", _adaptive(state.adaptive)
    yield "layers", _layers(run, unicode)
    yield (
        "attention",
        [f"{each.title} {_number(each.value)} ({each.word})" for each in state.attention],
    )


def _flow(label: str, parts: Sequence[str], width: int) -> Iterator[Text]:
    """Set parts beside each other behind a label, on as many lines as they need."""
    room = max(_LEAST, width - _LABEL)
    shown = [clip(line, room) for part in parts for line in wrap(visible(part), room)]
    if not shown:
        return
    head, line = label, ""
    for part in shown:
        if line and _LABEL + width_of(line) + len(_GAP) + width_of(part) > width:
            yield _line(head, line)
            head, line = "", part
        else:
            line = f"{line}{_GAP}{part}" if line else part
    yield _line(head, line)


def _line(head: str, text: str) -> Text:
    return Text.assemble((head + " " * (_LABEL - width_of(head)), "dim"), text)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _card(title: str, phase: str | None, value: float | None, weight: float | None) -> str:
    times = f" × {weight:.3g}" if weight is not None else ""
    return f"{title}{f' ({phase})' if phase else ''} {_number(value)}{times}"


def _epoch(run: Sight, unicode: bool) -> list[str]:
    progress = run.progress
    if progress.epoch is None:
        return []
    parts = [f"{progress.epoch}" + (f" of {progress.total_epochs}" if progress.total_epochs else "")]
    if progress.epoch_fraction is not None:
        parts.append(bar(progress.epoch_fraction, unicode))
    if progress.epoch_eta_s is not None:
        parts.append(f"{seconds_text(progress.epoch_eta_s)} left")
    return parts


def _rate(run: Sight) -> list[str]:
    state, costs = run.state, run.state.resources
    phase = f" ({state.rate_phase})" if state.rate_phase else ""
    return [
        f"{state.learning_rate:.3g}{phase}" if state.learning_rate is not None else "",
        f"{costs.step_s:.3g} s a step" if costs.step_s is not None else "",
        f"{costs.memory_gib:.3g} GiB" if costs.memory_gib is not None else "",
        f"Adam momentum {costs.adam_momentum:.3g}" if costs.adam_momentum is not None else "",
    ]


def _quality(run: Sight) -> list[str]:
    checkpoint = run.state.checkpoint
    best = [f"best {best_text(run)}" + (f", {checkpoint}" if checkpoint else "")]
    if run.state.quality is None:
        return best if run.state.glance.best is not None else []
    kinds = (("LR", "lr"), ("KI", "ki"), ("improvement", "improvement"))
    return [f"{title} {quality_text(run, kind)}" for title, kind in kinds] + best


def _adaptive(state: Adaptive | None) -> list[str]:
    if state is None:
        return []
    plateau = f"plateau {state.plateau:g} ({state.plateau_level})" if state.plateau is not None else ""
    cooldown = ""
    if state.cooldown:
        left = state.cooldown_remaining
        cooldown = f"cooldown, {left:g} steps left" if left is not None else "cooldown"
    return [
        state.mode or "",
        plateau,
        cooldown,
        f"clip {state.clip:.3g}" if state.clip is not None else "",
        f"perceptual trend {state.perceptual_trend:.3g}" if state.perceptual_trend is not None else "",
    ]


def _layers(run: Sight, unicode: bool) -> list[str]:
    """Draw each trunk as one line of blocks, from its first layer to its last."""
    layers, peak = run.state.layers, run.state.peak_activity
    trunks = dict.fromkeys(layer.trunk for layer in layers)
    parts = []
    for trunk in trunks:
        values = [layer.value for layer in layers if layer.trunk == trunk]
        drawn = sparkline(values, len(values), unicode) if len(values) > 1 else _number(values[0])
        parts.append(f"{trunk} {drawn}")
    if peak is not None:
        parts.append(f"peak {_number(peak.value)}{f' in {peak.layer}' if peak.layer else ''}")
    return parts
