"""A small bidirectional ×3 network: past and future frames in, the centre frame in full size out."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from vsr.clips import FRAMES, SCALE

_CENTRE: Final = FRAMES // 2


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside an identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Map B×C×h×w to B×C×h×w."""
        result: Tensor = features + self.second(_rectified(self.first(features)))
        return result


class Trunk(nn.Module):
    """Residual blocks, then a fusion with the centre frame's own features.

    The first convolution reads the centre frame and the two on one side of it, nearest first.
    """

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d((FRAMES // 2 + 1) * channels, channels, 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(channels) for _ in range(blocks))
        self.fuse = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, frames: list[Tensor]) -> Tensor:
        """Map three feature maps B×C×h×w, centre first, to one."""
        features = _rectified(self.enter(torch.cat(frames, dim=1)))
        for block in self.blocks:
            features = block(features)
        fused: Tensor = _rectified(self.fuse(torch.cat([features, frames[0]], dim=1)))
        return fused


class SuperResolver(nn.Module):
    """Two trunks and a final fusion; the output is the bilinear image plus what was learnt.

    Parameters
    ----------
    channels : int
        Feature maps everywhere.
    blocks : int
        Residual blocks in each trunk.
    """

    def __init__(self, channels: int = 16, blocks: int = 3) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, channels, 3, padding=1)
        self.backward_trunk = Trunk(channels, blocks)
        self.forward_trunk = Trunk(channels, blocks)
        self.final_fusion = nn.Conv2d(2 * channels, channels, 3, padding=1)
        self.enlarge = nn.Conv2d(channels, 3 * SCALE**2, 3, padding=1)
        nn.init.zeros_(self.enlarge.weight)
        nn.init.zeros_(self.enlarge.bias)  # type: ignore[arg-type]

    def forward(self, low: Tensor) -> Tensor:
        """Map B×5×3×h×w to B×3×3h×3w."""
        embedded = _rectified(self.embed(low.flatten(0, 1)))
        frames = embedded.view(*low.shape[:2], *embedded.shape[1:]).unbind(1)
        past = self.forward_trunk(list(frames[_CENTRE::-1]))
        future = self.backward_trunk(list(frames[_CENTRE:]))
        fused = _rectified(self.final_fusion(torch.cat([future, past], dim=1)))
        learnt = functional.pixel_shuffle(self.enlarge(fused), SCALE)
        return bilinear(low) + learnt

    def watched_layers(self) -> dict[str, nn.Module]:
        """Give the layers whose activity is reported, in the order data pass, under readable names."""
        layers: dict[str, nn.Module] = {}
        for name, trunk in (("Backward", self.backward_trunk), ("Forward", self.forward_trunk)):
            layers |= {f"{name} {number}": block for number, block in enumerate(trunk.blocks, start=1)}
            layers[f"{name} Fuse"] = trunk.fuse
        layers["Final Fusion"] = self.final_fusion
        return layers


def _rectified(features: Tensor) -> Tensor:
    return functional.leaky_relu(features, 0.1)  # no unit dies at the peak of the learning rate


def bilinear(low: Tensor) -> Tensor:
    """Enlarge the centre frame: B×5×3×h×w to B×3×3h×3w. What the network is compared with."""
    return functional.interpolate(low[:, _CENTRE], scale_factor=SCALE, mode="bilinear", align_corners=False)
