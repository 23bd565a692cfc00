import os
import resource

import pytest

from statkit.training import memory
from statkit.training.memory import resident_mib


def test_the_resident_set_is_the_kernels():
    with open("/proc/self/status") as status:
        told = next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
    assert resident_mib() == pytest.approx(told, rel=0.05)


def test_where_there_is_no_proc_the_peak_is_told(monkeypatch):
    monkeypatch.setattr(memory, "_STATM", os.devnull)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert resident_mib() == pytest.approx(peak, rel=0.05)
