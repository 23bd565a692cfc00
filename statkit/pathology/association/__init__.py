"""Association of attention with the features of tissue, against nulls that know how maps are made.

Needs scipy, which the extra ``pathology`` brings.
"""

try:
    import scipy  # noqa: F401
except ModuleNotFoundError as error:
    from statkit.errors import MissingExtraError

    raise MissingExtraError("scipy", "pip install 'statkit[pathology]'") from error

from statkit.pathology.association.association import Association, associate
from statkit.pathology.association.batch import batch_association
from statkit.pathology.association.consistency import Consistency, mapped_back, spatial_consistency
from statkit.pathology.association.feature_association import FeatureAssociation
from statkit.pathology.association.localisation import Localisation

__all__ = [
    "Association",
    "Consistency",
    "FeatureAssociation",
    "Localisation",
    "associate",
    "batch_association",
    "mapped_back",
    "spatial_consistency",
]
