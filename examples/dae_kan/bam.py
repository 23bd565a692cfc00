"""The bottleneck attention module: which channels and which places of a feature map count."""

from __future__ import annotations

from torch import Tensor, nn

_DILATION = 4


class BAM(nn.Module):
    """A residual gate: y = x + x · M with M = sigmoid(channel(x) + spatial(x)).

    ``gate`` is a module of its own, so that a forward hook sees M itself, B×C×H×W in (0, 1); the
    output of the block is features, not attention.

    Parameters
    ----------
    channels : int
        Of the features.
    reduction : int
        By which the channels are divided inside both branches.

    References
    ----------
    Park, Woo, Lee, Kweon, BAM: Bottleneck Attention Module, BMVC 2018, arXiv 1807.06514.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        self.channel = _channel_branch(channels, channels // reduction)
        self.spatial = _spatial_branch(channels, channels // reduction)
        self.gate = nn.Sigmoid()

    def forward(self, features: Tensor) -> Tensor:
        """Map B×C×H×W to the same shape."""
        attention: Tensor = self.gate(self.channel(features) + self.spatial(features))
        return features + features * attention


def _channel_branch(channels: int, inner: int) -> nn.Sequential:
    """One logit a channel: B×C×1×1."""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Conv2d(channels, inner, 1, bias=False),
        nn.BatchNorm2d(inner),
        nn.ReLU(),
        nn.Conv2d(inner, channels, 1),
    )


def _spatial_branch(channels: int, inner: int) -> nn.Sequential:
    """One logit a place: B×1×H×W, from a wide neighbourhood."""
    layers: list[nn.Module] = [nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU()]
    for _ in range(2):
        layers += [
            nn.Conv2d(inner, inner, 3, padding=_DILATION, dilation=_DILATION, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.Conv2d(inner, 1, 1))
