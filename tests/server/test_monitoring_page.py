"""The page in a real browser: what it shows, that it follows the files, and that names stay text."""

import itertools
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from statkit.analysis.smoothing import tensorboard
from statkit.api.comparing import compare
from statkit.data.load import load_all
from statkit.writers import StatistikWriter

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "examples" / "runs"
STATIC = ROOT / "statkit" / "server" / "static"
HOSTILE = "</script><img src=x onerror=alert(1)>\"'\u202e"


@pytest.fixture(scope="module")
def examples(serve_for_all):
    return serve_for_all(RUNS / "coarse", RUNS / "full")


class Opened:
    """A page and everything it said and asked for."""

    def __init__(self, context, served, query="", ready="main:not([hidden])"):
        self.page = context.new_page()
        self.said, self.asked, self.refused = [], [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", lambda response: self.answered(response))
        self.page.goto(f"http://{served.address}/monitoring?token={served.token}{query}")
        self.page.wait_for_selector(ready)

    def answered(self, response):
        if response.status >= 400:
            self.refused.append((response.status, response.url))

    def show(self, section):
        """Scroll a section into sight."""
        self.page.evaluate("id => document.getElementById(id).scrollIntoView({behavior: 'instant'})", section)

    def table(self, metric):
        """The numbers of a chart: its rows as lists of text."""
        figure = self.page.locator(f"figure[data-metric={metric}]")
        figure.scroll_into_view_if_needed()
        button = figure.locator("figcaption button").first
        if button.get_attribute("aria-pressed") == "false":
            button.click()
        return [row.split("\t") for row in figure.locator("tbody").inner_text().splitlines()]


@pytest.fixture
def opened(browser):
    contexts = []

    def open_page(served, query="", *, width=1440, scheme="light", **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        return Opened(context, served, query, **more)

    yield open_page
    for context in contexts:
        context.close()


#: How many pixels of each chart in sight have a colour.
COLOURED = """() => [...document.querySelectorAll('#charts .plot canvas')].map(canvas => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [r, g, b, a] = pixels.slice(at, at + 4);
    if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) found++;
  }
  return found;
})"""


def test_it_shows_a_run_and_says_nothing(opened, examples):
    here = opened(examples)
    page = here.page
    name = page.locator("h1").inner_text()
    last = json.loads((RUNS / name / "Learn" / "Statistik_3200.json").read_text())
    assert page.locator("#head .badge").inner_text() == "finished"
    assert page.locator("#runs-list li").count() == 10
    cards = dict(
        card.inner_text().splitlines()[:2] for card in page.locator("#now .card").all() if card.inner_text()
    )
    assert cards["KI quality"] == f"{last['quality_ki_value']:.2%}".replace("%", " %")
    assert cards["Total loss"] == f"{last['total_loss_value']:.5g}"
    assert cards["Phase"] == last["lr_phase_name"]
    assert page.locator("progress").first.get_attribute("value") == "1"
    assert page.locator("#layers-now li").count() == len(last["layer_activity_map"])
    assert "Final Fusion" in page.locator("#layers-peak").inner_text()
    here.show("charts")
    page.wait_for_function(f"() => ({COLOURED})().length >= 2")
    assert min(page.evaluate(COLOURED)) > 100
    assert all(url.startswith(f"http://{examples.address}/") or url == "data:," for url in here.asked)
    assert [text for text in here.said if not text.startswith("Canvas2D")] == []  # this test reads pixels


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (820, "dark")])
def test_it_fits_a_narrow_window(opened, examples, width, scheme):
    page = opened(examples, width=width, scheme=scheme).page
    for section in ("charts", "layers", "compare", "pictures", "downloads"):
        page.evaluate("id => document.getElementById(id).scrollIntoView({behavior: 'instant'})", section)
    page.wait_for_selector("#compare-answer table")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawn = page.locator("figure:visible, .card:visible, .heat canvas").all()
    boxes = [each.bounding_box() for each in drawn]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)


