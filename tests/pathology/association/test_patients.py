import numpy as np
import pytest

from statkit.errors import UsageError
from statkit.pathology.association.patients import Patients


def test_unknown_patients_count_each():
    patients = Patients.of(["a", None, "b", None, "a"], 5)
    assert patients.unknown == 2
    assert patients.count() == 4
    assert patients.count(np.array([True, False, False, False, True])) == 1
    assert Patients.of(None, 3).count() == Patients.of(None, 3).unknown == 3
    assert Patients.of([1, "1", 2], 3).count() == 2
    assert Patients.of([None, "0"], 2).count() == 2


def test_one_name_an_image():
    with pytest.raises(UsageError, match="2 patients for 3 images"):
        Patients.of(["a", "b"], 3)
