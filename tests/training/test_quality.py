"""MSE, PSNR and SSIM against scikit-image, and against the definition in a loop."""

import math

import numpy as np
import pytest
import torch
from skimage import data, metrics
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from statkit.training.quality import mse, mse_and_psnr, psnr, ssim


def pair(shape=(3, 3, 40, 52), noise=0.1, seed=0, low=0.0, high=1.0):
    """A smooth batch and its noisy copy, in [low, high]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    phase = rng.uniform(0, 6, size=(*shape[:-2], 1, 1))
    clean = 0.5 + 0.4 * np.sin(y / 5 + phase) * np.cos(x / 7 + phase)
    noisy = np.clip(clean + noise * rng.normal(size=shape), 0, 1)
    return low + (high - low) * clean, low + (high - low) * noisy


def skimage_ssim(x, y, span):
    return [
        metrics.structural_similarity(
            a,
            b,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=span,
            channel_axis=0,
        )
        for a, b in zip(x, y, strict=True)
    ]


def skimage_psnr(x, y, span):
    return [metrics.peak_signal_noise_ratio(a, b, data_range=span) for a, b in zip(x, y, strict=True)]


def tensors(*arrays, dtype=torch.float32):
    return [torch.from_numpy(each).to(dtype) for each in arrays]


SHAPES = [(3, 3, 40, 52), (1, 1, 11, 11), (2, 3, 11, 64), (4, 1, 96, 96), (1, 4, 17, 12)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (0, 255)])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.float64, 1e-11)])
def test_agrees_with_scikit_image(shape, low, high, dtype, close):
    x, y = pair(shape, low=low, high=high)
    span = high - low
    a, b = tensors(x, y, dtype=dtype)
    assert mse(a, b).item() == pytest.approx(metrics.mean_squared_error(x, y), rel=1e-6)
    np.testing.assert_allclose(psnr(a, b, span, reduction="none"), skimage_psnr(x, y, span), atol=1e-5)
    np.testing.assert_allclose(ssim(a, b, span, reduction="none"), skimage_ssim(x, y, span), atol=close)
    assert psnr(a, b, span).item() == pytest.approx(np.mean(skimage_psnr(x, y, span)), abs=1e-5)
    assert ssim(a, b, span).item() == pytest.approx(np.mean(skimage_ssim(x, y, span)), abs=close)


def test_ssim_is_the_definition():
    """Wang et al. 2004, place by place."""
    x, y = pair((1, 1, 14, 13))
    at = np.arange(-5, 6)
    window = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 1.5**2))
    window /= window.sum()
    places = []
    for i in range(4):
        for j in range(3):
            a, b = x[0, 0, i : i + 11, j : j + 11], y[0, 0, i : i + 11, j : j + 11]
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
            both = (window * (a - ma) * (b - mb)).sum()
            c1, c2 = 0.01**2, 0.03**2
            similarity = (2 * ma * mb + c1) * (2 * both + c2)
            places.append(similarity / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    assert ssim(*tensors(x, y, dtype=torch.float64), 1.0).item() == pytest.approx(np.mean(places), abs=1e-12)


def test_identical_images():
    (x,) = tensors(pair()[0])
    assert mse(x, x.clone()).item() == 0
    assert psnr(x, x.clone(), 1.0).item() == math.inf
    assert ssim(x, x.clone(), 1.0).item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.uint8])
def test_both_errors_at_once(dtype):
    x, y = (each.to(dtype) for each in tensors(*pair(high=255)))
    both = mse_and_psnr(x, y, 255.0)
    assert both == (mse(x, y), psnr(x, y, 255.0))
    with pytest.raises(ValueError, match="data_range"):
        mse_and_psnr(x, y, 0.0)


def test_one_identical_image_shows_in_its_own_value_and_the_mean():
    x, y = tensors(*pair())
    y[1] = x[1]
    each = psnr(x, y, 1.0, reduction="none")
    assert torch.isinf(each).tolist() == [False, True, False]
    assert psnr(x, y, 1.0).item() == math.inf


def test_the_mean_of_decibels_is_not_the_decibels_of_the_mean():
    x, _ = pair((2, 3, 20, 20))
    y = x + np.array([0.01, 0.2]).reshape(2, 1, 1, 1)
    found = psnr(*tensors(x, y, dtype=torch.float64), 1.0).item()
    assert found == pytest.approx((40 - 20 * math.log10(0.2)) / 2)
    assert found - 10 * math.log10(1 / np.mean((x - y) ** 2)) > 4


@pytest.mark.parametrize("shape", [(2, 3, 10, 40), (2, 3, 40, 10), (1, 1, 1, 1)])
def test_images_smaller_than_the_window_have_no_ssim(shape):
    x, y = tensors(*pair(shape))
    assert ssim(x, y, 1.0) is None
    assert ssim(x, y, 1.0, reduction="none") is None
    assert psnr(x, y, 1.0).isfinite()


def test_the_range_is_part_of_the_definition():
    x, y = pair(low=-1, high=1)
    a, b = tensors(x, y)
    assert ssim(a, b, 2.0).item() == pytest.approx(np.mean(skimage_ssim(x, y, 2)), abs=1e-5)
    assert abs(ssim(a, b, 1.0) - ssim(a, b, 2.0)) > 0.01
    assert (psnr(a, b, 2.0) - psnr(a, b, 1.0)).item() == pytest.approx(20 * math.log10(2))


@pytest.mark.parametrize("damage", ["noise", "blur"])
def test_two_wrong_ssims_are_others(damage):
    """One window over the whole image, and scikit-image's default: neither is Wang's."""
    x = data.immunohistochemistry()[:96, :96].transpose(2, 0, 1)[None] / 255
    if damage == "noise":
        y = np.clip(x + 0.1 * np.random.default_rng(0).normal(size=x.shape), 0, 1)
    else:
        y = sum(np.roll(x, (i, j), axis=(2, 3)) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)) / 25
    ours = ssim(*tensors(x, y), 1.0).item()
    covariance = np.cov(x.ravel(), y.ravel(), ddof=0)
    c1, c2, (mx, my) = 0.01**2, 0.03**2, (x.mean(), y.mean())
    whole = (2 * mx * my + c1) * (2 * covariance[0, 1] + c2)
    whole /= (mx**2 + my**2 + c1) * (np.trace(covariance) + c2)
    default = metrics.structural_similarity(x[0], y[0], data_range=1, channel_axis=0)
    assert ours == pytest.approx(skimage_ssim(x, y, 1)[0], abs=1e-5)
    assert whole - ours > 0.1
    assert abs(default - ours) > 0.005


def test_an_offset_does_not_cost_digits():
    """Slight structure far from zero: the squares of 1,000 keep no trace of it in float32."""
    x, y = pair(low=1000, high=1001)
    x, y = x.astype(np.float32), y.astype(np.float32)
    found = ssim(torch.from_numpy(x), torch.from_numpy(y), 1.0).item()
    assert found == pytest.approx(
        np.mean(skimage_ssim(x.astype(np.float64), y.astype(np.float64), 1)), abs=1e-4
    )


def test_sums_are_wide():
    x = torch.full((1, 3, 1024, 1024), 0.1)
    x[0, 0, 0, 0] = 4096
    wanted = np.mean(x.numpy().astype(np.float64) ** 2)
    assert mse(x, torch.zeros_like(x)).item() == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened_first(dtype):
    x, y = (each.to(dtype) for each in tensors(*pair()))
    wide = x.double(), y.double()
    assert mse(x, y).item() == pytest.approx(mse(*wide).item(), rel=1e-6)
    assert ssim(x, y, 1.0).item() == pytest.approx(ssim(*wide, 1.0).item(), abs=1e-5)


def test_bytes_do_not_wrap():
    x = torch.full((1, 1, 12, 12), 3, dtype=torch.uint8)
    y = torch.full((1, 1, 12, 12), 250, dtype=torch.uint8)
    assert mse(x, y).item() == 247**2


def test_autocast_does_not_round():
    x, y = tensors(*pair())
    plain = ssim(x, y, 1.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(ssim(x, y, 1.0), plain)


def test_memory_layout_does_not_matter():
    x, y = tensors(*pair())
    strided = x.to(memory_format=torch.channels_last), y.transpose(2, 3).contiguous().transpose(2, 3)
    torch.testing.assert_close(ssim(*strided, 1.0), ssim(x, y, 1.0), rtol=0, atol=1e-6)
    torch.testing.assert_close(mse(*strided), mse(x, y))


def test_nothing_is_changed_or_followed():
    x, y = tensors(*pair())
    x.requires_grad_()
    before = x.detach().clone(), y.clone()
    random = torch.get_rng_state()
    for found in (mse(x, y), psnr(x, y, 1.0), ssim(x, y, 1.0)):
        assert not found.requires_grad
        assert found.dtype == torch.float64
        assert found.shape == ()
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
    assert torch.equal(torch.get_rng_state(), random)
    with torch.inference_mode():
        assert ssim(x, y, 1.0).isfinite()


def test_nan_is_passed_on():
    x, y = tensors(*pair())
    y[0, 0, 5, 5] = math.nan
    for found in (mse(x, y), psnr(x, y, 1.0), ssim(x, y, 1.0)):
        assert found.isnan()
    assert ssim(x, y, 1.0, reduction="none").isnan().tolist() == [True, False, False]


class Reads(TorchDispatchMode):
    """Counts what would wait for the device."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func is torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_no_value_is_read(reduction):
    x, y = tensors(*pair())
    with Reads() as reads:
        (
            mse(x, y, reduction=reduction),
            psnr(x, y, 1.0, reduction=reduction),
            ssim(x, y, 1.0, reduction=reduction),
        )
        assert reads.count == 0
        x[0, 0, 0, 0].item()
    assert reads.count == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_stays_on_the_device(dtype):
    with FakeTensorMode():
        x = torch.empty(2, 3, 32, 32, device="cuda", dtype=dtype)
        y = torch.empty_like(x)
        for found in (*mse_and_psnr(x, y, 1.0), psnr(x, y, 1.0), ssim(x, y, 1.0)):
            assert found.device.type == "cuda"
            assert found.shape == ()
        assert ssim(x, y, 1.0, reduction="none").shape == (2,)


def test_mse_and_psnr_take_any_batch():
    x, y = tensors(np.arange(6.0).reshape(2, 3), np.zeros((2, 3)))
    assert mse(x, y, reduction="none").tolist() == pytest.approx([5 / 3, 50 / 3])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a: mse(a, a[:1]), r"3×3×40×52.*1×3×40×52"),
        (lambda a: psnr(a, a[..., 1:], 1.0), "equal shapes"),
        (lambda a: mse(a[0, 0, 0], a[0, 0, 0]), "give a batch"),
        (lambda a: mse(a[:0], a[:0]), "0×3×40×52.*at least one"),
        (lambda a: ssim(a[0], a[0], 1.0), r"B×C×H×W.*3×40×52"),
        (lambda a: ssim(a, a, 0.0), "data_range is 0.0.*255"),
        (lambda a: psnr(a, a, -1.0), "data_range is -1.0"),
        (lambda a: psnr(a, a, math.nan), "data_range is nan"),
        (lambda a: ssim(a, a, math.inf), "data_range is inf"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, said):
    (x,) = tensors(pair()[0])
    with pytest.raises(ValueError, match=said):
        call(x)
