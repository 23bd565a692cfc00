import json

from statkit.analysis.clinical.facts import Computed, Facts, Images, Marked
from statkit.analysis.clinical.report import GUIDELINES, clinical_report

FULL = Facts(
    images=Images(tiles=100, distinct=100, patients=20, sidecars=9),
    computed=(
        Computed(what="gate", value=0.5, null="image-swap", tiles=100, patients=20, verdict="associated"),
    ),
    marked=Marked(files=40, images=20, raters=2, by_two=20, agreement="mean κ 0.8"),
    stated=(("intended_use", "x"), ("data_provenance", "y"), ("failure_modes", "z")),
    patients=(("train", 10), ("val", 5)),
    shared=0,
)


def test_the_statement_does_not_depend_on_what_is_known():
    for facts in (Facts(), FULL):
        assert clinical_report(facts).statement == "Not assessed for clinical use. Research use only."


def test_what_is_missing_is_named():
    assert len(clinical_report(Facts()).missing) == 11
    assert clinical_report(FULL).missing == (
        "data from another site",
        "subgroups, scanners, stains",
        "calibration",
        "human factors",
        "prospective evidence",
    )


def test_no_word_praises_and_no_score_is_given():
    text = json.dumps(clinical_report(FULL).to_dict(), ensure_ascii=False).lower()
    for word in ("ready", "readiness", "safe", "approved", "excellent", "good", "score", "validated"):
        assert word not in text


def test_the_guidelines_are_named():
    for name in ("CLAIM", "TRIPOD+AI", "STARD-AI", "DECIDE-AI", "SPIRIT-AI", "CONSORT-AI"):
        assert name in GUIDELINES


def test_its_rows_are_the_checklist():
    rows = clinical_report(Facts()).rows()
    assert len(rows) == 11
    assert rows[0] == {
        "name": "intended use",
        "status": "not assessed",
        "evidence": "the configuration has no intended_use",
    }
