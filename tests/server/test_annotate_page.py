"""The annotation page in a real browser: what a rater draws is what is saved, and nothing gets lost."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from shapely.geometry import MultiPolygon, Point

from statkit.pathology.annotations.raster import rasterise
from statkit.pathology.annotations.reading import read
from statkit.pathology.sessions.raters import slug
from statkit.server.annotate_sessions import Place
from statkit.sources import sidecar

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "examples" / "runs" / "dae_kan" / "val_batch_000031.npz"
HOSTILE = "</script><img src=x onerror=alert(1)>\"'\u202e"
SIDE = 96


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    return tmp_path_factory.mktemp("drawn")


@pytest.fixture(scope="module")
def served(serve_for_all, tmp_path_factory, drawings):
    run = tmp_path_factory.mktemp("run")
    shutil.copy(KEPT, run)
    return serve_for_all(run, annotate=Place(run=str(run), annotations=str(drawings)))


@pytest.fixture
def rater(request):
    """Somebody who has drawn nothing yet."""
    return f"Rater of {request.node.name}"


@pytest.fixture
def drawn(drawings, rater):
    """Read what a rater has saved; of whom the first image alone was drawn on."""

    def read_one(name=rater):
        [path] = drawings.glob(f"*.{slug(name)}.geojson")
        return read(path)

    return read_one


@pytest.fixture
def journal(drawings, rater):
    def lines():
        entries = map(json.loads, (drawings / "journal.jsonl").read_text().splitlines())
        return [entry for entry in entries if entry["rater"] == rater]

    return lines


class Desk:
    """The page of one rater, with everything it said."""

    def __init__(self, context, served, rater, query=""):
        self.page = context.new_page()
        self.said, self.refused = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(f"http://{served.address}/annotate?token={served.token}{query}")
        if rater is not None:
            self.page.fill("#name", rater)
            self.page.click("#who-start")
        self.opened()

    def opened(self):
        self.page.wait_for_selector("#stage[data-image]")
        self.saved()

    def saved(self):
        self.page.keyboard.press("Control+s")
        self.page.wait_for_selector("#state[data-state=saved]")

    def cut_off(self):
        """Let nothing be saved from this window any more, not even as it closes."""
        self.page.evaluate(
            """() => {
              const send = window.fetch;
              const isSave = address => String(address).endsWith("/save");
              window.fetch = (address, how) =>
                isSave(address) ? Promise.reject(TypeError("cut off")) : send(address, how);
            }"""
        )

    def reload(self):
        self.page.reload()
        self.opened()

    def at(self, x, y):
        """Where a position of the image is in the window."""
        box = self.page.locator("#holder img").first.bounding_box()
        return box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE

    def drag(self, *positions):
        self.page.mouse.move(*self.at(*positions[0]))
        self.page.mouse.down()
        for position in positions[1:]:
            self.page.mouse.move(*self.at(*position))
        self.page.mouse.up()

    def square(self, left, top, right, bottom):
        self.page.keyboard.press("r")
        self.drag((left, top), ((left + right) / 2, top + 1), (right, bottom))

    def polygon(self, *corners):
        self.page.keyboard.press("p")
        for corner in corners:
            self.page.mouse.click(*self.at(*corner))
        self.page.keyboard.press("Enter")

    def shapes(self):
        """The list beside the image, newest first."""
        return [text.split("\n")[0] for text in self.page.locator("#shapes button").all_inner_texts()]


@pytest.fixture
def desk(browser, rater):
    contexts = []

    def open_desk(served, name=rater, query="", *, width=1280, scheme="light", like=None, **more):
        context = like or browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme=scheme, **more
        )
        contexts.append(context)
        return Desk(context, served, name, query)

    yield open_desk
    for context in dict.fromkeys(contexts):
        context.close()


def painted(stroke, radius):
    """The pixels whose centre lies within a radius of a stroke, by the dullest road."""
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    for row in range(SIDE):
        for column in range(SIDE):
            centre = np.array([column + 0.5, row + 0.5])
            for start, end in pairwise(stroke):
                a, b = np.array(start, float), np.array(end, float)
                share = np.clip((centre - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
                mask[row, column] |= np.linalg.norm(centre - a - share * (b - a)) <= radius
    return mask


def test_what_is_drawn_is_saved_and_a_reload_shows_it(desk, served, drawn, rater):
    here = desk(served)
    here.square(10, 10, 14, 14)
    here.page.keyboard.press("2")
    here.polygon((30, 30), (60, 28), (66, 60), (40, 70))
    assert here.shapes() == ["Stroma · Polygon", "Tumor · Rectangle"]
    here.page.keyboard.press("Control+z")
    assert here.shapes() == ["Tumor · Rectangle"]
    here.page.keyboard.press("Control+y")
    here.saved()

    found = drawn()
    square = rasterise(found, (SIDE, SIDE), labels="Tumor")
    assert square.sum() == 16
    assert square[10:14, 10:14].all()
    corners = list(found.items[1].geometry.exterior.coords)
    assert np.allclose(corners, [(30, 30), (60, 28), (66, 60), (40, 70), (30, 30)], atol=0.02)
    assert found.facts.rater == rater
    assert found.facts.overlay_shown is False

    here.reload()
    assert here.shapes() == ["Stroma · Polygon", "Tumor · Rectangle"]
    here.page.keyboard.press("v")
    here.page.mouse.click(*here.at(45, 45))
    here.page.keyboard.press("Delete")
    here.saved()
    assert here.shapes() == ["Tumor · Rectangle"]
    assert [item.label for item in drawn().items] == ["Tumor"]
    assert here.said == []


@pytest.mark.slow
def test_the_brush_paints_pixels_and_the_eraser_takes_them(desk, served, drawn):
    here = desk(served)
    here.page.keyboard.press("b")
    radius = here.page.evaluate("() => parseFloat(document.getElementById('size-said').textContent) / 2")
    stroke = [(30.13, 40.21), (50.17, 40.29), (50.11, 60.23)]
    here.drag(*stroke)
    here.saved()
    wanted = painted(stroke, radius)
    assert np.array_equal(rasterise(drawn(), (SIDE, SIDE)), wanted)
    here.page.keyboard.press("x")
    here.drag((44.1, 40.2), (46.3, 40.1))
    here.saved()
    assert np.array_equal(
        rasterise(drawn(), (SIDE, SIDE)), wanted & ~painted([(44.1, 40.2), (46.3, 40.1)], radius)
    )
    assert here.said == []


def test_two_windows_conflict_and_both_versions_are_kept(desk, served, drawn, drawings, rater):
    one = desk(served)
    other = desk(served, like=one.page.context, name=None)
    one.square(10, 10, 20, 20)
    one.saved()
    other.square(50, 50, 60, 60)
    other.page.wait_for_selector("#versions[open]")
    assert other.page.locator("#versions svg").evaluate_all(
        "all => all.map(each => each.querySelectorAll('path').length)"
    ) == [1, 1]
    assert rasterise(drawn(), (SIDE, SIDE))[50:60, 50:60].sum() == 0
    other.page.click("[data-choice=both]")
    other.saved()
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 200
    assert len(list((drawings / "revisions").glob(f"*.{slug(rater)}.*"))) == 2


def test_the_attention_is_hidden_until_asked_for_and_logged(desk, served, drawn, journal, rater):
    here = desk(served)
    over = here.page.locator("#holder .over")
    expect(over).to_be_hidden()
    assert not here.page.is_checked("#overlay")
    here.square(10, 10, 20, 20)
    here.saved()
    here.page.check("#overlay")
    expect(over).to_be_visible()
    assert over.evaluate("async over => { await over.decode(); return over.naturalWidth; }") == SIDE
    shown = journal()[-1]
    assert (shown["action"], shown["rater"], shown["layer"]) == ("overlay shown", rater, "bam_32")
    here.square(50, 50, 60, 60)
    here.saved()
    assert [item.metadata["statkit:overlay_shown"] for item in drawn().items] == ["false", "true"]
    with here.page.expect_response("**/overlay"):
        here.page.click("#next")
    here.opened()
    expect(over).to_be_hidden()
    assert not here.page.is_checked("#overlay")
    assert "overlay hidden" in [entry["action"] for entry in journal()]
    assert here.said == []


def test_the_agreement_comes_after_submitting(desk, served, rater):
    here = desk(served)
    here.square(20, 20, 60, 50)
    here.saved()
    image = here.page.get_attribute("#stage", "data-image")
    session = served.json("/api/annotate")["sessions"][0]["id"]
    address = f"/api/annotate/{session}/{image}/agreement?rater={quote(rater)}"
    assert served.get(address).status == 403
    expect(here.page.locator("#agreement")).to_be_empty()
    here.page.click("#submit")
    here.page.click("#sure-yes")
    here.page.wait_for_selector("#agreement table")
    table = here.page.locator("#agreement tbody")
    rows = [row.split("\t") for row in table.locator("tr:not(.layer)").all_inner_texts()]
    _, told = sidecar.read(KEPT)
    assert table.locator(".layer").all_inner_texts() == told["layers"]
    answered = served.json(address)["rows"]
    assert [row["fraction"] for row in answered] == [1200 / SIDE**2] * 3
    for row, shown in zip(answered, rows, strict=True):
        assert shown[1:3] == [f"{row['iou']:.3f}", f"{row['dice']:.3f}"]
        assert row["dice"] == pytest.approx(2 * row["iou"] / (1 + row["iou"]))
    expect(here.page.locator("[data-tool=brush]")).to_be_disabled()
    here.square(70, 70, 80, 80)
    assert here.shapes() == ["Tumor · Rectangle"]
    assert "1 of" in here.page.inner_text("#images-done")


@pytest.mark.slow
def test_an_export_is_the_file_and_comes_in_again(desk, served, drawn, drawings, rater):
    here = desk(served)
    here.square(10, 10, 20, 20)
    here.page.keyboard.press("d")
    here.page.mouse.click(*here.at(70, 30))
    with here.page.expect_download() as download:
        here.page.click("#export")
    exported = Path(download.value.path()).read_bytes()
    [path] = drawings.glob(f"*.{slug(rater)}.geojson")
    assert exported == path.read_bytes()

    there = desk(served, f"{rater} and another")
    there.page.set_input_files("#file", {"name": "a.geojson", "mimeType": "", "buffer": exported})
    expect(there.page.locator("#import-said")).to_contain_text("2 shapes imported from a.geojson")
    there.saved()
    mine, theirs = drawn(), drawn(f"{rater} and another")
    assert [item.geometry.wkt for item in mine.items] == [item.geometry.wkt for item in theirs.items]
    assert [item.label for item in mine.items] == [item.label for item in theirs.items]
    xml = (
        '<ASAP_Annotations><Annotations><Annotation Name="a" Type="Spline" PartOfGroup="None" '
        'Color="#F4FA58"><Coordinates><Coordinate Order="0" X="1" Y="1"/><Coordinate Order="1" X="9" Y="1"/>'
        '<Coordinate Order="2" X="9" Y="9"/></Coordinates></Annotation></Annotations></ASAP_Annotations>'
    )
    there.page.set_input_files("#file", {"name": "b.xml", "mimeType": "", "buffer": xml.encode()})
    expect(there.page.locator("#import-said li").first).to_be_visible()
    assert len(there.shapes()) == 3
    there.page.set_input_files("#file", {"name": "c.xml", "mimeType": "", "buffer": b"<!DOCTYPE a><a/>"})
    expect(there.page.locator("#alarm")).to_contain_text("c.xml")
    assert len(there.shapes()) == 3


def test_names_are_text(desk, serve_runs, tmp_path):
    run = tmp_path / "pictures"
    run.mkdir()
    Image.new("RGB", (SIDE, SIDE), "pink").save(run / "<img src=x onerror=alert(1)>.png")
    place = Place(run=str(run), annotations=str(tmp_path / "drawn"), raters=(HOSTILE,))
    served = serve_runs(run, annotate=place)
    here = desk(served, HOSTILE)
    here.square(10, 10, 20, 20)
    here.saved()
    feature = {
        "type": "Feature",
        "id": HOSTILE,
        "geometry": {"type": "Polygon", "coordinates": [[[50, 50], [60, 50], [60, 60], [50, 50]]]},
        "properties": {"name": HOSTILE, "classification": {"name": HOSTILE, "color": [1, 2, 3]}},
    }
    here.page.set_input_files(
        "#file", {"name": f"{HOSTILE}.json", "mimeType": "", "buffer": json.dumps(feature).encode()}
    )
    here.saved()
    shown = here.page.locator("#shapes button").first.inner_text()
    assert HOSTILE in shown
    assert "<img src=x" in here.page.inner_text("#title")
    assert HOSTILE in here.page.inner_text("#rater")
    assert here.page.locator("img[src=x]").count() == 0
    assert here.said == []


@pytest.mark.slow
def test_unsent_work_survives(desk, served, drawn, drawings, rater):
    here = desk(served)
    here.cut_off()
    here.square(10, 10, 20, 20)
    here.page.wait_for_selector("#state[data-state=offline]")
    assert not list(drawings.glob(f"*.{slug(rater)}.geojson"))
    here.page.reload()
    expect(here.page.locator("#shapes button")).to_have_count(1)
    here.saved()
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 100
    assert here.page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft')).length") == 0


@pytest.mark.slow
def test_the_keyboard_alone_draws(desk, served, drawn):
    here = desk(served)
    keyboard = here.page.keyboard
    here.page.locator("#stage").focus()
    keyboard.press("r")
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    for _ in range(5):
        keyboard.press("Shift+ArrowRight")
        keyboard.press("Shift+ArrowDown")
    keyboard.press("Enter")
    here.saved()
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 25
    keyboard.press("v")
    keyboard.press("Shift+ArrowUp")
    here.saved()
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 25
    keyboard.press("Delete")
    expect(here.page.locator("#shapes button")).to_have_count(0)


@pytest.mark.slow
def test_brush_outlines_give_their_pixels_back(desk, served):
    here = desk(served)
    found = here.page.evaluate(
        """async () => {
          const { fill, trace } = await import("./static/annotate.mask.js");
          const all = [];
          let seed = 1;
          const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
          for (let n = 0; n < 200; n++) {
            const [width, height] = [1 + Math.floor(random() * 8), 1 + Math.floor(random() * 8)];
            const data = Uint8Array.from({ length: width * height }, () => random() < 0.6 ? 1 : 0);
            const parts = trace({ left: 0, top: 0, width, height, data });
            all.push({ width, height, data: [...data], parts });
          }
          return all;
        }"""
    )
    for each in found:
        area = MultiPolygon([(rings[0], rings[1:]) for rings in each["parts"]])
        assert area.is_valid
        mask = np.array(each["data"], dtype=bool).reshape(each["height"], each["width"])
        for row, column in np.ndindex(mask.shape):
            assert area.contains(Point(column + 0.5, row + 0.5)) == mask[row, column]
        assert area.area == mask.sum()


@pytest.mark.slow
@pytest.mark.parametrize(("choice", "kept"), [("mine", {50}), ("theirs", {10}), ("both", {10, 50})])
def test_of_two_versions_the_chosen_one_goes_on(desk, served, choice, kept, drawn):
    one = desk(served)
    other = desk(served, like=one.page.context, name=None)
    one.square(10, 10, 20, 20)
    one.saved()
    other.square(50, 50, 60, 60)
    other.page.keyboard.press("Control+s")
    other.page.click(f"[data-choice={choice}]")
    other.saved()
    found = drawn()
    assert {round(item.geometry.bounds[0]) for item in found.items} == kept
    one.square(70, 70, 80, 80)
    one.page.keyboard.press("Control+s")
    if choice == "theirs":
        one.saved()
    else:
        one.page.click("[data-choice=both]")
        one.saved()
    assert {round(item.geometry.bounds[0]) for item in drawn().items} == {10, 70} | kept


@pytest.mark.slow
def test_work_on_an_image_that_was_submitted_elsewhere_is_not_lost(desk, served, drawn, journal):
    one = desk(served)
    other = desk(served, like=one.page.context, name=None)
    one.square(10, 10, 20, 20)
    one.page.click("#submit")
    one.page.click("#sure-yes")
    one.page.wait_for_selector("#agreement table")
    other.square(50, 50, 60, 60)
    other.page.keyboard.press("Control+s")
    other.page.click("[data-choice=both]")
    other.page.click("#versions [data-choice=mine]")
    other.saved()
    assert drawn().metadata.get("statkit:submitted") is None
    assert 50 in {round(item.geometry.bounds[0]) for item in drawn().items}
    assert "reopened" in [entry["action"] for entry in journal()]


@pytest.mark.slow
def test_work_of_a_window_that_was_closed_offline_is_found_by_another(desk, served, drawn):
    one = desk(served)
    one.cut_off()
    one.square(10, 10, 20, 20)
    one.page.wait_for_selector("#state[data-state=offline]")
    one.page.close()
    other = desk(served, like=one.page.context, name=None)
    expect(other.page.locator("#shapes button")).to_have_count(1)
    other.saved()
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 100


@pytest.mark.slow
def test_every_tool_draws_its_kind_and_handles_change_it(desk, served, drawn):
    here = desk(served)
    here.page.keyboard.press("e")
    here.drag((10, 10), (20, 15), (30, 20))
    here.page.keyboard.press("f")
    here.drag(*[(60 + 10 * np.cos(a), 30 + 10 * np.sin(a)) for a in np.linspace(0, 6.5, 40)])
    here.page.keyboard.press("d")
    here.page.mouse.click(*here.at(80, 80))
    here.page.keyboard.press("p")
    for corner in [(10, 50), (30, 50), (32, 70), (10, 70)]:
        here.page.mouse.click(*here.at(*corner))
    here.page.mouse.click(*here.at(10.3, 50.3))
    assert here.shapes() == ["Tumor · Polygon", "Tumor · Point", "Tumor · Polygon", "Tumor · Ellipse"]
    here.saved()
    ellipse, freehand, point, square = drawn().items
    assert ellipse.ellipse
    assert ellipse.geometry.bounds == pytest.approx((10, 10, 30, 20), abs=0.02)
    assert freehand.geometry.geom_type == "Polygon"
    assert freehand.geometry.area == pytest.approx(np.pi * 100, rel=0.03)
    assert point.geometry.coords[0] == pytest.approx((80, 80), abs=0.02)
    assert square.geometry.area == pytest.approx(420, rel=0.01)

    here.page.keyboard.press("v")
    here.page.mouse.click(*here.at(20, 60))
    here.page.mouse.click(*here.at(32, 70))
    here.page.keyboard.press("Delete")
    here.saved()
    assert len(here.shapes()) == 4
    assert drawn().items[3].geometry.area == pytest.approx(200, rel=0.01)
    here.page.keyboard.press("Control+z")
    here.drag((20, 60), (25, 60), (40, 60))  # the shape itself
    here.page.mouse.click(*here.at(20, 15))
    here.drag((20, 15), (20, 17), (20, 25))
    here.page.mouse.click(*here.at(80, 80))
    here.drag((80, 80), (70, 82), (60, 85))
    here.saved()
    ellipse, _, point, square = drawn().items
    assert square.geometry.bounds == pytest.approx((30, 50, 52, 70), abs=0.1)
    assert ellipse.ellipse
    assert ellipse.geometry.bounds == pytest.approx((10, 20, 30, 30), abs=0.1)
    assert point.geometry.coords[0] == pytest.approx((60, 85), abs=0.1)
    here.page.keyboard.press("Control+z")
    here.page.keyboard.press("Control+z")
    here.page.keyboard.press("Control+z")
    here.saved()
    assert drawn().items[3].geometry.bounds == pytest.approx((10, 50, 32, 70), abs=0.1)
    assert here.said == []


@pytest.mark.slow
def test_a_shape_with_holes_keeps_them_and_what_qupath_wrote(desk, served, drawn):
    here = desk(served)
    ring = [[10, 10], [50, 10], [50, 50], [10, 50], [10, 10]]
    hole = [[20, 20], [40, 20], [40, 40], [20, 40], [20, 20]]
    feature = {
        "type": "Feature",
        "id": "0b54dd42-aed4-4a53-9a4f-6b3f3e4f5a10",
        "geometry": {"type": "Polygon", "coordinates": [ring, hole]},
        "properties": {
            "objectType": "annotation",
            "name": "of QuPath",
            "isLocked": True,
            "measurements": {"Area": 3.5},
            "classification": {"names": ["Tumor", "Positive"], "color": [200, 50, 50]},
        },
    }
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    here.page.set_input_files("#file", {"name": "q.geojson", "mimeType": "", "buffer": data})
    expect(here.page.locator("#shapes button")).to_have_count(1)
    here.saved()
    [item] = drawn().items
    assert (item.name, item.label, item.locked) == ("of QuPath", "Tumor: Positive", True)
    assert item.measurements == {"Area": 3.5}
    assert rasterise(drawn(), (SIDE, SIDE)).sum() == 1600 - 400
    here.page.keyboard.press("v")
    here.page.mouse.click(*here.at(15, 15))
    here.page.keyboard.press("Delete")
    expect(here.page.locator("#shapes button")).to_have_count(1)
    assert here.said == []


@pytest.mark.slow
def test_fingers_zoom_and_the_wheel_does(desk, served):
    here = desk(served, width=390, has_touch=True)
    width = here.page.locator("#holder img").first.bounding_box()["width"]
    box = here.page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    wire = here.page.context.new_cdp_session(here.page)

    def touch(kind, *points):
        wire.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]},
        )

    here.page.click("[data-tool=rectangle]")
    touch("touchStart", (x - 40, y))
    touch("touchStart", (x - 40, y), (x + 40, y))
    for spread in (50, 70, 90):
        touch("touchMove", (x - spread, y), (x + spread, y))
    touch("touchEnd")
    wider = here.page.locator("#holder img").first.bounding_box()["width"]
    assert wider > 1.5 * width
    assert here.shapes() == []
    touch("touchStart", (x - 40, y - 40))
    touch("touchMove", (x, y))
    touch("touchMove", (x + 40, y + 40))
    touch("touchEnd")
    assert here.shapes() == ["Tumor · Rectangle"]
    here.page.mouse.move(x, y)
    here.page.mouse.wheel(0, 300)
    expect(here.page.locator("#zoom")).not_to_have_text("")
    assert here.page.locator("#holder img").first.bounding_box()["width"] < wider


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_it_fits_every_width_in_two_languages(desk, served, width, scheme, rater):
    here = desk(served, width=width, scheme=scheme, query="&lang=de")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= width
    assert here.page.inner_text("#rater") == f"Rater: {rater}"
    assert here.page.inner_text("#submit") == "Dieses Bild einreichen"
    here.page.click("#language")
    assert here.page.inner_text("#submit") == "Submit this image"
    named = "button, input:not([hidden]), select:not([hidden]), a, [role=application]"
    unnamed = here.page.evaluate(
        """named => [...document.querySelectorAll(named)].filter(each => each.checkVisibility()
          && !each.textContent.trim() && !each.getAttribute('aria-label')
          && !each.labels?.length && each.type !== 'file').length""",
        named,
    )
    assert unnamed == 0
    assert here.said == []


@pytest.mark.slow
def test_the_scripts_are_typed():
    if shutil.which("npx") is None:
        pytest.skip("no npx here: apt-get install npm")
    command = ["npx", "--yes", "-p", "typescript@5", "tsc", "-p"]
    command.append(str(Path(__file__).with_name("tsconfig.annotate.json")))
    checked = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert checked.returncode == 0, checked.stdout
