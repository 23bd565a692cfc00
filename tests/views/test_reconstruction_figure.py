import io

import numpy as np
import pytest
from PIL import Image

from statkit.views.panels import Panels
from statkit.views.picture import rendered
from statkit.views.pixels import SEED
from statkit.views.reconstruction_figure import compose, height


def panels(number, error=0.5, names=("input", "target", "output"), side=24):
    rows, columns = np.mgrid[:side, :side]
    image = np.stack([rows * 10, columns * 10, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    return Panels(
        phase="train",
        number=number,
        step=number,
        images=dict.fromkeys(names, image),
        error=np.full((side, side), error, np.float32),
        attention={"bam_6": np.eye(6, dtype=np.float32)},
        record={"loss": 0.1, "ssim": 0.8, "psnr": 27.0, "mse": 0.002},
    )


def picture(shown, run="a run"):
    data = rendered(lambda sheet: compose(sheet, run, shown, SEED), height(shown))
    with Image.open(io.BytesIO(data)) as read:
        return data, np.asarray(read)


def test_it_looks_as_it_did(looks_like):
    looks_like(picture([panels(100, 0.9), panels(200, 0.4), panels(300, 0.1)])[0], "figure_reconstruction")


def test_all_rows_share_one_scale_of_error():
    _, made = picture([panels(1, 1.0), panels(2, 0.0), panels(3, 0.5)])
    side = (made.shape[0] - 122 - 44) // 3 - 14
    x = 34 + 178 + 3 * (side + 14) + side // 2
    rows = [tuple(made[122 + row * (side + 14) + side // 2, x]) for row in range(3)]
    assert rows == [SEED.error[-1], SEED.error[0], SEED.error[1]]


@pytest.mark.parametrize("shown", [[panels(1)], [panels(1, names=()), panels(2)], [panels(1, names=())]])
def test_what_is_not_kept_is_left_out_or_blank(shown):
    _, made = picture(shown)
    assert made.shape[1] == 1500
    assert made.shape[0] == height(shown)


def test_a_long_name_stays_on_the_sheet():
    _, made = picture([panels(1)], "$\\frac{a}{b}$<script>" + "x" * 500)
    assert (made[:, 1480:] == 255).all()
