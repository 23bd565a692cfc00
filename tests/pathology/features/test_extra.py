"""Without scikit-image, one line says what to install."""

import subprocess
import sys

SCRIPT = """
import sys
sys.modules["skimage"] = None
from statkit.errors import MissingExtraError
try:
    import statkit.pathology.features
except MissingExtraError as error:
    print(error)
"""


def test_the_missing_package_is_named():
    finished = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert finished.stdout == "scikit-image is not installed. Run: pip install 'statkit[pathology]'\n"
