import io
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from statkit.sources import sidecar as reader
from statkit.views.panels import HEIGHT, WIDTH, Panels, draw, drawn
from statkit.writers import sidecar

ROOT = Path(__file__).parents[2]


def made(*, layers=("bam_32",), count=200, keep=True, target=False, side=24, seed=0, **more):
    rng = np.random.default_rng(seed)
    names = ["input", "output", *(["target"] if target else [])]
    history = {
        "step": list(range(count)),
        "phase": ["val" if i % 20 == 19 else "train" for i in range(count)],
        "loss": [1 / (i + 1) for i in range(count)],
        "ssim": [i / count if i % 20 == 0 else None for i in range(count)],
        **{
            f"attention_{layer}_attention_entropy": [4.0 if i % 20 == 0 else None for i in range(count)]
            for layer in layers
        },
    }
    record = {"loss": 0.01, "ssim": 0.7, "psnr": 27.1, "mse": 0.002, "batch_size": 8, "memory_mb": 812.0}
    record |= {f"attention_{layer}_attention_entropy": 3.2 for layer in layers}
    given = {
        "phase": "train",
        "number": 100,
        "epoch": 2,
        "step": count,
        "batch_index": 19,
        "images": {n: rng.integers(0, 256, (side, side, 3), dtype=np.uint8) for n in names} if keep else {},
        "error": rng.random((side, side), dtype=np.float32),
        "attention": {layer: rng.random((6, 6), dtype=np.float32) for layer in layers},
        "history": history,
        "record": record,
        "meta": {"data_range": 1.0, "kinds": dict.fromkeys(layers, "gate"), "sample_ids": ["tile_1"]},
    }
    return Panels(**given | more)


def pixels(panels):
    with Image.open(io.BytesIO(drawn(panels))) as read:
        return np.asarray(read)


def box(picture, place):
    """Cut out the inside of one of the six panels."""
    left, top = 34 + place % 3 * (454 + 34), 96 + place // 3 * 440 + 52
    return picture[top : top + 370, left : left + 454]


def test_the_picture_has_the_size_it_says():
    assert pixels(made()).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("palette", ["seed", "safe"])