def test_a_save_appears_without_reload(opened, serve_runs, tmp_path):
    with StatistikWriter(tmp_path / "live", echo=lambda line: None) as writer:

        def save(step, quality):
            values = {"step_current": step, "step_max": 1000, "quality_ki_value": quality}
            writer.save(step, {**values, "training_active": True, "last_update_time": time.time()})

        save(100, 0.5)
        save(200, 0.51)
        here = opened(serve_runs(tmp_path / "live"))
        page = here.page
        expect(page.locator("#live")).to_have_text("live")
        page.evaluate("window.same = true")
        assert [row[-1] for row in here.table("quality_ki_value")] == ["50.00 %", "51.00 %"]
        here.asked.clear()
        save(300, 0.625)
        expect(page.locator("#now .bar").first).to_contain_text("step 300 of 1,000")
        expect(page.locator("#runs-list")).to_contain_text("62.50 %")
        expect(page.locator("#head .badge")).to_have_text("training")
        expect(page.locator("figure[data-metric=quality_ki_value] tbody tr")).to_have_count(3)
        assert here.table("quality_ki_value")[-1] == ["300", "62.50 %"]
        assert page.evaluate("window.same")
        asked = [url for url in here.asked if "/series?" in url]
        assert asked
        assert all("since=2" in url for url in asked)
        assert here.said == []


@pytest.mark.slow
def test_a_rewind_is_drawn_again_and_a_deleted_run_stays_grey(opened, serve_runs, write_run, tmp_path):
    write_run("runs/keep", count=3)
    gone = write_run("runs/gone", count=5)
    served = serve_runs(tmp_path / "runs", poll_s=0.2)
    run = served.runs()["gone"]["id"]
    here = opened(served, f"#run={run}&on={run}")
    page = here.page
    assert len(here.table("quality_ki_value")) == 5
    for step in (300, 400, 500):
        (gone / f"Statistik_{step}.json").unlink()
    later = {"start": 1_700_009_000.0, "values": lambda number: {"quality_ki_value": 0.7}}
    write_run("runs/gone", count=1, first=3, **later)
    expect(page.locator("figure[data-metric=quality_ki_value] tbody tr")).to_have_count(3)
    assert here.table("quality_ki_value")[-1] == ["300", "70.00 %"]
    shutil.rmtree(gone)
    expect(page.locator("#runs-list li.gone .name")).to_have_text("gone")
    expect(page.locator("#head .badge")).to_have_text("gone")
    assert len(here.table("quality_ki_value")) == 3
    write_run("runs/gone", count=4)
    expect(page.locator("#runs-list li.gone")).to_have_count(0)
    assert [text for text in here.said if "404" not in text] == []


#: The columns of a chart's picture in which something has a colour.
COLUMNS = """metric => {
  const canvas = document.querySelector(`figure[data-metric=${metric}] canvas`);
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, a] = [data[at], data[at + 1], data[at + 2], data[at + 3]];
    if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) found.add(at / 4 % width);
  }
  return [...found].sort((a, b) => a - b);
}"""


def test_a_ring_marks_the_best_step_and_a_rewind_is_a_gap(opened, serve_runs, write_run):
    directory = write_run(count=5, values=lambda n: {"quality_lr_value": 0.4})
    (directory / "superseded" / "1").mkdir(parents=True)
    for step in (400, 500):
        shutil.move(directory / f"Statistik_{step}.json", directory / "superseded" / "1")
    losses = {4: 0.05, 5: 0.3, 6: 0.2}
    write_run(
        count=3,
        first=4,
        start=1_700_009_000.0,
        values=lambda n: {"quality_lr_value": 0.4, "total_loss_value": losses[n]},
    )
    page = opened(serve_runs(directory)).page
    figure = page.locator("figure[data-metric=total_loss_value]")
    figure.scroll_into_view_if_needed()
    expect(figure.locator("canvas")).to_be_visible()
    page.evaluate("""() => {
      window.rings = [];
      const arc = CanvasRenderingContext2D.prototype.arc;
      CanvasRenderingContext2D.prototype.arc = function (x, y, ...more) {
        window.rings.push([this.canvas.closest("figure").dataset.metric, x, y]);
        return arc.call(this, x, y, ...more);
      };
    }""")
    page.locator("#theme").click()
    page.wait_for_function("() => window.rings.some(([metric]) => metric === 'total_loss_value')")
    ((_, x, y),) = (ring for ring in page.evaluate("rings") if ring[0] == "total_loss_value")
    over = figure.locator(".u-over")
    left, top = over.evaluate("each => [each.offsetLeft, each.offsetTop]")
    over.hover(position={"x": x - left - 4, "y": y - top})
    over.hover(position={"x": x - left, "y": y - top})
    expect(figure.locator(".reading .where")).to_have_text("step 400")
    expect(figure.locator(".reading b")).to_have_text("0.05")
    columns = page.evaluate(COLUMNS, "quality_lr_value")
    gaps = [b - a for a, b in itertools.pairwise(columns) if b - a > 20]
    assert len(gaps) == 1
    assert gaps[0] == pytest.approx((columns[-1] - columns[0]) / 5, rel=0.15)


