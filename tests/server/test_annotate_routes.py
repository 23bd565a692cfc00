"""The annotation page's routes: who may see what, and that nothing saved is overwritten."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import zoom

from statkit.server.annotate_sessions import Place
from statkit.sources import sidecar

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "examples" / "runs" / "dae_kan" / "val_batch_000031.npz"
JSON = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
SQUARE = {"type": "Polygon", "coordinates": [[[10, 10], [14, 10], [14, 14], [10, 14], [10, 10]]]}


def collection(*geometries):
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": g} for g in geometries]}


class Images:
    """One session's images, asked for as the page does."""

    def __init__(self, served):
        self.served = served
        [self.session] = served.json("/api/annotate")["sessions"]
        self.root = f"/api/annotate/{self.session['id']}"
        self.images = served.json(self.root)["images"]
        self.first = f"{self.root}/{self.images[0]['id']}"

    def post(self, what, **body):
        return self.served.ask("POST", f"{self.first}/{what}", json.dumps({"rater": "Anna", **body}), JSON)

    def get(self, what):
        return self.served.get(f"{self.first}/{what}{'&' if '?' in what else '?'}rater=Anna")


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    shutil.copy(KEPT, directory)
    return directory


@pytest.fixture
def images(serve_runs, run, tmp_path):
    return Images(serve_runs(run, annotate=Place(run=str(run), annotations=str(tmp_path / "drawn"))))


def test_a_session_names_images_classes_and_how_far_a_rater_is(images):
    told = images.served.json(f"{images.root}?rater=Anna")
    assert told["images"][0]["width"] == told["images"][0]["height"] == 96
    assert told["classes"][0] == {"name": "Tumor", "colour": [200, 0, 0]}
    assert {each["revision"] for each in told["statuses"]} == {0}
    png = images.get("image.png")
    assert png.headers["Content-Type"] == "image/png"
    assert png.body.startswith(b"\x89PNG")


def test_saving_makes_revisions_and_a_second_onto_the_same_is_a_conflict(images, tmp_path):
    saved = images.post("save", revision=0, geojson=collection(SQUARE)).json()
    assert saved["revision"] == 1
    other = {"type": "Point", "coordinates": [1, 2]}
    refused = images.post("save", revision=0, geojson=collection(other))
    assert refused.status == 409
    answer = refused.json()
    assert answer["revision"] == 1
    assert answer["theirs"]["features"][0]["geometry"] == SQUARE
    assert answer["yours"]["features"][0]["geometry"] == other
    assert images.post("save", revision=1, geojson=collection(other)).json()["revision"] == 2
    [path] = (tmp_path / "drawn").glob("*.geojson")
    assert images.get("annotations.geojson").body == path.read_bytes()
    assert images.get("shapes").json()["revision"] == 2


def test_the_attention_is_refused_until_the_journal_says_it_is_shown(images, tmp_path):
    layer = images.images[0]["layers"][0]
    assert images.get(f"overlay.png?layer={layer}").status == 403
    assert images.get("shapes").json()["unblinded"] is False
    assert images.post("overlay", layer="nothing", shown=True).status == 400
    assert images.post("overlay", layer=layer, shown=True).status == 200
    assert images.get(f"overlay.png?layer={layer}").body.startswith(b"\x89PNG")
    assert images.served.get(f"{images.first}/overlay.png?layer={layer}&rater=Bo").status == 403
    images.post("overlay", layer=layer, shown=False)
    lines = (tmp_path / "drawn" / "journal.jsonl").read_text().splitlines()
    actions = [json.loads(line)["action"] for line in lines]
    assert actions == ["overlay shown", "overlay hidden"]
    saved = images.post("save", revision=0, geojson=collection(SQUARE)).json()
    assert saved["geojson"]["metadata"]["statkit:overlay_shown"] == "true"


def test_the_agreement_is_refused_until_submitted_and_is_what_the_maps_say(images, run):
    whole = {"type": "Polygon", "coordinates": [[[0, 0], [96, 0], [96, 24], [0, 24], [0, 0]]]}
    images.post("save", revision=0, geojson=collection(whole))
    assert images.get("agreement").status == 403
    assert images.post("submit", revision=1).json()["submitted"]
    assert images.post("save", revision=2, geojson=collection(SQUARE)).status == 423
    answer = images.get("agreement").json()
    arrays, told = sidecar.read(run / KEPT.name)
    assert [row["layer"] for row in answer["rows"]] == told["layers"]
    for place, row in enumerate(answer["rows"]):
        values = np.asarray(arrays[f"attention/{place}"], dtype=np.float64)
        grown = zoom(values, 96 / values.shape[0], order=1, mode="nearest", grid_mode=True)
        highest = np.argsort(grown, axis=None)[-96 * 24 :]
        hit = int((highest < 96 * 24).sum())  # the first 24 rows are the drawn ones
        assert row["dice"] == pytest.approx(hit / (96 * 24), abs=1e-3)
        assert row["iou"] == pytest.approx(hit / (2 * 96 * 24 - hit), abs=1e-3)
        assert row["fraction"] == 0.25
    assert images.post("reopen", revision=2).json()["submitted"] is None
    assert images.get("agreement").status == 403


