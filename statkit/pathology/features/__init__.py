"""Features of a tile of stained tissue: stains, nuclei, texture and colour, as numbers and as maps.

Needs scikit-image, which the extra ``pathology`` brings.
"""

try:
    import skimage  # noqa: F401
except ModuleNotFoundError as error:
    from statkit.errors import MissingExtraError

    raise MissingExtraError("scikit-image", "pip install 'statkit[pathology]'") from error

from statkit.pathology.features.feature_maps import FeatureMaps, feature_maps
from statkit.pathology.features.macenko import macenko
from statkit.pathology.features.many import features_of_images
from statkit.pathology.features.stains import STAINS, Stains
from statkit.pathology.features.tile_features import TileFeatures, tile_features

__all__ = [
    "STAINS",
    "FeatureMaps",
    "Stains",
    "TileFeatures",
    "feature_maps",
    "features_of_images",
    "macenko",
    "tile_features",
]
