from markdown_it import MarkdownIt

from statkit.analysis.clinical.facts import Computed, Facts, Images
from statkit.analysis.clinical.report import clinical_report
from statkit.views.clinical_report import clinical_blocks, clinical_document
from statkit.views.document import Document, Section, markdown_text


def text(facts):
    return markdown_text([Document("x", (Section("y", clinical_blocks(clinical_report(facts))),))])


def test_without_anything_it_is_the_statement_the_checklist_and_the_guidelines():
    found = text(Facts())
    assert "**Not assessed for clinical use. Research use only.**" in found
    assert found.count("| not assessed |") == 11
    assert "CLAIM (2020, updated 2024)" in found
    assert "no finding about the model" in found
    assert "What was computed" not in found
    assert "What the values are of" not in found


def test_values_stand_with_interval_null_images_and_patients():
    computed = Computed(
        what="gate with hematoxylin",
        value=-0.86,
        low=-0.9,
        high=-0.8,
        p_adjusted=0.0004,
        null="image-swap",
        tiles=24,
        patients=None,
        verdict="associated",
    )
    images = Images(tiles=30, distinct=24, sha256="ab" * 32, tiles_val=30, sidecars=4, unread=1)
    found = text(Facts(images=images, computed=(computed,)))
    assert (
        "| gate with hematoxylin | -0.86 | -0.9 | -0.8 | 0.0004 | image-swap | 24 | unknown | associated |"
        in found
    )
    lines = ("| sidecars read | 3 |", "| sidecars that could not be read | 1 |", "| distinct images | 24 |")
    for line in (*lines, "| patients | unknown |", "ab" * 32):
        assert line in found


def test_words_of_a_file_are_inert():
    stated = (("intended_use", "<script>alert(1)</script> | [x](javascript:y) `z`"),)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text(Facts(stated=stated)))
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert "stated in the configuration, unchecked: &lt;script&gt;alert(1)&lt;/script&gt; | [x]" in page


def test_a_report_of_its_own_ends_with_what_is_missing():
    document = clinical_document(clinical_report(Facts()))
    assert [section.title for section in document.sections] == ["Clinical Assessment", "Missing"]
    assert "prospective evidence." in markdown_text([document])
