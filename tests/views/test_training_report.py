import re

import markdown
import pytest
from markdown_it import MarkdownIt

from statkit.analysis.batch_columns import columns_of
from statkit.analysis.clinical.report import STATEMENT
from statkit.analysis.training_files import inventory
from statkit.analysis.training_summary import training_summary
from statkit.views.document import markdown_text
from statkit.views.report_blocks import duration
from statkit.views.training_report import training_report

FILES = inventory(
    [("batch_metrics.jsonl", 1234), ("train_batch_000100.png", 5000), ("train_batch_000200.png", 1)]
)


def records(layer="bam_32", count=60, **more):
    return [
        {
            "batch_idx": i,
            "phase": "train" if i % 3 else "val",
            "epoch": i // 20,
            "global_step": i,
            "timestamp": 1.7e9 + 60 * i,
            "loss": 1 / (i + 1),
            "training_time_ms": 100.0,
            "inference_time_ms": 25.0,
            "batch_size": 10,
            f"attention_{layer}_attention_entropy": 4.1,
            **more,
        }
        for i in range(count)
    ]


def written(*given, **more):
    return markdown_text([training_report(training_summary(columns_of(records(*given, **more))), FILES)])


def headings(text):
    return re.findall(r"^#+ .+$", text, re.MULTILINE)


def test_the_sections_are_those_of_the_original_report():
    assert headings(written()) == [
        "# Training Final Summary",
        "## Training Summary",
        "## Attention Analysis",
        "## Performance Summary",
        "## Files Generated",
        "## Clinical Assessment",
    ]


def test_the_numbers_are_those_of_the_records():
    text = written()
    assert "| train | 40 | 400 | 3 | 1 | 59 |" in text
    assert "59 min 00 s from the first record to the last." in text
    assert "| train | 100 | 2.5 | 0.416667 | – |" in text  # images a second, ms an image, minutes
    assert "| entropy | train | 40 | 4.1 | 4.1 | 4.1 | 0 | 2–4 | diffuse | 0 |" in text
    assert (
        "| training dashboards | 2 | train\\_batch\\_000100.png | train\\_batch\\_000200.png | 5,001 |"
        in text
    )


def test_no_verdict_on_clinical_use_is_given():
    text = written().partition("## Clinical Assessment")[2]
    assert STATEMENT == "Not assessed for clinical use. Research use only."
    assert STATEMENT in text
    rows = re.findall(r"^\| (?!item|---)(.+) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) == 11
    assert {status for _, status, _ in rows} == {"not assessed"}
    for word in ("excellent", "safe", "approved", "validated", "✅", "ready"):
        assert word not in text.lower()


def test_what_was_not_measured_is_said():
    text = markdown_text(
        [training_report(training_summary(columns_of([{"phase": "train", "loss": 1.0}])), ())]
    )
    for line in ("No attention was measured.", "No time and no memory was measured.", "None."):
        assert line in text.splitlines()


def test_metrics_that_were_never_finite_are_listed():
    assert "| psnr | train | 40 |" in written(psnr=float("inf"))


def test_several_runs_are_told_apart_by_their_names():
    text = markdown_text([training_report(training_summary(columns_of(records())), FILES, "a*b|<i>")])
    assert "**a\\*b\\|\\<i\\>**" in text


HOSTILE = "x|y`z*_[a](javascript:alert(1))<script>alert(1)</script>\n# head\n| a | b |&copy;$1$~~s~~"


@pytest.mark.parametrize(
    "render",
    [
        lambda text: MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text),
        lambda text: markdown.markdown(text, extensions=["tables"]),
    ],
    ids=["markdown-it", "python-markdown"],
)
def test_a_hostile_layer_makes_no_other_elements_than_a_tame_one(render):
    tame, hostile = (re.findall(r"<(/?[a-z0-9]+)", render(written(layer))) for layer in ("bam", HOSTILE))
    assert hostile == tame
    assert "<script" not in render(written(HOSTILE))


def test_every_line_ends_once_and_the_text_once():
    text = written()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (59.4, "59.4 s"),
        (59.6, "1 min 00 s"),
        (3600, "1 h 00 min 00 s"),
        (90061, "25 h 01 min 01 s"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
