"""How a validation looks in a terminal: attention beside people, training beside validation, raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from statkit.views.numbers import NumberFormat
from statkit.views.table import OPTIONAL, Column, Table, numbers, words

Row = Mapping[str, Any]

#: What stands in the column of layers where a person was compared instead.
_PERSON: Final = "each rater"

#: Values of attention and of people by title; the later ones give way where the terminal is narrow.
_MAIN: Final = {"dice": "Dice", "kappa": "κ", "nsd": "NSD", "hd95": "HD95"}
_FURTHER: Final = {
    "iou": "IoU",
    "precision": "precision",
    "recall": "recall",
    "hausdorff": "Hausdorff",
    "average_precision": "AP",
    "lift": "lift",
    "annotation_fraction": "annotated",
}
_AMONG: Final = {
    "cohen_kappa": "Cohen κ",
    "fleiss_kappa": "Fleiss κ",
    "krippendorff_alpha": "Krippendorff α",
    "pairwise_dice": "pairwise Dice",
}
_LENGTHS: Final = ("hd95", "hausdorff")

#: Decimals of a share or a coefficient, and of a length, where nobody says.
_DECIMALS: Final = 3
_LENGTH_DECIMALS: Final = 1


def validate_tables(answer: Mapping[str, Any], precision: int | None = None) -> list[Table]:
    """Make the tables of a validation.

    Parameters
    ----------
    answer : mapping
        The validation as plain values.
    precision : int or None
        Decimals; None shows three, of distances one.

    Returns
    -------
    list of Table
        Attention and people against the consensus; the two phases, where there are two; the raters among
        one another, where there are several.
    """
    rows = [row for row in answer["aggregates"] if row["phase"] is None]
    among = [row for row in rows if row["source"] == "raters"]
    tables = [_agreement(answer, [row for row in rows if row["source"] != "raters"], precision)]
    if answer["phases"]:
        tables.append(_phases(answer, precision))
    if among:
        tables.append(_raters(answer, among, precision))
    return tables


def _agreement(answer: Mapping[str, Any], rows: Sequence[Row], precision: int | None) -> Table:
    lines = _lines(rows)
    first = [next(iter(line.values())) for line in lines]
    columns = [
        words("label", [row["label"] for row in first]),
        words("attention", [row["layer"] or _PERSON for row in first]),
        numbers("images", [row["images"] for row in _of(lines, "dice")]),
        *(_column(title, name, lines, precision) for name, title in _MAIN.items()),
        words("verdict", [row["verdict"] for row in _of(lines, "dice")], give=0),
        words("Dice, 95 % interval", _intervals(lines, "dice", precision), give=OPTIONAL),
        *(_column(title, name, lines, precision, OPTIONAL) for name, title in _FURTHER.items()),
    ]
    unit, tolerance = answer["unit"], answer["tolerance"]
    notes = [
        *_undefined(lines),
        f"Distances in {unit}, NSD at {tolerance:g} {unit}, by {answer['implementation']}.",
        *answer["notes"],
    ]
    return Table(columns, _title(answer), notes)


def _title(answer: Mapping[str, Any]) -> str:
    images, raters = answer["images"], len(answer["raters"])
    people = f"{raters} raters by {answer['consensus']}" if raters > 1 else "1 rater"
    return (
        f"{answer['run'] or 'attention'}: {_many(images, 'image')}, {people}, threshold {answer['threshold']}"
    )


def _phases(answer: Mapping[str, Any], precision: int | None) -> Table:
    rows = [row for row in answer["phases"] if row["metric"] in _MAIN]
    writers = [_format(row["metric"], precision) for row in rows]
    columns = [
        words("label", [row["label"] for row in rows]),
        words("attention", [row["layer"] for row in rows]),
        words("value", [_MAIN[row["metric"]] for row in rows], give=0),
        *(
            Column(name, [write(row[name]) for row, write in zip(rows, writers, strict=True)], align="number")
            for name in ("train", "val", "difference")
        ),
        words(
            "95 % interval",
            [_interval(row["ci"], write) for row, write in zip(rows, writers, strict=True)],
            give=OPTIONAL,
        ),
        words("images", [f"{row['train_images']} and {row['val_images']}" for row in rows], give=OPTIONAL),
        words("verdict", [row["verdict"] for row in rows], give=0),
    ]
    return Table(columns, "training and validation; difference = val - train")


def _raters(answer: Mapping[str, Any], rows: Sequence[Row], precision: int | None) -> Table:
    there = {row["metric"] for row in rows if row["n"]}
    lines = _lines([row for row in rows if row["metric"] in there | {"krippendorff_alpha"}])
    first = [next(iter(line.values())) for line in lines]
    columns = [
        words("label", [row["label"] for row in first]),
        numbers("images", [row["images"] for row in _of(lines, "krippendorff_alpha")]),
        *(_column(title, name, lines, precision) for name, title in _AMONG.items() if name in there),
        words("α, 95 % interval", _intervals(lines, "krippendorff_alpha", precision), give=OPTIONAL),
        words("verdict", [row["verdict"] for row in _of(lines, "krippendorff_alpha")], give=0),
    ]
    write = _format("krippendorff_alpha", precision)
    pooled = [
        f"{label}: α over the pixels of all images is {write(alpha)}."
        for label, alpha in answer["pooled_alpha"].items()
    ]
    return Table(columns, "raters among one another, means over images", [*_undefined(lines), *pooled])


def _lines(rows: Sequence[Row]) -> list[dict[str, Row]]:
    """Gather the values of one label and layer: a line each, people below the attention."""
    lines: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in rows:
        lines.setdefault((row["label"], row["source"], row["layer"]), {})[row["metric"]] = row
    labels = list(dict.fromkeys(key[0] for key in lines))
    return [lines[key] for key in sorted(lines, key=lambda key: (labels.index(key[0]), key[1] == "human"))]


def _of(lines: Sequence[Mapping[str, Row]], metric: str) -> list[Row]:
    return [line[metric] for line in lines]


def _column(
    title: str, metric: str, lines: Sequence[Mapping[str, Row]], precision: int | None, give: int = 0
) -> Column:
    means = [line[metric]["mean"] if metric in line else None for line in lines]
    return Column(title, means, _format(metric, precision), "number", give)


def _format(metric: str, precision: int | None) -> NumberFormat:
    decimals = _LENGTH_DECIMALS if metric in _LENGTHS else _DECIMALS
    return NumberFormat([], None, decimals if precision is None else precision)


def _intervals(lines: Sequence[Mapping[str, Row]], metric: str, precision: int | None) -> list[str]:
    return [_interval(row["ci"], _format(metric, precision)) for row in _of(lines, metric)]


def _interval(interval: Sequence[float] | None, write: NumberFormat) -> str:
    return "–" if interval is None else f"[{write(interval[0])}, {write(interval[1])}]"


def _undefined(lines: Sequence[Mapping[str, Row]]) -> list[str]:
    """Say where values are undefined, and in how many images."""
    notes = []
    for line in lines:
        missing: dict[tuple[int, int], list[str]] = {}
        for metric, row in line.items():
            if row["n_null"]:
                missing.setdefault((row["n_null"], row["n"] + row["n_null"]), []).append(metric)
        first = next(iter(line.values()))
        where = (
            first["label"]
            if first["source"] == "raters"
            else f"{first['label']}, {first['layer'] or _PERSON}"
        )
        notes += [
            f"{where}: undefined in {n} of {of}: {', '.join(which)}." for (n, of), which in missing.items()
        ]
    return notes


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
