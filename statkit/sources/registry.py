"""Which source reads which files: ours, and those of installed packages."""

from __future__ import annotations

import os
import sys
import warnings

from statkit.errors import StatkitWarning, UnknownFormatError
from statkit.sources.base import Group, Source
from statkit.sources.batches import BatchSource
from statkit.sources.statistik import StatistikSource
from statkit.sources.table import TableSource

ENTRY_POINTS = "statkit.sources"

_OURS: tuple[Source, ...] = (StatistikSource(), BatchSource(), TableSource())
_plugins: list[Source] | None = None


def sources() -> list[Source]:
    """Every source: ours first, then those of installed packages. A broken one is a warning."""
    global _plugins
    if _plugins is None:
        _plugins = _load_plugins()
    return [*_OURS, *_plugins]


def own_sources() -> tuple[Source, ...]:
    """The sources that come with statkit."""
    return _OURS


def own_alone() -> bool:
    """Whether no installed package brings a source."""
    return len(sources()) == len(_OURS)


def _load_plugins() -> list[Source]:
    if not _advertised():
        return []
    from importlib.metadata import entry_points

    loaded: list[Source] = []
    for point in entry_points(group=ENTRY_POINTS):
        try:
            made = point.load()
            source = made() if isinstance(made, type) else made
            if not isinstance(source, Source):
                raise TypeError("it lacks name, series, claims, read or documents")
        except Exception as error:
            what = f"source {point.name!r} ({point.value}) is broken and left out"
            warnings.warn(f"{what}: {type(error).__name__}: {error}", StatkitWarning, stacklevel=2)
            continue
        loaded.append(source)
    return loaded


def _advertised() -> bool:
    """Tell whether any installed package may name a source: a look at files, not an import of ten modules.

    What lies on the path and is no directory that can be listed, a zip file, may.
    """
    for path in dict.fromkeys(sys.path):
        try:
            names = os.listdir(path or ".")
        except FileNotFoundError:
            continue
        except OSError:
            return True
        inside_egg = path.lower().endswith(".egg")
        for name in names:
            low = name.lower()
            is_metadata = low.endswith((".dist-info", ".egg-info")) or (inside_egg and low == "egg-info")
            if is_metadata and _names_a_source(os.path.join(path, name)):
                return True
    return False


def _names_a_source(metadata: str) -> bool:
    try:
        with open(os.path.join(metadata, "entry_points.txt"), "rb") as stream:
            return ENTRY_POINTS.encode() in stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _claims(source: Source, group: Group, head: bytes) -> bool:
    try:
        return source.claims(group, head)
    except Exception as error:
        if source in _OURS:
            raise
        warnings.warn(
            f"source {source.name!r} is broken: {type(error).__name__}: {error}", StatkitWarning, stacklevel=2
        )
        return False


def claimant(group: Group, head: bytes) -> Source | None:
    """Find the one source that claims a group.

    Raises
    ------
    UnknownFormatError
        If two claim it; the message names both.
    """
    found = [source for source in sources() if _claims(source, group, head)]
    if len(found) > 1:
        names = " and ".join(source.name for source in found)
        raise UnknownFormatError(
            f"{group.family} in {group.directory} is claimed by {names}. Uninstall one of the packages.",
            group.directory,
        )
    return found[0] if found else None
