from statkit.views.pathology_table import pathology_tables
from statkit.views.terminal import draw

FEATURES = (
    "nuclei_count",
    "nuclei_per_10k_px",
    "nuclei_per_mm2",
    "nuclear_area_fraction",
    "hematoxylin_mean",
    "counterstain_mean",
    "tissue_fraction",
    "glcm_contrast",
    "glcm_homogeneity",
)


def told(count=2, **more):
    rows = [
        {
            "image": f"val_batch_000001[{n}]",
            **dict.fromkeys(FEATURES, 0.5),
            "nuclei_count": n,
            "nuclei_per_mm2": None,
        }
        for n in range(count)
    ]
    summary = [
        {"feature": name, "n": count, "mean": 0.25, "std": None, "min": 0.125, "max": 0.75}
        for name in FEATURES
    ]
    return {
        "run": "a",
        "stains": "H&E",
        "phase": "val",
        "features": rows,
        "summary": summary,
        "association": [],
        "controls": [],
        "localisation": [],
        "consistency": [],
        "notes": ["a note"],
    } | more


def associated(**more):
    return {
        "layer": "bam_32",
        "feature": "hematoxylin",
        "kind": "attention",
        "grid": [24, 24],
        "r": -0.861,
        "ci": [-0.9, -0.8],
        "r_null": 0.012,
        "p": 0.0001,
        "p_adjusted": 0.0003,
        "n_images": 24,
        "n_patients": 12,
        "verdict": "associated",
        "reason": None,
        "null": "image-swap",
    } | more


def text(tables):
    return "\n".join(draw(table, None, False) for table in tables)


def test_few_images_are_a_row_each_and_what_none_has_is_left_out():
    (table,) = pathology_tables(told())
    assert len(table) == 2
    titles = [column.title for column in table.columns]
    assert "nuclei" in titles
    assert "per mm²" not in titles


def test_many_images_are_summed_up():
    (table,) = pathology_tables(told(21))
    assert len(table) == 8
    assert table.raw()[0] == ["nuclei", 0.25, None, 0.125, 0.75, 21]


def test_an_association_stands_with_interval_chance_p_and_who():
    rows = [
        associated(),
        associated(
            feature="counterstain",
            ci=None,
            p_adjusted=None,
            p=None,
            verdict="insufficient",
            reason="9 images; 10 are the least",
            null=None,
        ),
    ]
    shown = text(pathology_tables(told(association=rows)))
    line = next(line for line in shown.splitlines() if "hematoxylin" in line and "bam_32" in line)
    assert line.split() == [
        "bam_32",
        "24×24",
        "hematoxylin",
        "attention",
        "-0.861",
        "-0.900",
        "-0.800",
        "0.012",
        "0.0003",
        "24",
        "12",
        "associated",
    ]
    assert "insufficient: 9 images; 10 are the least" in shown
    assert "null: image-swap" in shown
    assert "a note" in shown


def test_no_grade_is_given():
    shown = text(pathology_tables(told(association=[associated()]))).lower()
    for word in ("good", "excellent", "strong", "poor", "significant"):
        assert word not in shown