@pytest.mark.slow
def test_the_numbers_are_those_of_the_commands(opened, examples):
    page = opened(examples, f"#run={examples.runs()['coarse/seed-2']['id']}").page
    run = str(RUNS / "coarse" / "seed-2")

    def told(*command):
        asked = [sys.executable, "-m", "statkit", *command, "--json"]
        return json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)

    cards = {
        card.locator(".what").inner_text(): card.locator(".value").inner_text()
        for card in page.locator("#now .card").all()
    }
    (best,) = told("best", run)["results"]
    assert cards["Best"] == percent(best["value"])
    assert f"at step {best['step']:,}" in page.locator("#now .card", has_text="Best").first.inner_text()
    metrics = ["quality_ki_value", "quality_lr_value", "total_loss_value"]
    (trends,) = told("trend", run, *(part for metric in metrics for part in ("-m", metric)))["runs"]
    last = {trend["metric"]: trend["points"][-1][1] for trend in trends["metrics"]}
    assert cards["KI quality"] == percent(last["quality_ki_value"])
    assert cards["LR quality"] == percent(last["quality_lr_value"])
    assert cards["Total loss"] == f"{last['total_loss_value']:.5g}"
    (series,) = told("show", run)["runs"][0]["series"]
    assert (
        page.locator("#now .bar")
        .first.inner_text()
        .splitlines()[1]
        .startswith(f"step {series['last_step']:,} ")
    )


@pytest.mark.slow
def test_five_hundred_updates_leave_no_more_behind_than_their_rows(opened, serve_runs, tmp_path):
    with StatistikWriter(tmp_path / "long", echo=lambda line: None) as writer:

        def save(number):
            values = {"step_current": number, "step_max": 1000, "quality_ki_value": 0.5 + number / 1e4}
            more = {"training_active": True, "last_update_time": time.time(), "total_loss_value": 1 / number}
            writer.save(number, {**values, **more, "layer_activity_map": {"Forward 1": number / 1e3}})

        save(1)
        here = opened(serve_runs(tmp_path / "long"))
        expect(here.page.locator("#live")).to_have_text("live")
        here.table("quality_ki_value")
        here.show("charts")
        protocol = here.page.context.new_cdp_session(here.page)
        protocol.send("Performance.enable")
        sizes = {}
        for number in range(2, 502):
            save(number)
            here.page.wait_for_function(
                "text => document.querySelector('#now .bar').textContent.includes(text)",
                arg=f"step {number} of",
            )
            if number in (101, 501):
                protocol.send("HeapProfiler.collectGarbage")
                found = protocol.send("Performance.getMetrics")["metrics"]
                sizes[number] = {each["name"]: each["value"] for each in found}
    grown = {name: sizes[501][name] - sizes[101][name] for name in sizes[501]}
    assert grown["JSHeapUsedSize"] < 4e6, grown
    assert grown["JSEventListeners"] < 100, grown
    assert grown["Nodes"] < 3000, grown
    assert here.said == []


@pytest.mark.slow
def test_the_comparison_says_what_the_command_says(opened, examples):
    here = opened(examples)
    here.show("compare")
    sides = {name: load_all([str(RUNS / name)]) for name in ("coarse", "full")}
    answer = compare(*sides.values(), names=list(sides), metric="quality_ki_value")
    (pair,) = answer.comparisons
    tables = here.page.locator("#compare-answer table")
    expect(tables).to_have_count(2)
    rows = [line.split("\t") for line in tables.nth(0).locator("tbody").inner_text().splitlines()]
    assert rows == [
        [group.group, str(group.n), percent(group.mean), interval(group.ci, percent), percent(group.iqm)]
        for group in answer.groups
    ]
    cells = tables.nth(1).locator("tbody").inner_text().split("\t")
    assert cells[:3] == ["full", points(pair.difference), interval(pair.ci, points)]
    assert cells[-1] == pair.verdict
    assert here.page.locator("#compare-said").inner_text() == f"full – coarse: {pair.verdict}"
    assert pair.reason in here.page.locator("#compare-answer").inner_text()
    here.page.locator("#compare-members select").first.select_option("")
    expect(tables.nth(0).locator("tbody tr").first.locator("td").first).to_have_text("4")
    assert here.said == []


