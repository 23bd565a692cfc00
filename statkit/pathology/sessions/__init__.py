"""Annotation sessions: which images raters draw on, and how what they draw is kept.

The data side of an annotation page: nothing here serves anything. Needs shapely, which the extra
``pathology`` brings.
"""

from importlib.util import find_spec

from statkit.errors import MissingExtraError

if find_spec("shapely") is None:  # asked here, so that no page opens whose first save fails
    missing = MissingExtraError("shapely", "pip install 'statkit[pathology]'")
    missing.name = "shapely"
    raise missing
