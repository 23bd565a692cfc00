"""The denoising autoencoder: an encoder with attention, a KAN bottleneck, a decoder with skips."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from dae_kan.bam import BAM
from dae_kan.kan import KAN


class DenoisingAutoencoder(nn.Module):
    """Noisy image in, clean image out, both in [0, 1].

    For a 96×96 tile the encoder goes 48², 24² (`BAM` of 32 channels), 12² (`KAN` and `BAM` of 48).
    Height and width must be multiples of 8.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = _block(3, 16, stride=2)
        self.middle = _block(16, 32, stride=2)
        self.middle_attention = BAM(32, reduction=4)
        self.deep = _block(32, 48, stride=2)
        self.bottleneck = KAN(48, 48)
        self.deep_attention = BAM(48, reduction=8)
        self.rise = _block(48 + 32, 24)
        self.widen = _block(24 + 16, 24)
        self.leave = nn.Conv2d(24 + 3 * 4, 3 * 4, 3, padding=1)

    def forward(self, noisy: Tensor) -> Tensor:
        """Map B×3×H×W to B×3×H×W in (0, 1)."""
        entered = self.enter(noisy)
        middle = self.middle_attention(self.middle(entered))
        deep = self.deep_attention(self.bottleneck(self.deep(middle)))
        risen = self.rise(torch.cat([_doubled(deep), middle], dim=1))
        widened = self.widen(torch.cat([_doubled(risen), entered], dim=1))
        seen = functional.pixel_unshuffle(noisy, 2)  # keeps the colours, which normalisation takes away
        return torch.sigmoid(functional.pixel_shuffle(self.leave(torch.cat([widened, seen], dim=1)), 2))


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ELU(),
    )


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
