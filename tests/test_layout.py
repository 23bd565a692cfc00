import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit import layout

WHOLE = st.integers(min_value=0, max_value=10**12)
LABELS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="/\\"), min_size=1
)


@given(WHOLE, st.none() | LABELS)
def test_snapshot_names_parse_to_what_they_were_built_from(step, label):
    assert layout.parse_statistik(layout.statistik_name(step, label)) == (step, label)


@given(WHOLE)
def test_the_other_names_parse_to_what_they_were_built_from(number):
    assert layout.parse_epoch_metrics(layout.epoch_metrics_name(number)) == number
    assert layout.parse_checkpoint(layout.checkpoint_name(number)) == number
    assert layout.parse_resumed_config(layout.resumed_config_name(number)) == number
    assert layout.parse_batch_image(layout.batch_image_name("val", number)) == ("val", number)
    assert layout.parse_sidecar(layout.batch_image_name("val", number)[: -len("png")] + "npz") == (
        "val",
        number,
    )
    assert layout.is_batch_metrics(layout.epoch_metrics_name(number))


@pytest.mark.parametrize(
    "name", ["train_batch_1.png", "test_batch_1.npz", "train_batch_1.npz.npz", "atrain_batch_1.npz", ".npz"]
)
def test_other_names_are_no_sidecars(name):
    assert layout.parse_sidecar(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "Statistik_.json",
        "Statistik_-5.json",
        "Statistik_5.json.BAK",
        "Statistik_5.json.tmp",
        "Statistik_5_.json",
        "statistik_5.json",
        "XStatistik_5.json",
        "Statistik_٣.json",
        "Statistik_1e3.json",
        "Statistik_5.json\n",
        "",
    ],
)
def test_other_names_are_no_snapshots(name):
    assert layout.parse_statistik(name) is None


def test_the_step_is_a_number():
    assert layout.parse_statistik("Statistik_007500.json") == (7500, None)
    assert layout.parse_statistik("Statistik_7500_final_2.json") == (7500, "final_2")


@pytest.mark.parametrize(
    ("step", "label"), [(-1, None), (5, ""), (5, "a/b"), (5, "a\\b"), (5, "a\0"), (5, "a\n")]
)
def test_names_that_cannot_be_are_refused(step, label):
    with pytest.raises(ValueError, match=r"step|label"):
        layout.statistik_name(step, label)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("checkpoint_step_0010000.pth", 10000),
        ("checkpoint_step_0010000_emergency.pth", 10000),
        ("checkpoint_step_0010000.pth.BAK", None),
        ("checkpoint_best.pth", None),
        ("checkpoint_step_0010000_config_ref.json", None),
    ],
)
def test_checkpoints(name, step):
    assert layout.parse_checkpoint(name) == step


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("runtime_config_step_0001000.json", 1000),
        ("runtime_config_step_12345678.json", 12345678),
        ("runtime_config.json", None),
        ("runtime_config_step_.json", None),
        ("runtime_config_step_-000001.json", None),
        ("runtime_config_step_0001000.json.BAK", None),
        ("runtime_config_step_٣.json", None),
    ],
)
def test_configurations_of_resumes(name, step):
    assert layout.parse_resumed_config(name) == step


def test_the_configuration_of_a_resume_has_seven_digits():
    assert layout.resumed_config_name(1000) == "runtime_config_step_0001000.json"


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("batch_metrics.jsonl", True),
        ("final_training_metrics.json", True),
        ("epoch_10_metrics.json", True),
        ("metrics_20251004_141145.json", True),
        ("metrics_2025.json", False),
        ("epoch_x_metrics.json", False),
        ("experiment_config.json", False),
    ],
)
def test_batch_metrics(name, batch):
    assert layout.is_batch_metrics(name) is batch


def test_temporary_names_belong_to_no_reader():
    name = layout.temporary_name("Statistik_5.json", 1234, "a_Z9")
    assert layout.is_temporary(name)
    assert layout.parse_statistik(name) is None
    assert not layout.is_temporary("Statistik_5.json")


NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/\\"), min_size=1
).filter(lambda text: text[0] != ".")


@given(NAMES, NAMES.map(lambda text: text.replace(".", "_")))
def test_names_of_annotations_parse_to_what_they_were_built_from(image, rater):
    name = layout.annotation_name(image, rater)
    assert layout.parse_annotation(name) == (image, rater)
    assert layout.parse_annotation_revision(layout.annotation_revision_name(name, 12), name) == 12
    assert layout.parse_annotation_revision(name, name) is None


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("val_batch_000031.geojson", ("val_batch_000031", None)),
        ("val_batch_000031.anna.geojson", ("val_batch_000031", "anna")),
        ("slide 1.2.anna.geojson", ("slide 1.2", "anna")),
        ("val_batch_000031.xml", None),
        (".geojson", None),
        (".hidden.geojson", None),
        ("a/b.geojson", None),
        ("a\n.geojson", None),
    ],
)
def test_annotations(name, parsed):
    assert layout.parse_annotation(name) == parsed


def test_a_version_belongs_to_one_file():
    kept = layout.annotation_revision_name("a.b.geojson", 4)
    assert kept == "a.b.4.geojson"
    assert layout.parse_annotation_revision(kept, "a.c.geojson") is None
    assert layout.parse_annotation_revision("a.b.x.geojson", "a.b.geojson") is None


@pytest.mark.parametrize(
    ("image", "rater"),
    [
        ("", "a"),
        ("a", ""),
        ("a/b", "c"),
        ("a", "b/c"),
        ("a", "b.c"),
        ("a", "b\0"),
        (".a", "b"),
        ("a\n", None),
    ],
)
def test_names_that_no_annotation_can_have_are_refused(image, rater):
    with pytest.raises(ValueError, match="cannot stand in the name of an annotation file"):
        layout.annotation_name(image, rater)


def test_page_downloads():
    assert layout.parse_page_download("vsr_training_data_2026-02-06T08-26-30.json") == (
        "data",
        "2026-02-06T08-26-30",
    )
    assert layout.parse_page_download("vsr_training_log_1770368390.json") == ("log", "1770368390")
    assert layout.parse_page_download("vsr_training_config_1.json") is None


def test_natural_order():
    names = ["Backward 10", "Backward Fuse", "Backward 2", "backward 1", "Backward 2b", "2", "10", ""]
    assert sorted(names, key=layout.natural_key) == [
        "",
        "2",
        "10",
        "Backward 2",
        "Backward 2b",
        "Backward 10",
        "Backward Fuse",
        "backward 1",
    ]


@given(st.lists(st.text()))
def test_any_names_can_be_sorted(names):
    assert sorted(sorted(names, key=layout.natural_key)) == sorted(names)
