import pytest

from statkit.analysis.clinical.checklist import checklist
from statkit.analysis.clinical.facts import Computed, Facts, Images, Marked

NAMES = [
    "intended use",
    "data provenance",
    "patient-level split of the data",
    "data from another site",
    "reference standard and rater agreement",
    "subgroups, scanners, stains",
    "calibration",
    "failure modes",
    "attention against pathology",
    "human factors",
    "prospective evidence",
]


def item(name, **facts):
    return next(each for each in checklist(Facts(**facts)) if each.name == name)


def association(**more):
    given = {"what": "gate", "value": 0.5, "null": "image-swap", "tiles": 24, "patients": 6} | more
    return (Computed(**given),)


def test_training_data_alone_assess_nothing():
    found = checklist(Facts())
    assert [each.name for each in found] == NAMES
    assert {each.status for each in found} == {"not assessed"}
    assert all(each.evidence for each in found)


@pytest.mark.parametrize(
    "name", ["data from another site", "calibration", "human factors", "prospective evidence"]
)
def test_what_no_training_can_show_is_never_met(name):
    everything = Facts(
        images=Images(tiles=100, distinct=100, patients=20, shared_patients=0, sidecars=9),
        computed=association(),
        marked=Marked(files=40, images=20, raters=2, by_two=20, agreement="κ 0.8"),
        stated=(
            ("intended_use", "x"),
            ("data_provenance", "y"),
            ("scanner", "z"),
            ("stain", "a"),
            ("failure_modes", "b"),
        ),
        patients=(("train", 10), ("val", 5)),
        shared=0,
    )
    assert next(each for each in checklist(everything) if each.name == name).status == "not assessed"


def test_a_statement_is_quoted_as_unchecked_and_cut():
    found = item("intended use", stated=(("intended_use", "triage " * 60),))
    assert found.status == "met"
    assert found.evidence.startswith("stated in the configuration, unchecked: triage triage")
    assert len(found.evidence) < 250
    assert found.evidence.endswith("…")


def test_provenance_counts_what_images_say():
    images = Images(tiles=12, distinct=6, named_samples=6, named_patients=4, with_mpp=0, sidecars=2)
    found = item("data provenance", images=images)
    assert found.status == "not assessed"
    assert "of 6 images kept, 6 name their sample, 4 their patient, 0 the size of a pixel" in found.evidence
    assert item("data provenance", images=images, stated=(("data_provenance", "biobank"),)).status == "met"


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        (
            {"patients": (("train", 8), ("val", 3)), "shared": 0},
            "met",
            "no patient in more than one phase (8 in train",
        ),
        (
            {"patients": (("train", 8), ("val", 3)), "shared": 1},
            "not met",
            "1 patient in more than one phase",
        ),
        ({"patients": (("val", 3),), "shared": 0}, "not assessed", "none of another phase"),
        ({"images": Images(shared_patients=2)}, "not met", "2 patients with kept images of both phases"),
        ({"images": Images(shared_patients=0)}, "not assessed", "images that are not kept may"),
        ({"images": Images(shared_patients=None)}, "not assessed", "not named for all images"),
    ],
)
def test_the_split_needs_everyones_patients(facts, status, said):
    found = item("patient-level split of the data", **facts)
    assert found.status == status
    assert said in found.evidence


@pytest.mark.parametrize(
    ("marked", "status", "said"),
    [
        (Marked(files=2, images=2, raters=1, by_two=0), "not met", "without a second rater"),
        (Marked(files=4, images=2, raters=2, by_two=2), "not met", "agreement is not computed"),
        (Marked(files=4, images=2, raters=2, by_two=2, agreement="mean κ 0.71"), "met", "mean κ 0.71"),
    ],
)
def test_a_reference_needs_two_raters_and_their_agreement(marked, status, said):
    found = item("reference standard and rater agreement", marked=marked)
    assert found.status == status
    assert said in found.evidence


@pytest.mark.parametrize(
    ("computed", "status", "said"),
    [
        (
            association(),
            "met",
            "1 association on 24 images, null: image-swap, 6 patients; an association is no relevance",
        ),
        (association(verdict="insufficient"), "not met", "6 patients: insufficient"),
        (association(patients=None), "not met", "not known"),
        (association(patients=1, verdict="insufficient"), "not met", "1 patient: insufficient"),
        (association(null="none"), "not assessed", "1 value without a test"),
    ],
)
def test_an_association_counts_with_a_null_images_and_patients(computed, status, said):
    found = item("attention against pathology", computed=computed)
    assert found.status == status
    assert said in found.evidence


def test_a_stain_that_is_named_is_no_result_by_stain():
    found = item("subgroups, scanners, stains", stated=(("stain", "H-DAB"),))
    assert found.status == "not assessed"
    assert "stain: H-DAB" in found.evidence
