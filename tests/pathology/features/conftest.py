"""Real tissue: the tile inside scikit-image, as it is and recoloured."""

import numpy as np
import pytest
from skimage import color, data


@pytest.fixture(scope="session")
def ihc():
    """Colonic glands, hematoxylin and DAB, (512, 512, 3) uint8."""
    return data.immunohistochemistry()


@pytest.fixture(scope="session")
def tile(ihc):
    return ihc[:96, 160:256]


@pytest.fixture(scope="session")
def recoloured(ihc):
    """The same morphology with eosin in the place of DAB (synthetic), its stains, and the image as bytes."""
    stains = color.separate_stains(ihc, color.hdx_from_rgb)
    wanted = np.stack([stains[..., 0], stains[..., 1], np.zeros(stains.shape[:2])], axis=-1)
    image = np.rint(color.combine_stains(wanted, color.rgb_from_hed) * 255).astype(np.uint8)
    return wanted[..., :2] * -np.log(1e-6), image