def test_an_import_says_what_it_lost_and_saves_nothing(images, tmp_path):
    xml = (
        "<ASAP_Annotations><Annotations><Annotation Name='a' Type='Dot' PartOfGroup='None'><Coordinates>"
        "<Coordinate Order='0' X='3' Y='4'/></Coordinates></Annotation></Annotations></ASAP_Annotations>"
    )
    answer = images.post("import", name="a.xml", text=xml).json()
    assert answer["format"] == "asap"
    assert answer["geojson"]["features"][0]["geometry"] == {"type": "Point", "coordinates": [3, 4]}
    w3c = {
        "id": "x",
        "type": "Annotation",
        "body": [],
        "target": {"selector": {"type": "FragmentSelector", "value": "xywh=percent:0,0,50,25"}},
    }
    [feature] = images.post("import", name="b", text=json.dumps([w3c])).json()["geojson"]["features"]
    assert feature["geometry"]["coordinates"][0][2] == [48, 24]
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><ASAP_Annotations>&b;</ASAP_Annotations>'
    assert images.post("import", name="c", text=bomb).status in (400, 404)
    assert images.post("import", name="d", text="[" * 100_000).status in (400, 404)
    assert not list((tmp_path / "drawn").glob("*.geojson"))


NONSENSE = [
    ("save", {"revision": -1, "geojson": {}}),
    ("save", {"revision": True, "geojson": {}}),
    ("save", {"revision": 0}),
    ("save", {"revision": 0, "geojson": 7}),
    ("save", {"revision": 0, "rater": " ", "geojson": collection()}),
    ("save", {"revision": 0, "rater": "a\nb", "geojson": collection()}),
    ("save", {"rater": 3}),
    ("opened", {"rater": None}),
    ("overlay", {"layer": ["bam_32"]}),
    ("import", {"name": "a"}),
    ("submit", {}),
    ("import", {"name": "a", "text": "\ud800"}),
    ("overlay", {"layer": "\ud800"}),
]


def test_what_makes_no_sense_is_refused_in_words(images, tmp_path):
    for what, body in NONSENSE:
        answer = images.post(what, **body)
        assert answer.status in (400, 404), (what, body)
        assert answer.json()["error"]
    assert not (tmp_path / "drawn").exists()


def test_text_that_is_none_is_replaced_not_fatal(images):
    feature = {"type": "Feature", "id": "\udfff", "geometry": SQUARE, "properties": {"name": "a\ud800"}}
    answer = images.post("save", revision=0, geojson={"type": "FeatureCollection", "features": [feature]})
    assert answer.status == 200
    assert answer.json()["geojson"]["features"][0]["properties"]["name"] == "a\N{REPLACEMENT CHARACTER}"


def test_ids_are_looked_up_and_other_sites_may_not_write(images, tmp_path):
    for path in (
        "/api/annotate/nothing",
        f"{images.root}/nothing/image.png",
        f"{images.root}/..%2f..%2fetc/image.png",
        f"{images.root}/nothing/shapes?rater=Anna",
    ):
        answer = images.served.get(path)
        assert answer.status == 404
        assert answer.json()["error"]
    body = json.dumps({"rater": "Anna", "revision": 0, "geojson": collection(SQUARE)})
    foreign = {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}
    assert images.served.ask("POST", f"{images.first}/save", body, foreign).status == 403
    assert images.served.ask("GET", f"{images.first}/submit").status == 405
    assert images.served.ask("POST", f"{images.first}/save", "[]", JSON).status == 400
    assert not (tmp_path / "drawn").exists()


def test_images_that_come_later_are_found_when_the_page_is_opened_again(images, run):
    before = len(images.images)
    shutil.copy(KEPT.with_name("val_batch_000032.npz"), run)
    assert len(images.served.json(images.root)["images"]) > before


def test_any_run_of_the_page_can_be_annotated_in_its_own_directory(serve_runs, run, write_run):
    shutil.copy(KEPT.with_name("batch_metrics.jsonl"), run)
    bare = write_run("bare")
    served = serve_runs(run, bare)
    ids = {each["name"]: each["id"] for each in served.json("/api/annotate")["sessions"]}
    assert set(ids) == {"run", "bare"}
    assert served.get(f"/api/annotate/{ids['bare']}").status == 400
    image = served.json(f"/api/annotate/{ids['run']}")["images"][0]["id"]
    body = json.dumps({"rater": "Anna", "revision": 0, "geojson": collection(SQUARE)})
    answer = served.ask("POST", f"/api/annotate/{ids['run']}/{image}/save", body, JSON)
    assert answer.status == 200
    assert len(list((run / "annotations").glob("*.geojson"))) == 1


@pytest.mark.slow
def test_a_save_may_be_as_large_as_an_import(images):
    ring = [[x / 1000, 1 + x % 7] for x in range(90_000)]
    ring += [[90, 20], [0, 20], ring[0]]
    big = {"type": "MultiPoint", "coordinates": ring}
    assert len(json.dumps(collection(big))) > 1 << 20
    assert images.post("save", revision=0, geojson=collection(big)).status == 200
