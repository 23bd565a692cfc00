"""How good the model is on tiles it never saw: PSNR and SSIM against the clean ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader

from dae_kan.tiles import TestTiles
from statkit.training.quality import psnr, ssim


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Means over the test tiles.

    Attributes
    ----------
    psnr : float
        dB, of a range of 1.
    ssim : float
        In [−1, 1]: Wang and others 2004, 11×11 Gaussian window.
    """

    psnr: float
    ssim: float

    def __str__(self) -> str:
        return f"PSNR {self.psnr:.2f} dB, SSIM {self.ssim:.3f}"


def quality(model: nn.Module, device: torch.device, batch_size: int = 16) -> Quality:
    """Evaluate a model in eval mode; its mode is put back."""
    return _over(model, device, batch_size)


def quality_of_noisy() -> Quality:
    """Give what doing nothing scores."""
    return _over(nn.Identity(), torch.device("cpu"), 16)


@torch.inference_mode()
def _over(model: nn.Module, device: torch.device, batch_size: int) -> Quality:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    values: dict[str, list[torch.Tensor]] = {"psnr": [], "ssim": []}
    for noisy, clean in DataLoader(TestTiles(), batch_size=batch_size):
        output, truth = model(noisy.to(device)).clamp(0, 1), clean.to(device)
        values["psnr"].append(psnr(output, truth, 1.0, reduction="none"))
        values["ssim"].append(ssim(output, truth, 1.0, reduction="none"))
    for module, mode in modes.items():
        module.training = mode
    return Quality(**{name: float(torch.cat(parts).mean()) for name, parts in values.items()})
