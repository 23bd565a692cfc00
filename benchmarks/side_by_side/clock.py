"""Ways to one answer, timed as whole processes in turn, and their costs."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Answer = Mapping[str, Any]
"""What a way found, by name: ``step``, ``value``, ``rows``, sums. Two ways must agree in what both name."""


OWN = {"frame_mb"}
"""What a way tells of itself, not of the files."""


def last_line(text: str) -> Answer:
    """Read the answer that a peer prints: one JSON object on its last line."""
    found: Answer = json.loads(text.splitlines()[-1])
    return found


def nothing(text: str) -> Answer:
    """Take no answer from what is printed."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to an answer.

    Attributes
    ----------
    name : str
        What the table calls it, Markdown.
    command : tuple of str
        The process.
    answer : callable
        Reads the answer from standard output.
    prepare : callable or None
        Called before each round, its time not counted.
    most : int
        At most so many rounds; a way with one round gets no warm-up either.
    files : str
        Which files it reads; only answers over the same are compared.
    environment : mapping of str to str
        Added to that of all ways.
    """

    name: str
    command: tuple[str, ...]
    answer: Callable[[str], Answer] = last_line
    prepare: Callable[[], object] | None = None
    most: int = 1_000_000
    files: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def peer(name: str, function: str, *arguments: str, **more: Any) -> Way:
    """Make a way of a function of the `peers`: ``snapshots.raw_read`` and its arguments."""
    module, _, noun = function.partition(".")
    place = str(HERE.parent)
    source = (
        f"import sys; sys.path[0] = {place!r}; "
        f"from side_by_side.peers.{module} import {noun}; {noun}(*sys.argv[1:])"
    )
    return Way(name=name, command=(sys.executable, "-c", source, *arguments), **more)


@dataclass(slots=True)
class Costs:
    """What a way cost in each round, and its answer in the last.

    Attributes
    ----------
    wall, processor : list of float
        Seconds; processor is user and system time, of all cores together.
    peak : list of float
        Largest resident memory of one of its processes, MB of 1,000,000 bytes.
    """

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    answer: Answer = field(default_factory=dict)


class Disagreement(Exception):
    """Two ways over the same files found different things."""


class Failure(Exception):
    """A way ended with an exit code other than 0, or printed something that is no answer."""


def measure(
    ways: Sequence[Way],
    rounds: int,
    environment: Mapping[str, str] | None = None,
    *,
    warm_up: bool = True,
) -> dict[str, Costs]:
    """Run all ways in turn, and check that they agree.

    Parameters
    ----------
    ways : sequence of Way
        Names are unique.
    rounds : int
        Counted rounds; the slow ways take fewer (`Way.most`).
    environment : mapping, optional
        Added to this process's own.
    warm_up : bool
        A round first that does not count.

    Returns
    -------
    dict of str to Costs
        By name, in the order of the ways.

    Raises
    ------
    Disagreement, Failure
        A way found something else than another; or failed, or printed no answer.
    """
    costs = {way.name: Costs() for way in ways}
    surroundings = {**os.environ, **(environment or {})}
    for number in range(0 if warm_up else 1, rounds + 1):
        for way in ways:
            if number == 0 and way.most > 1:
                _once(way, Costs(), surroundings)
            elif 0 < number <= way.most:
                _once(way, costs[way.name], surroundings)
    check((way.files, way.name, costs[way.name].answer) for way in ways)
    return costs


def _once(way: Way, costs: Costs, environment: Mapping[str, str]) -> None:
    if way.prepare is not None:
        way.prepare()
    with tempfile.TemporaryDirectory() as place:
        out, err = os.path.join(place, "out"), os.path.join(place, "err")
        launcher = [sys.executable, "-I", "-S", str(HERE / "launcher.py"), out, err, *way.command]
        own = {**environment, **way.environment}
        said = subprocess.run(launcher, env=own, capture_output=True, encoding="utf-8", check=True)
        wall, processor, kilobytes, code = said.stdout.split()
        if code != "0":
            raise Failure(f"{way.name} ended with {code}: {Path(err).read_text('utf-8')[-2000:]}")
        text = Path(out).read_text("utf-8")
        try:
            costs.answer = way.answer(text)
        except (ValueError, LookupError) as error:
            raise Failure(f"{way.name} printed no answer ({error}): {text[-2000:]}") from error
    print(f"  {float(wall):8.3f} s  {way.name}", file=sys.stderr, flush=True)
    costs.wall.append(float(wall))
    costs.processor.append(float(processor))
    costs.peak.append(int(kilobytes) * 1024 / 1e6)


def check(answers: Iterable[tuple[str, str, Answer]]) -> None:
    """Compare every answer with the first over the same files that names the same thing.

    Numbers agree to six digits, because TensorBoard keeps 32-bit numbers.

    Parameters
    ----------
    answers : iterable of (str, str, Answer)
        The files, the way, and what it found.

    Raises
    ------
    Disagreement
        Naming both ways and what each found.
    """
    first: dict[tuple[str, str], tuple[str, Any]] = {}
    for files, name, answer in answers:
        for key, value in answer.items():
            owner, known = first.setdefault((files, key), (name, value))
            if key not in OWN and not _same(known, value):
                raise Disagreement(f"{key}: {owner} found {known!r}, {name} {value!r}")


def _same(one: Any, other: Any) -> bool:
    return one == other if isinstance(one, str) else math.isclose(one, other, rel_tol=1e-6)


def ratio(costs: Costs, reference: Costs, kind: str = "wall") -> float:
    """Give the median over the rounds of the ratio of two ways' costs in the same round.

    ``kind`` is ``wall``, ``processor`` or ``peak``. Where one way took fewer rounds, the others' later
    rounds are left out.
    """
    pairs = zip(getattr(costs, kind), getattr(reference, kind), strict=False)
    return float(statistics.median(own / other for own, other in pairs))