@pytest.mark.slow
def test_groups_are_drawn_by_their_means(opened, examples):
    here = opened(examples)
    here.show("charts")
    here.page.locator("#grouped").check()
    heads = here.page.locator("figure[data-metric=quality_ki_value] thead th")
    here.page.locator("figure[data-metric=quality_ki_value] figcaption button").first.click()
    expect(heads).to_have_text(["step", "coarse (n = 5)", "full (n = 5)"])
    means = []
    for group in ("coarse", "full"):
        files = [RUNS / group / f"seed-{k}" / "Learn" / "Statistik_3200.json" for k in range(5)]
        means.append(sum(json.loads(file.read_text())["quality_ki_value"] for file in files) / 5)
    assert here.table("quality_ki_value")[-1] == ["3,200", *map(percent, means)]
    assert here.said == []


@pytest.mark.slow
def test_a_lost_connection_is_said_and_found_again(opened, serve_runs, write_run):
    here = opened(serve_runs(write_run(count=2)))
    live, context = here.page.locator("#live"), here.page.context
    expect(live).to_have_text("live")
    context.route("**/api/**", lambda route: route.abort())
    here.page.goto(here.page.url.split("?")[0])
    expect(live).to_have_text("not connected")
    expect(here.page.locator("#alarm")).to_contain_text("does not answer")
    write_run(count=1, first=3)
    context.unroute("**/api/**")
    expect(live).to_have_text("live", timeout=15_000)
    expect(here.page.locator("#now .bar").first).to_contain_text("step 300")
    expect(here.page.locator("#alarm")).to_be_hidden()


@pytest.mark.slow
def test_it_follows_a_real_training(opened, serve_runs, tmp_path):
    pytest.importorskip("torch")
    run = tmp_path / "runs" / "real"
    run.parent.mkdir()
    here = opened(serve_runs(run.parent, poll_s=0.5), ready="#runs-empty:visible")
    page = here.page
    script = [sys.executable, str(ROOT / "examples" / "vsr_training.py"), "--output", str(run)]
    steps = [
        "--steps",
        "40",
        "--validate-every",
        "10",
        "--tensorboard",
        "none",
        "--no-checkpoints",
        "--quiet",
    ]
    with subprocess.Popen([*script, *steps], env={**os.environ, "OMP_NUM_THREADS": "1"}) as training:
        try:
            expect(page.locator("h1")).to_have_text("real", timeout=120_000)
            expect(page.locator("#head .badge")).to_have_text(re.compile("training|validating"))
            expect(page.locator("#now .bar").first).to_contain_text("step 40 of 40", timeout=120_000)
            assert training.wait(60) == 0
        finally:
            training.kill()
    expect(page.locator("#head .badge")).to_have_text("finished", timeout=30_000)
    assert [row[0] for row in here.table("quality_ki_value")] == ["10", "20", "30", "40"]
    last = json.loads((run / "Learn" / "Statistik_40.json").read_text())
    assert here.table("quality_ki_value")[-1][1] == percent(last["quality_ki_value"])
    assert here.said == []


def percent(value):
    return f"{value * 100:.2f} %"


def points(value):
    return f"{value * 100:+.2f} pp"


def interval(ends, write):
    return f"[{write(ends[0])}, {write(ends[1])}]"


def png(colour):
    """Write a picture of one pixel."""

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0" + bytes(colour))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixel) + part(b"IEND", b"")


