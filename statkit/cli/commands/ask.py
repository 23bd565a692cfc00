"""query: a jq filter over every record. cache: what is kept of earlier readings."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import PRINTING, READING, Request, takes


@takes(*READING, "phase", "steps", "where", "output")
def query(
    request: Request,
    text: Annotated[str, typer.Argument(metavar="FILTER", help="A jq filter.")],
    step: Annotated[bool, typer.Option("--step", help="Start each line with the step and a tab.")] = False,
    compact: Annotated[bool, typer.Option("-c", "--compact", help="One line a result.")] = False,
    raw: Annotated[bool, typer.Option("-r", "--raw", help="Text without quotes.")] = False,
    slurp: Annotated[bool, typer.Option("-s", "--slurp", help="One list of all records.")] = False,
) -> None:
    """Run a jq filter over every record, in step order.

    Example: statkit query .quality_ki_value examples/runs/coarse/seed-0
    """
    from statkit.cli.output import warn, write
    from statkit.data.query import Query, render

    program = Query(text)
    runs = request.runs()
    results: list[str] = []
    rows = request.filter()
    for run in runs:
        run.require_rows()
        documents = (each for each in run.documents() if rows.takes(each[0], each[2]))
        inputs = (
            [(None, [doc for _, _, doc in documents])] if slurp else ((s, doc) for s, _, doc in documents)
        )
        for at, document in inputs:
            for value in program(document):
                line = render(value, compact=compact or step, raw=raw)
                results.append(f"{at}\t{line}" if step and at is not None else line)
    warn(request, [notice for run in runs for notice in run.notices if notice.code == "skipped-file"])
    write(request, "".join(line + "\n" for line in results))


@takes(*PRINTING)
def cache(
    request: Request,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all of it.")] = False,
) -> None:
    """What is kept of earlier readings? It saves time and changes nothing else: clear it at any time.

    STATKIT_CACHE names its directory, or switches it off (off); STATKIT_CACHE_MB limits its size.

    Example: statkit cache --json
    """
    from statkit.api.caching import cache_summary
    from statkit.cli.output import emit
    from statkit.views.cache_table import cache_table

    answer = cache_summary(clear=clear)
    emit(request, "cache", answer.to_dict(), lambda: [cache_table(answer)], (), lines=answer.rows)
