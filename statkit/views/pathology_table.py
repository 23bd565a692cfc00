"""How the tissue of a run looks in a terminal: its features, what attention goes with, where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from statkit.views.numbers import p_value
from statkit.views.table import Column, Table, numbers, words

#: The features shown, and what they are called; all of them are in the JSON and the CSV.
_FEATURES: Final = (
    ("nuclei_count", "nuclei"),
    ("nuclei_per_10k_px", "per 10⁴ px"),
    ("nuclei_per_mm2", "per mm²"),
    ("nuclear_area_fraction", "their area"),
    ("hematoxylin_mean", "hematoxylin"),
    ("counterstain_mean", "counterstain"),
    ("tissue_fraction", "tissue"),
    ("glcm_contrast", "contrast"),
    ("glcm_homogeneity", "homogeneity"),
)
#: Of more images than this the summary is shown instead.
_MOST: Final = 20


def pathology_tables(told: Mapping[str, Any], precision: int | None = None) -> list[Table]:
    """Lay out one run.

    Parameters
    ----------
    told : mapping
        As `statkit.api.pathology.Tissue.to_dict`.
    precision : int or None
        Decimals.
    """
    tables = [_features(told, precision)]
    if told["association"]:
        tables.append(_association(told, precision))
        tables.append(_localisation(told, precision))
    if told["consistency"]:
        tables.append(_consistency(told, precision))
    return tables


def _features(told: Mapping[str, Any], precision: int | None) -> Table:
    rows = told["features"]
    title = f"{told['run']}: {len(rows)} image{'s' if len(rows) != 1 else ''}, {told['stains']}"
    shown = [(key, name) for key, name in _FEATURES if any(row[key] is not None for row in rows)]
    if len(rows) <= _MOST:
        columns = [words("image", [row["image"] for row in rows], give=0)]
        columns += [_column(name, [row[key] for row in rows], precision) for key, name in shown]
        return Table(columns, title)
    summed = {row["feature"]: row for row in told["summary"]}
    parts = [(name, summed[key]) for key, name in shown]
    columns = [words("feature", [name for name, _ in parts], give=0)]
    columns += [
        _column(name, [part[name] for _, part in parts], precision) for name in ("mean", "std", "min", "max")
    ]
    return Table([*columns, numbers("images", [part["n"] for _, part in parts])], title)


def _association(told: Mapping[str, Any], precision: int | None) -> Table:
    rows = told["association"] + told["controls"]
    columns = [
        words("layer", [row["layer"] for row in rows], give=0),
        words("cells", ["×".join(map(str, row["grid"] or ())) or None for row in rows], give=3),
        words("with", [row["feature"] for row in rows], give=0),
        words("as", [row["kind"] for row in rows], give=2),
        _column("r", [row["r"] for row in rows], precision),
        _column("95 % from", [(row["ci"] or [None])[0] for row in rows], precision),
        _column("to", [(row["ci"] or [None, None])[1] for row in rows], precision),
        _column("r by chance", [row["r_null"] for row in rows], precision),
        Column("p, adjusted", [row["p_adjusted"] for row in rows], p_value, "number"),
        numbers("images", [row["n_images"] for row in rows]),
        numbers("patients", [row["n_patients"] for row in rows]),
        words("verdict", [row["verdict"] for row in rows], give=0),
    ]
    reasons = dict.fromkeys(f"insufficient: {row['reason']}" for row in rows if row["reason"])
    nulls = dict.fromkeys(f"null: {row['null']}" for row in rows if row["null"] and row["p"] is not None)
    title = f"Attention with tissue, {told['phase']}: mean Spearman r of an image"
    return Table(columns, title, [*nulls, *reasons, *told["notes"]])


def _localisation(told: Mapping[str, Any], precision: int | None) -> Table:
    rows = told["localisation"]
    columns = [
        words("layer", [row["layer"] for row in rows], give=0),
        words("mask", [row["mask"] for row in rows], give=0),
        _column("area", [row["area"] for row in rows], precision),
        _column("energy", [row["energy"] for row in rows], precision),
        _column("lift", [row["lift"] for row in rows], precision),
        _column("AUC-PR", [row["average_precision"] for row in rows], precision),
        _column("pointing", [row["pointing_game"] for row in rows], precision),
        _column("by chance", [row["pointing_chance"] for row in rows], precision),
        _column("IoU", [row["iou"] for row in rows], precision),
        numbers("images", [row["n_images"] for row in rows]),
    ]
    notes = ["area is what energy and AUC-PR come to by chance; a lift of 1 is chance"]
    return Table(columns, "Where attention lies", notes)


def _consistency(told: Mapping[str, Any], precision: int | None) -> Table:
    rows = told["consistency"]
    columns = [
        words("layer", [row["layer"] for row in rows], give=0),
        _column("r", [row["value"] for row in rows], precision),
        numbers("images", [row["n_tiles"] for row in rows]),
    ]
    title = "How steady attention is: mean Spearman r of an image's maps at several dashboards"
    return Table(columns, title)


def _column(title: str, values: Sequence[Any], precision: int | None) -> Column:
    return numbers(title, values, precision=3 if precision is None else precision)