def test_it_looks_as_it_did(looks_like, palette):
    rows, columns = np.mgrid[:24, :24]
    image = np.stack([rows * 10, columns * 10, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    shown = made(
        images={"input": image, "output": image[::-1]},
        error=(rows * columns / 529).astype(np.float32),
        attention={"bam_32": np.eye(6, dtype=np.float32), "kan_48": np.arange(36.0).reshape(6, 6)},
        record={"loss": 0.01, "ssim": 0.7, "tissue_attention_correlation": -0.4},
        meta={"patient_ids": ["P-17"], "sample_ids": ["tile 1"], "mpp": 0.5, "tile_origin": [4096, 2048]},
    )
    looks_like(drawn(shown, palette), f"six_panels_{palette}")


def test_the_same_panels_give_the_same_bytes_whatever_was_drawn_between():
    first = drawn(made())
    drawn(made(layers=("a", "b", "c"), keep=False, seed=3))
    assert drawn(made()) == first


def test_another_thread_and_another_process_give_the_same_bytes(tmp_path):
    here = drawn(made())
    found = []
    thread = threading.Thread(target=lambda: found.append(drawn(made())))
    thread.start()
    thread.join()
    assert found == [here]
    sidecar.write(tmp_path / "a.npz", *made().to_arrays())
    script = (
        "import sys\nfrom statkit.sources import sidecar\nfrom statkit.views.panels import Panels, draw\n"
        "draw(Panels.from_arrays(*sidecar.read(sys.argv[1])), sys.argv[2])\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path / "a.npz"), str(tmp_path / "a.png")]
    subprocess.run(command, check=True, cwd=ROOT)
    assert (tmp_path / "a.png").read_bytes() == here


@pytest.mark.parametrize(
    "panels",
    [
        made(),
        made(layers=(), target=True),
        made(keep=False, error=None),
        made(count=1),
        made(count=3000),
        made(record={"loss": float("nan"), "psnr": float("inf")}, meta={}, epoch=None, step=None),
        made(history={"step": [0, 1], "phase": ["train"] * 2, "loss": [float("nan")] * 2}),
    ],
    ids=["plain", "target", "bare", "one point", "long", "nan", "no finite loss"],
)
def test_a_sidecar_gives_the_live_picture(tmp_path, panels):
    draw(panels, tmp_path / "live.png")
    sidecar.write(tmp_path / "a.npz", *panels.to_arrays())
    again = Panels.from_arrays(*reader.read(tmp_path / "a.npz"))
    draw(again, tmp_path / "later.png")
    assert (tmp_path / "live.png").read_bytes() == (tmp_path / "later.png").read_bytes()


def test_a_sidecar_stays_small_however_long_the_training(tmp_path):
    sidecar.write(tmp_path / "a.npz", *made(count=100_000, keep=False).to_arrays())
    assert (tmp_path / "a.npz").stat().st_size < 200_000


def test_images_that_are_not_kept_are_not_in_the_sidecar():
    arrays, _ = made(keep=False).to_arrays()
    assert not [name for name in arrays if name.startswith("images/")]


@pytest.mark.parametrize(
    "style", ["dark_background", "ggplot", "fast", "bmh", "seaborn-v0_8-poster", "Solarize_Light2"]
)
def test_a_users_style_changes_nothing(style):
    import matplotlib.style

    plain = drawn(made())
    with matplotlib.style.context(style):
        matplotlib.rcParams["text.parse_math"] = True
        matplotlib.rcParams["path.sketch"] = (1, 100, 2)
        matplotlib.rcParams["figure.autolayout"] = True
        fresh = []
        thread = threading.Thread(target=lambda: fresh.append(drawn(made())))  # a sheet of its own
        thread.start()
        thread.join()
        assert drawn(made()) == plain
        assert fresh == [plain]


def test_panels_are_filled_without_any_library_that_draws():
    drawing = "{'matplotlib', 'PIL', 'pandas', 'seaborn'}"
    script = f"import sys, statkit.views.panels\nprint({drawing} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "set()"


def test_panels_show_the_pixels_they_are_given():
    image = np.full((8, 8, 3), (10, 200, 90), dtype=np.uint8)
    picture = pixels(made(images={"input": image, "output": image[..., ::-1]}))
    assert np.median(box(picture, 0)[100:250, 150:300].reshape(-1, 3), axis=0).tolist() == [10, 200, 90]
    assert np.median(box(picture, 1)[100:250, 150:300].reshape(-1, 3), axis=0).tolist() == [90, 200, 10]


def test_the_error_map_runs_from_green_to_red_on_a_scale_from_zero():
    error = np.zeros((10, 10), dtype=np.float32)
    error[:, 5:] = 0.5
    inside = box(pixels(made(error=error)), 2)
    assert inside[150, 50].tolist() == [26, 152, 80]
    assert inside[150, 300].tolist() == [215, 48, 39]


def test_attention_is_blue_where_low_and_red_where_high():
    ramp = np.repeat(np.array([[0.2, 0.2, 0.9, 0.9]], dtype=np.float32), 4, axis=0)
    inside = box(pixels(made(images={}, attention={"bam": ramp})), 3).astype(int)
    left, right = inside[200, 30], inside[200, 320]
    assert left[2] > 150 > left[0]
    assert right[0] > 150 > right[2]


def test_the_curves_follow_the_history():
    falling, rising = (
        {"step": range(50), "phase": ["train"] * 50, "loss": [a + b * i for i in range(50)]}
        for a, b in ((2.0, -0.02), (1.0, 0.02))
    )
    for history, corner, other in ((falling, 60, -40), (rising, -40, 60)):
        inside = box(pixels(made(layers=(), history=history)), 4).astype(int)
        blue = (inside[..., 2] - inside[..., 0] > 120)[40:, 62:442]
        assert blue[:60, :60].any() == (corner == 60)
        assert blue[-110:-50, :60].any() == (other == 60)


def test_four_layers_are_shown_and_the_rest_is_counted():
    from statkit.views.panel_images import attention_about

    layers = tuple(f"bam_{n}" for n in (2, 10, 1, 3, 4, 5))
    assert "2 more not shown" in attention_about(made(layers=layers))
    assert pixels(made(layers=layers)).shape == (HEIGHT, WIDTH, 3)


HOSTILE = "$\\frac{a$ <script> \x1b[31m 名前 \u202e " + "long " * 60


@pytest.mark.parametrize(
    "panels",
    [
        made(
            layers=(HOSTILE,),
            meta={"sample_ids": [HOSTILE], "patient_ids": HOSTILE, "kinds": {HOSTILE: HOSTILE}},
        ),
        made(layers=tuple(f"{HOSTILE}{n}" for n in range(9))),
        made(phase=HOSTILE[:20], meta={"tile_origin": [HOSTILE], "mpp": HOSTILE, "data_range": HOSTILE}),
    ],
)
@pytest.mark.filterwarnings("error")
def test_hostile_names_are_drawn_as_they_stand_and_stay_in_their_panels(panels):
    picture = pixels(panels)
    for left, right in ((0, 34), (34 + 454, 522), (522 + 454, 1010), (1466, 1500)):
        assert (picture[90:975, left:right] > 250).all(), "text or image between the panels"


def test_a_target_puts_two_images_in_the_first_panel():
    white = np.full((8, 8, 3), 255, dtype=np.uint8)
    images = {"input": white // 2, "output": white, "target": white // 4}
    inside = box(pixels(made(images=images)), 0)
    shades = {tuple(pixel) for pixel in inside[180, ::5]}
    assert {(127, 127, 127), (63, 63, 63)} <= shades


@pytest.mark.parametrize("shape", [(8, 200), (200, 8), (1, 1), (3, 1000)])
def test_images_of_any_shape_fit(shape):
    image = np.zeros((*shape, 3), dtype=np.uint8)
    picture = pixels(made(images={"input": image, "output": image}, error=np.ones(shape, np.float32)))
    assert (picture[90:975, 34 + 454 : 522] > 250).all()


def test_arrays_that_are_no_dashboard_are_refused():
    arrays, meta = made().to_arrays()
    with pytest.raises(ValueError, match="not the arrays of a dashboard"):
        Panels.from_arrays(arrays, {})
    with pytest.raises(ValueError, match="not the arrays of a dashboard"):
        Panels.from_arrays({name: a for name, a in arrays.items() if name != "attention/0"}, meta)
    with pytest.raises(ValueError, match="sides"):
        Panels.from_arrays(arrays | {"error": np.zeros(3)}, meta)


def test_a_file_that_cannot_be_written_is_an_oserror(tmp_path):
    with pytest.raises(OSError, match="absent"):
        draw(made(), tmp_path / "absent" / "a.png")


def test_drawing_leaves_nothing_behind():
    from matplotlib._pylab_helpers import Gcf

    for seed in range(3):
        drawn(made(seed=seed))
    from statkit.views import picture

    assert not Gcf.figs
    assert not picture._drawing.sheets[HEIGHT].figure.get_children()[1:]


@pytest.mark.slow
def test_a_thousand_dashboards_do_not_grow_the_memory():
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    panels = made()
    for _ in range(100):
        drawn(panels)
    before = resident()
    for _ in range(1000):
        drawn(panels)
    assert resident() - before < 8 << 20