def write_batches(directory, rows, pictures, layer="l"):
    directory.mkdir(parents=True)
    lines = [
        {"batch_idx": k, "global_step": k + 1, "phase": "train", "loss": 1 / (k + 1)}
        | {f"attention_{layer}_attention_entropy": math.nan if k == 3 else 3 + k / 100}
        for k in range(rows)
    ]
    (directory / "batch_metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for number in pictures:
        (directory / f"train_batch_{number:06}.png").write_bytes(png((number, 0, 0)))


@pytest.mark.slow
def test_one_slider_shows_the_pictures_of_all_runs(opened, serve_runs, tmp_path):
    write_batches(tmp_path / "runs" / "a", 40, [10, 20, 40])
    write_batches(tmp_path / "runs" / "b", 40, [20, 30])
    here = opened(serve_runs(tmp_path / "runs"))
    page, slider = here.page, here.page.locator("#pictures-step")
    here.show("pictures")
    expect(page.locator(".picture")).to_have_count(2)
    expect(slider).to_have_attribute("aria-valuetext", "step 40")
    told = page.locator(".picture figcaption .quiet")
    assert told.all_inner_texts() == ["train_batch_000040.png", "train_batch_000030.png, from step 30"]
    slider.focus()
    for text in ("step 30", "step 20", "step 10"):
        slider.press("ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", text)
    assert told.all_inner_texts() == ["train_batch_000010.png", "none up to this step"]
    image = page.locator(".picture img").first
    page.wait_for_function("() => document.querySelector('.picture img').naturalWidth === 1")
    assert page.request.get(image.evaluate("each => each.src")).body() == png((10, 0, 0))
    assert here.said == []


@pytest.mark.slow
def test_batches_have_their_curves_and_good_ranges(opened, serve_for_all):
    here = opened(serve_for_all(RUNS / "dae_kan"))
    titles = here.page.locator("#charts figcaption .name").all_inner_texts()
    assert {"Loss", "SSIM"} < set(titles)
    assert any("entropy" in title for title in titles)
    notes = " ".join(here.page.locator("#charts figure .note").all_inner_texts())
    assert "good range 0.8 to 1" in notes
    assert "good range 2 to 4" in notes
    columns = here.page.locator("figure[data-metric=loss] thead th")
    assert here.table("loss")
    assert columns.all_inner_texts() == ["step", "dae_kan, training", "dae_kan, validation"]
    assert here.said == []


def test_names_are_text(opened, serve_runs, tmp_path):
    name = HOSTILE.replace("/", "∕")
    write_batches(tmp_path / name, 12, [10], layer=HOSTILE)
    (tmp_path / name / "runtime_config.json").write_text(json.dumps({HOSTILE: HOSTILE}))
    here = opened(serve_runs(tmp_path / name))
    page = here.page
    assert page.locator("h1").text_content() == name
    assert page.locator("#runs-list .name").text_content() == name
    for section in ("charts", "compare", "pictures", "downloads"):
        here.show(section)
        page.wait_for_timeout(100)
    assert page.locator("#add option", has_text="onerror=alert(1)").count() > 0
    assert page.locator(".card", has_text="onerror").count() > 0
    assert page.locator("img[src=x], script:not([src])").count() == 0
    page.locator("#charts .plot").first.hover()
    assert here.said == []
    assert not any(url.endswith("/x") for url in here.asked)


def test_the_download_is_the_file_on_disk(opened, examples):
    here = opened(examples)
    name = here.page.locator("h1").inner_text()
    with here.page.expect_download() as download:
        here.page.locator("#snapshot").click()
    assert download.value.suggested_filename == "Statistik_3200.json"
    wanted = (RUNS / name / "Learn" / "Statistik_3200.json").read_bytes()
    assert Path(download.value.path()).read_bytes() == wanted
    addresses = here.page.locator("#downloads a").evaluate_all("links => links.map(link => link.href)")
    ends = [re.split(r"[?]", address)[0].rsplit("/", 1)[1] for address in addresses]
    assert ends == [
        "snapshot", "export.csv", "export.parquet", "export.json", "report.html", "figure.png", "figure.svg"
    ]  # fmt: skip
    assert here.page.request.get(addresses[1]).text().splitlines()[0].startswith("run,series,step")


@pytest.mark.slow
def test_the_keyboard_reaches_everything(opened, examples):
    page = opened(examples).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    runs = page.locator("#runs-list .pick")
    runs.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(runs.nth(1)).to_have_attribute("aria-current", "true")
    chosen = runs.nth(1).locator(".name").inner_text()
    expect(page.locator("h1")).to_have_text(chosen)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    plot = page.locator("figure[data-metric=quality_ki_value] .plot")
    plot.scroll_into_view_if_needed()
    expect(plot.locator("canvas")).to_be_visible()
    plot.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    first = json.loads((RUNS / chosen / "Learn" / "Statistik_400.json").read_text())["quality_ki_value"]
    heard = page.locator("figure[data-metric=quality_ki_value] [aria-live]").inner_text()
    assert heard.startswith("step 400")
    assert f"{first * 100:.2f} %" in heard
    label = plot.get_attribute("aria-label")
    assert chosen in label
    assert "(step 3,200)" in label


@pytest.mark.slow
def test_zoom_stays_when_charts_change_and_a_double_click_ends_it(opened, examples):
    here = opened(examples)
    page = here.page
    here.show("charts")
    over = page.locator("#charts .u-over").first
    over.wait_for()
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
    page.mouse.up()
    page.mouse.move(box["x"] + 2, box["y"] + 60)
    where = page.locator("#charts .reading .where").first
    zoomed = where.inner_text()
    assert 1000 <= int(re.sub(r"\D", "", zoomed)) <= 1400
    page.locator("#log").check()
    page.wait_for_timeout(200)
    box = page.locator("#charts .u-over").first.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 60)
    expect(where).to_have_text(zoomed)
    page.mouse.dblclick(box["x"] + 50, box["y"] + 50)
    page.mouse.move(box["x"] + 2, box["y"] + 60)
    expect(where).to_have_text("step 200")
    assert here.said == []


