"""The page in a real browser, opened from disk."""

import json
import math
import time
from pathlib import Path

import pytest

from statkit.api.comparison_question import Question
from statkit.api.comparison_reporting import comparison_report
from statkit.api.reporting import report
from statkit.data.load import load_all

RUNS = Path(__file__).parents[2] / "examples" / "runs"
HOSTILE = "</script><img src=x onerror=alert(1)><script>alert(1)</script>\"'\u202e"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pages")
    groups = {"base": load_all([str(RUNS / "coarse")]), "new": load_all([str(RUNS / "full")])}
    made = {
        "snapshots": report(RUNS / "coarse" / "seed-0", format="html"),
        "batches": report(batches(directory / "batches"), format="html"),
        "comparison": comparison_report(groups, Question(resamples=200), format="html"),
    }
    return {name: each.write(directory / f"{name}.html") for name, each in made.items()}


def batches(directory):
    directory.mkdir()
    lines = [
        {
            "batch_idx": k,
            "global_step": k,
            "phase": "val" if k % 10 == 9 else "train",
            "loss": math.nan if k == 40 else 2.0 ** (-k / 20),
            "training_time_ms": 10 + k % 7,
            f"attention_{HOSTILE}_attention_entropy": 3 + k / 300,
        }
        for k in range(200)
    ]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory


class Opened:
    """A page and everything it said and asked for."""

    def __init__(self, context, path):
        self.page = context.new_page()
        self.said, self.asked, self.refused = [], [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.refused.append((request.url, request.failure)))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(browser):
    contexts = []

    def open_page(path, *, width=1400, scheme="light", **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        return Opened(context, path)

    yield open_page
    for context in contexts:
        context.close()


#: How many pixels of each chart's canvas are the colour of none of page, grid and text.
COLOURED = """() => [...document.querySelectorAll('.plot canvas')].map(canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [r, g, b, a] = pixels.slice(at, at + 4);
    if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) found++;
  }
  return found;
})"""


@pytest.mark.parametrize("width", [380, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["snapshots", "batches", "comparison"])
def test_charts_are_drawn_and_nothing_is_said_or_asked_for(opened, written, name, scheme, width):
    here = opened(written[name], width=width, scheme=scheme)
    coloured = here.page.evaluate(COLOURED)
    assert len(coloured) == here.page.locator("figure[data-chart]").count() > 0
    assert min(coloured) > 100
    assert here.page.locator("figure.live > svg:visible").count() == 0
    assert here.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [each.bounding_box() for each in here.page.locator(".uplot").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert len({round(box["x"]) for box in boxes}) == (2 if width == 1400 and len(boxes) > 1 else 1)
    here.page.wait_for_load_state("networkidle")
    assert here.said == []
    assert here.asked == [written[name].as_uri()]


def until(page, expression):
    """Wait until an expression is true; the page's policy forbids what wait_for_function polls with."""
    late = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < late, expression
        page.wait_for_timeout(25)


def test_dark_and_light_differ_and_a_change_is_followed(opened, written):
    page = opened(written["snapshots"]).page
    shade = "getComputedStyle(document.body).backgroundColor"
    drawn = "document.querySelector('.plot canvas').toDataURL()"
    assert page.evaluate(shade) == "rgb(255, 255, 255)"
    light = page.evaluate(drawn)
    page.emulate_media(color_scheme="dark")
    until(page, f"{drawn} !== {json.dumps(light)}")
    assert page.evaluate(shade) == "rgb(22, 24, 27)"
    assert page.locator(".plot canvas").count() == page.locator("figure[data-chart]").count()


def test_pointing_reads_the_values_of_the_file(opened, written):
    page = opened(written["snapshots"]).page
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 20)
    reading = page.locator(".reading").first
    last = json.loads((RUNS / "coarse" / "seed-0" / "Learn" / "Statistik_3200.json").read_text())
    rows = reading.inner_text().splitlines()
    assert rows == [
        "step 3,200",
        f"quality_ki_value {last['quality_ki_value']:.6g}",
        f"quality_lr_value {last['quality_lr_value']:.6g}",
    ]
    page.mouse.move(2, 2)
    assert not reading.is_visible()


def test_a_value_from_another_step_says_so(opened, written):
    page = opened(written["batches"]).page
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 105 / 199, box["y"] + 20)
    rows = page.locator(".reading").first.inner_text().splitlines()
    assert [row.rpartition(" ")[0] for row in rows] == ["step", "train", "val, step 109"]


def test_dragging_zooms_and_a_double_click_shows_all(opened, written):
    page = opened(written["snapshots"]).page
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    drawn = "document.querySelector('.plot canvas').toDataURL()"
    whole = page.evaluate(drawn)
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
    page.mouse.up()
    until(page, f"{drawn} !== {json.dumps(whole)}")
    page.mouse.dblclick(box["x"] + 50, box["y"] + 50)
    until(page, f"{drawn} === {json.dumps(whole)}")


def test_charts_follow_the_width_of_the_window(opened, written):
    page = opened(written["snapshots"]).page
    page.set_viewport_size({"width": 500, "height": 800})
    until(page, "document.querySelector('.uplot').clientWidth <= 500")
    assert page.evaluate("document.documentElement.scrollWidth") <= 500


def test_printed_it_has_vectors_on_white(opened, written):
    page = opened(written["snapshots"], scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    charts = page.locator("figure[data-chart]").count()
    assert page.locator("figure[data-chart] > svg:visible").count() == charts
    assert page.locator(".plot:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_scripts_the_figures_are_there(opened, written):
    page = opened(written["snapshots"], java_script_enabled=False).page
    assert page.locator("figure[data-chart] > svg:visible").count() > 3


def test_a_hostile_layer_is_text(opened, written):
    here = opened(written["batches"])
    assert here.page.locator("img").count() == 0
    assert here.page.locator("td", has_text="onerror=alert(1)").count() > 0
    assert here.page.locator(".legend li", has_text="onerror").count() == 0  # one layer has no legend
    assert here.said == []


def test_what_is_added_later_does_not_run_and_is_not_fetched(opened, written, tmp_path):
    added = '<script>document.title = "run"</script><img src="https://example.org/x.png" onerror="alert(1)">'
    path = tmp_path / "changed.html"
    path.write_text(written["snapshots"].read_text("utf-8").replace("</main>", f"{added}</main>"), "utf-8")
    here = opened(path)
    assert here.page.title() == "Training Final Summary"
    assert here.refused == [("https://example.org/x.png", "csp")]
    assert len([line for line in here.said if "Content Security Policy" in line]) >= 2
