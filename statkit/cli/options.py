"""The shared options, declared once, and the request they make.

A command lists the groups of options it takes by decorator; its body gets one `Request`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import typer

from statkit.errors import MetricError, SourceError, StatkitError, UsageError
from statkit.records import Notice

if TYPE_CHECKING:
    from statkit.api.selection import Filter
    from statkit.data.run import Run

Answer = TypeVar("Answer")
Format = Literal["table", "json", "ndjson", "csv", "md", "latex"]
_FORMATS = ("table", "json", "ndjson", "csv", "md", "latex")

#: Parameters of their own that several commands have.
At = Annotated[str, typer.Option("--at", help="Each run's score: best, last, step:N, mean:A:B or auc.")]
GroupBy = Annotated[str | None, typer.Option("--group-by", help="Pool runs by a hyperparameter.")]


@dataclass(slots=True)
class Request:
    """What the user asked for, beyond the command's own options."""

    paths: list[str] = field(default_factory=list)
    metric: list[str] = field(default_factory=list)
    minimise: bool = False
    maximise: bool = False
    phase: str | None = None
    steps: str | None = None
    where: str | None = None
    on_rewind: str = "last"
    step_column: str | None = None
    format: str | None = None
    json: bool = False
    csv: bool = False
    md: bool = False
    output: str | None = None
    precision: int | None = None
    quiet: bool = False
    no_cache: bool = False

    def chosen_format(self) -> Format:
        """Settle the output format.

        Raises
        ------
        UsageError
            If two are asked for, or one that does not exist.
        """
        asked = [name for name in ("json", "csv", "md") if getattr(self, name)]
        if self.format is not None:
            asked.insert(0, self.format)
        if len(set(asked)) > 1:
            raise UsageError(f"{' and '.join(asked)} contradict each other: name one format.")
        name = asked[0] if asked else "table"
        if name not in _FORMATS:
            raise UsageError(f"--format {name!r} is unknown. Possible: {', '.join(_FORMATS)}.")
        return cast("Format", name)

    def runs(self, paths: list[str] | None = None) -> list[Run]:
        """Load the runs of the paths; none named is ``.``, or ``./Learn`` when that is where the run is."""
        from statkit.data.load import load_all

        named = self.paths if paths is None else paths
        return load_all(
            named or [default_path(self.step_column)],
            on_rewind=self.on_rewind,  # type: ignore[arg-type]
            step_column=self.step_column,
            cache=not self.no_cache,
        )

    def each_run(self, paths: list[str]) -> Iterator[Run]:
        """Give the runs of the paths one by one, as they are found."""
        from statkit.data.load import each_run

        return each_run(
            paths,
            on_rewind=self.on_rewind,  # type: ignore[arg-type]
            step_column=self.step_column,
            cache=not self.no_cache,
        )

    def each(self, runs: list[Run], ask: Callable[[Run], Answer]) -> tuple[list[Answer], list[Notice]]:
        """Ask every run; one found below a named directory that has no answer is left out and noted.

        Raises
        ------
        StatkitError
            The first reason, when the caller named that run itself or no run has an answer.
        """
        answers: list[Answer] = []
        reasons: list[StatkitError] = []
        notices: list[Notice] = []
        for run in runs:
            try:
                answers.append(ask(run))
            except (MetricError, SourceError) as error:
                if self._names(run, runs):
                    raise
                reasons.append(error)
                notices.append(Notice("skipped-file", run.path, f"left out: {error}"))
        if not answers:
            raise reasons[0]
        return answers, [*(notice for run in runs for notice in run.notices), *notices]

    def _names(self, run: Run, runs: list[Run]) -> bool:
        """Tell whether the caller named this run: its path, or a directory it alone lies in."""
        for path in self.paths:
            inside = path.rstrip("/") + "/"
            below = [other for other in runs if other.path == path or other.path.startswith(inside)]
            if below == [run]:
                return True
        return False

    def filter(self) -> Filter:
        """The rows and the direction asked for."""
        from statkit.api.selection import Filter

        if self.minimise and self.maximise:
            raise UsageError("--min and --max contradict each other.")
        if self.phase not in (None, "train", "val"):
            raise UsageError(f"--phase {self.phase!r} is unknown. Possible: train, val.")
        where, steps = None, (None, None)
        if self.where is not None or self.steps is not None:
            from statkit.data.where import Where, parse_steps

            where = Where(self.where) if self.where is not None else None
            steps = parse_steps(self.steps) if self.steps is not None else (None, None)  # type: ignore[assignment]
        direction = "min" if self.minimise else "max" if self.maximise else None
        return Filter(phase=self.phase, steps=steps, where=where, direction=direction)  # type: ignore[arg-type]