def test_smoothing_is_statkits(opened, examples):
    page = opened(examples).page
    source = random.Random(7)
    cases = [[3.0] * 4, [], [None], [1.0, None, 2.0]] + [
        [source.choice([None, source.uniform(-2, 2), 1e-9]) for _ in range(source.randrange(1, 40))]
        for _ in range(30)
    ]
    weights = [0, 0.3, 0.6, 0.99]
    given = page.evaluate(
        """async ([cases, weights]) => {
          const { smoothed } = await import("./static/smoothing.js");
          return cases.map((values) => weights.map((weight) => smoothed(values, weight)));
        }""",
        [cases, weights],
    )
    import numpy as np

    for values, smooth in zip(cases, given, strict=True):
        numbers = np.array([math.nan if value is None else value for value in values])
        for weight, found in zip(weights, smooth, strict=True):
            there = np.array([math.nan if value is None else value for value in found])
            np.testing.assert_allclose(there, tensorboard(numbers, numbers, weight), rtol=1e-12)


@pytest.mark.slow
def test_german_and_dark_are_kept(opened, examples):
    here = opened(examples, "&lang=de")
    page = here.page
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("#charts-title").inner_text() == "Verläufe"
    assert "KI-Qualität" in page.locator("#now").inner_text()
    assert re.search(r"\d,\d\d %", page.locator("#now").inner_text())
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 23)"
    page.locator("#language").click()
    expect(page.locator("#charts-title")).to_have_text("Charts")
    page.goto(f"http://{examples.address}/monitoring")
    page.wait_for_selector("main:not([hidden])")
    assert page.locator("#charts-title").inner_text() == "Charts"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 23)"
    assert here.said == []


def test_every_word_of_the_page_is_known():
    known = set(re.findall(r'(\w+): "', (STATIC / "words.js").read_text("utf-8")))
    page = (STATIC / "monitoring.html").read_text("utf-8")
    asked = set(re.findall(r'data-(?:word|label|hint)="(\w+)"', page))
    assert len(asked) > 20
    assert asked <= known


def test_every_module_is_part_of_the_page():
    """Nothing is shipped that no page loads, and all is fetched at once; contract.js holds types alone."""
    own = {path.name for path in STATIC.glob("*.js") if not path.name.startswith(("annotate", "annotorious"))}
    reached, waiting = {"contract.js"}, ["monitoring.js"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r'^import .*?"\./([\w.]+)"', (STATIC / name).read_text("utf-8"), re.M)
    assert own == reached
    page = (STATIC / "monitoring.html").read_text("utf-8")
    fetched = set(re.findall(r'(?:modulepreload" href|src)="static/([a-z]+\.js)"', page))
    assert fetched == reached - {"contract.js"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npx") is None, reason="no npx here: install node")
def test_the_types_hold():
    command = [
        "npx",
        "--yes",
        "-p",
        "typescript@5",
        "tsc",
        "-p",
        str(Path(__file__).with_name("tsconfig.json")),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert checked.returncode == 0, checked.stdout
