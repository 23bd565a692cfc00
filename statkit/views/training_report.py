"""``final_summary_report.md``: a training in words, tables and charts.

The same summary gives the same document: no clock, no path, no name of a directory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from statkit.analysis.bands import BANDS, BANDS_SOURCE, IMPOSSIBLE
from statkit.analysis.clinical.facts import Facts
from statkit.analysis.clinical.report import ClinicalReport, clinical_report
from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.training_files import FileKind
from statkit.analysis.training_summary import TrainingSummary
from statkit.views.clinical_report import SECTION, clinical_blocks
from statkit.views.document import Block, Document, Section
from statkit.views.line_chart import LineChart
from statkit.views.report_blocks import (
    HOW,
    count,
    duration,
    files_blocks,
    named_blocks,
    named_with_unit,
    number,
    plateau_blocks,
    series_table,
)
from statkit.views.table import Table, words

#: The file's name in the directory of the run.
TITLE: Final = "Training Final Summary"

_NO_CHARTS: Final[Mapping[str, Sequence[LineChart]]] = {"results": (), "attention": (), "costs": ()}

_NOTHING_KNOWN: Final = clinical_report(Facts())

_CONTRADICTS: Final = (
    "Impossible: some of these values contradict the definition of the metric, so they were computed in "
    "another way, and the bands say nothing about them."
)
_NOT_EXPLAINING: Final = (
    "Attention is where a layer weighs its features. It is not an explanation of what the model does "
    "(Jain and Wallace 2019)."
)


def training_report(
    summary: TrainingSummary,
    files: Sequence[FileKind],
    name: str = "",
    charts: Mapping[str, Sequence[LineChart]] = _NO_CHARTS,
    clinical: ClinicalReport = _NOTHING_KNOWN,
) -> Document:
    """Lay out the report of a training from batch records.

    Parameters
    ----------
    summary : TrainingSummary
        The numbers.
    files : sequence of FileKind
        What lies in the run's directory, the report itself left out.
    name : str
        Which of several runs it is; empty for the only one, so that a copied run gives the same report.
    charts : mapping of str to sequence of LineChart
        ``results``, ``attention`` and ``costs``.
    clinical : ClinicalReport
        What the files document of an assessment; by default nothing.
    """
    return Document(
        TITLE,
        (
            Section("Training Summary", [*named_blocks(name), *_training(summary), *charts["results"]]),
            Section("Attention Analysis", [*_attention(summary), *charts["attention"]]),
            Section("Performance Summary", [*_performance(summary), *charts["costs"]]),
            Section("Files Generated", files_blocks(files)),
            Section(SECTION, clinical_blocks(clinical)),
        ),
    )


def _training(summary: TrainingSummary) -> list[Block]:
    blocks: list[Block] = [
        Table(
            [
                words("phase", [size.phase for size in summary.phases]),
                count("batches", [size.records for size in summary.phases]),
                count("images", [size.images for size in summary.phases]),
                count("epochs", [size.epochs for size in summary.phases]),
                count("first step", [size.first_step for size in summary.phases]),
                count("last step", [size.last_step for size in summary.phases]),
            ],
        )
    ]
    if summary.seconds is not None:
        blocks.append(f"{duration(summary.seconds)} from the first record to the last.")
    if summary.results:
        blocks += [series_table("Final performance", summary.results), HOW, *plateau_blocks(summary.results)]
    if summary.gaps:
        blocks.append(_gaps(summary))
    if summary.never_finite:
        blocks.append(_never_finite(summary))
    return blocks


def _never_finite(summary: TrainingSummary) -> Table:
    return Table(
        [
            words("metric", [each.metric for each in summary.never_finite]),
            words("phase", [each.phase for each in summary.never_finite]),
            count("records", [each.records for each in summary.never_finite]),
        ],
        "NaN or infinite in every record",
    )


def _gaps(summary: TrainingSummary) -> Table:
    return Table(
        [
            words("metric", [gap.metric for gap in summary.gaps]),
            count("epoch", [gap.epoch for gap in summary.gaps]),
            number("train", [gap.train for gap in summary.gaps]),
            number("val", [gap.val for gap in summary.gaps]),
            number("val − train", [gap.val - gap.train for gap in summary.gaps]),
        ],
        "Training against validation, means of the last epoch that has both",
    )


def _attention(summary: TrainingSummary) -> list[Block]:
    found = summary.attention
    if not found:
        return ["No attention was measured."]
    series = [each.series for each in found]
    bands = [BANDS.get(each.metric) for each in found]
    titles = [band.title if band else _plain(each.metric) for band, each in zip(bands, found, strict=True)]
    table = Table(
        [
            words("layer", [each.layer for each in found]),
            words("metric", titles),
            words("phase", [each.phase for each in series]),
            count("n", [each.n for each in series]),
            number("first", [each.early for each in series]),
            number("last", [each.late for each in series]),
            number("mean", [each.mean for each in series]),
            number("std", [each.deviation for each in series]),
            words("band", [band and f"{band.low:g}–{band.high:g}" for band in bands]),
            words("mean lies", [each.word for each in found]),
            number("in band, %", [_percent(each.in_band) for each in found]),
        ],
        "Attention and its evolution",
    )
    told = [f"The bands are labels, not quality ({BANDS_SOURCE}). {_NOT_EXPLAINING}"]
    if any(each.word == IMPOSSIBLE for each in found):
        told.append(_CONTRADICTS)
    return [table, *told]


def _performance(summary: TrainingSummary) -> list[Block]:
    costs = summary.costs
    if not costs:
        return ["No time and no memory was measured."]
    blocks: list[Block] = [
        Table(
            [
                words("metric", [named_with_unit(each.metric, each.unit) for each in costs]),
                words("phase", [each.phase for each in costs]),
                count("n", [each.n for each in costs]),
                number("median", [each.median for each in costs]),
                number("p95", [each.p95 for each in costs]),
                number("mean", [each.mean for each in costs]),
                number("max", [each.greatest for each in costs]),
                number("variation, %", [_variation(each) for each in costs]),
                number("first", [each.early for each in costs]),
                number("last", [each.late for each in costs]),
            ],
            "Time and memory of a batch",
        ),
        "Variation is the standard deviation as a share of the mean; the first batches include warm-up.",
    ]
    speeds = [each for each in summary.throughput if each.images_per_second or each.forward_ms_per_image]
    if speeds:
        forward = [each.forward_ms_per_image for each in speeds]
        blocks.append(
            Table(
                [
                    words("phase", [each.phase for each in speeds]),
                    number("images a second", [each.images_per_second for each in speeds]),
                    number("forward, ms an image", forward),
                    number("forward, min for 10,000 images", [ms and ms / 6 for ms in forward]),
                    number("time in the analyzer, %", [_percent(each.analysis_share) for each in speeds]),
                ],
                "Throughput",
            )
        )
    return blocks


def _variation(each: SeriesSummary) -> float | None:
    return each.deviation / each.mean * 100 if each.deviation is not None and each.mean > 0 else None


def _plain(metric: str) -> str:
    return metric.removeprefix("attention_").replace("_", " ")


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