def default_path(step_column: str | None = None) -> str:
    """Choose ``.`` where it holds a run, else ``./Learn`` where that does, else ``.``."""
    import os

    from statkit.sources.run_files import scan_directory

    if scan_directory(".", step_column).claimed or not os.path.isdir("Learn"):
        return "."
    return "Learn" if scan_directory("Learn", step_column).claimed else "."


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "paths": (
        Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[PATH]...",
                help="Run directories, files, or directories of runs.",
                show_default=False,
            ),
        ],
        None,
    ),
    "metric": (
        Annotated[list[str] | None, typer.Option("-m", "--metric", help="A metric; repeats, takes globs.")],
        None,
    ),
    "minimise": (Annotated[bool, typer.Option("--min", help="Lower is better.")], False),
    "maximise": (Annotated[bool, typer.Option("--max", help="Higher is better.")], False),
    "phase": (Annotated[str | None, typer.Option("--phase", help="train or val.")], None),
    "steps": (
        Annotated[str | None, typer.Option("--steps", metavar="A:B", help="Steps A to B, both included.")],
        None,
    ),
    "where": (
        Annotated[str | None, typer.Option("--where", metavar="EXPR", help="Rows that match: 'loss < 0.8'.")],
        None,
    ),
    "on_rewind": (
        Annotated[str, typer.Option("--on-rewind", help="After a resume keep: last, first or all.")],
        "last",
    ),
    "step_column": (
        Annotated[str | None, typer.Option("--step-column", help="The step column of a table, or row.")],
        None,
    ),
    "format": (
        Annotated[str | None, typer.Option("--format", help="table, json, ndjson, csv, md or latex.")],
        None,
    ),
    "json": (Annotated[bool, typer.Option("--json", help="Short for --format json.")], False),
    "csv": (Annotated[bool, typer.Option("--csv", help="Short for --format csv.")], False),
    "md": (Annotated[bool, typer.Option("--md", help="Short for --format md.")], False),
    "output": (Annotated[str | None, typer.Option("-o", "--output", help="Write there, atomically.")], None),
    "precision": (
        Annotated[int | None, typer.Option("--precision", min=0, max=17, help="Decimals in tables.")],
        None,
    ),
    "quiet": (Annotated[bool, typer.Option("-q", "--quiet", help="No warnings, no progress bar.")], False),
    "no_cache": (Annotated[bool, typer.Option("--no-cache", help="Read the files themselves.")], False),
}

READING = ("paths", "on_rewind", "step_column", "no_cache", "quiet")
ROWS = ("metric", "minimise", "maximise", "phase", "steps", "where")
PRINTING = ("format", "json", "csv", "md", "output", "precision")


def takes(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the named shared options; its parameter ``request`` receives them.

    The command's own parameters stand where ``request`` does not: before the shared ones.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        parameters = [p for p in own.parameters.values() if p.name != "request"]
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=_OPTIONS[name][1], annotation=_OPTIONS[name][0]
            )
            for name in names
        ]

        @functools.wraps(command)
        def called(**values: Any) -> None:
            asked = {name: values.pop(name) for name in names}
            for name in ("paths", "metric"):
                if name in asked:
                    asked[name] = list(asked[name] or [])
            command(request=Request(**asked), **values)

        made = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters] + shared
        called.__signature__ = own.replace(parameters=made)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in made}
        return called

    return decorate


def split_example(command: Callable[..., None]) -> tuple[str, str]:
    """Split a command's docstring into its help and the example that ends it, kept on one line."""
    text = inspect.getdoc(command) or ""
    help_text, _, example = text.partition("Example:")
    return help_text.strip(), f"\b\nExample:\n  {' '.join(example.split())}"
