"""Every comparison of speed and memory, whole processes side by side; the tables of docs/performance.md.

Generates seeded files, runs statkit and the other ways over them in turn, checks that all answers agree,
and prints one Markdown table a comparison with the limits that must hold::

    python benchmarks/performance.py                        # small files, some minutes
    python benchmarks/performance.py --full --write         # docs/performance.md, most of an hour
    python benchmarks/performance.py --only startup,reading
    python benchmarks/performance.py --place /mnt/scratch   # keep the files there for the next time

``--write`` puts the tables measured into docs/performance.md and leaves the others as they are.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from side_by_side import markdown, surroundings
from side_by_side.section import FULL, QUICK, Section, Sizes
from side_by_side.sections import batches, cache, frames, growth, many_runs, reading, startup

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

SECTIONS: dict[str, Callable[[str, Sizes, dict[str, str]], Section]] = {
    "startup": startup.run,
    "reading": reading.run,
    "cache": cache.run,
    "frames": frames.run,
    "batches": batches.run_three,
    "columns": batches.run_all,
    "cumulative": batches.run_cumulative,
    "runs": many_runs.run,
    "growth": growth.run,
}
"""The comparisons, by the name that ``--only`` and the page's markers take."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="the sizes of docs/performance.md")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"some of {', '.join(SECTIONS)}")
    parser.add_argument("--place", default=os.environ.get("STATKIT_BENCH"), help="where the files are kept")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    for name in ("files", "records", "runs", "files-a-run", "rounds"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--growth", type=lambda text: tuple(map(int, text.split(","))), metavar="N,N,…")
    return parser.parse_args()


def sizes_of(options: argparse.Namespace) -> Sizes:
    """Take the sizes asked for, and the rest from the quick or the full ones."""
    base = FULL if options.full else QUICK
    names = [field.name for field in dataclasses.fields(Sizes)]
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return dataclasses.replace(base, **given)


def put(page: str, name: str, text: str) -> str:
    """Replace what stands between a section's two markers.

    Raises
    ------
    ValueError
        If the page has no such markers.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    made, found = pattern.subn(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", page)
    if found != 1:
        raise ValueError(f"the page holds {found} places for {name!r}; it needs one")
    return made


def main() -> None:
    options = arguments()
    names = options.only.split(",")
    if unknown := set(names) - set(SECTIONS):
        raise SystemExit(f"no comparison {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    surroundings.compile_all()
    with_what = surroundings.versions()
    print(f"{with_what}\n")
    sizes = sizes_of(options)
    with tempfile.TemporaryDirectory() as temporary:
        place = options.place or temporary
        os.makedirs(place, exist_ok=True)
        environment = {"STATKIT_CACHE": os.path.join(temporary, "cache")}
        for name in names:
            start = time.perf_counter()
            made = SECTIONS[name](place, sizes, environment)
            text = markdown.section(made)
            print(f"## {made.title}\n\n{text}\n\n({time.perf_counter() - start:.0f} s)\n", flush=True)
            if options.write:
                page = put(PAGE.read_text("utf-8"), name, text)
                PAGE.write_text(put(page, "versions", f"{with_what}."), "utf-8")


if __name__ == "__main__":
    main()
