"""The Typer app, and how errors become exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module

import typer

from statkit.cli.options import split_example

#: Every command, in the order the help shows them, and where it is written.
COMMANDS = {
    "trend": "read:trend",
    "best": "read:best",
    "compare": "compare:compare",
    "gate": "gate:gate",
    "show": "read:show",
    "list": "read:list_runs",
    "query": "ask:query",
    "plot": "plot:plot",
    "export": "make:export",
    "dashboard": "dashboard:dashboard",
    "report": "make:report",
    "pathology": "pathology:pathology",
    "diagnose": "check:diagnose",
    "doctor": "check:doctor",
    "verify": "check:verify",
    "validate": "validate:validate",
    "serve": "live:serve",
    "watch": "watch:watch",
    "annotate": "annotate:annotate",
    "cache": "ask:cache",
}


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Make the Typer app of some commands: a command that is not called costs nothing."""
    app = typer.Typer(
        name="statkit",
        help="Post-hoc experiment analytics: the JSON a training run leaves on disk is the database.",
        rich_markup_mode=None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        module, _, function = COMMANDS[name].partition(":")
        command = getattr(import_module(f"statkit.cli.commands.{module}"), function)
        text, example = split_example(command)
        app.command(name, help=text, epilog=example)(command)
    return app


def _root(
    version: bool = typer.Option(False, "--version", help="Print the version."),
) -> None:
    if version:
        from statkit import __version__

        print(f"statkit {__version__}")
        raise typer.Exit


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 answered, 1 found, 2 wrong, 130 interrupted."""
    from statkit.errors import StatkitError

    warnings.showwarning = _show_warning
    if sys.stdout is None:
        return _fail("standard output is closed: nothing to write to.")
    if arguments == []:
        arguments = ["--help"]
    asked = (sys.argv[1:] if arguments is None else arguments)[:1]
    try:
        app = build(asked if COMMANDS.keys() >= set(asked) and asked else COMMANDS)
        with _progress(sys.argv[1:] if arguments is None else arguments):
            code = app(arguments, standalone_mode=False)
        sys.stdout.flush()
    except StatkitError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _silence()
        return 0
    except MemoryError:
        return _fail("out of memory. Ask for fewer fields with -m, or fewer steps with --steps.")
    except Exception as error:
        if hasattr(error, "format_message"):  # what Typer raises for wrong usage
            return _fail(_usage(error)) if error.format_message() else 0
        if isinstance(error, typer.Abort):
            return 130
        if isinstance(error, OSError):
            return _fail(f"{error.filename or 'standard output'}: {error.strerror or error}")
        raise
    return code if isinstance(code, int) else 0


def _progress(arguments: list[str]) -> AbstractContextManager[None]:
    """A progress bar, where somebody sees it and has not asked for quiet."""
    if sys.stderr is None or not sys.stderr.isatty() or {"-q", "--quiet"}.intersection(arguments):
        return nullcontext()
    from statkit.cli.progress import progress_bar

    return progress_bar(quiet=False)


def _usage(error: Exception) -> str:
    message = str(error.format_message())  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    where = f" See {context.command_path} --help." if context is not None else ""
    return f"{message.strip()}{where}"


def _fail(message: str) -> int:
    """Print one clear line."""
    from statkit.views.terminal import visible

    line = visible(" ".join(message.split()))
    try:
        print(f"statkit: {line}", file=sys.stderr)
    except (OSError, ValueError, UnicodeEncodeError):
        os.write(2, f"statkit: {line}\n".encode("ascii", "backslashreplace"))
    return 2


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr)


def _silence() -> None:
    """Point standard output at nothing, so that the interpreter's last flush says nothing either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
