from hypothesis import given
from hypothesis import strategies as st

from statkit.pathology.annotations.colours import CLASS_COLOURS, colour_of, packed, unpacked


def test_tumor_as_qupath_packs_it():
    assert packed((200, 0, 0)) == -3670016
    assert unpacked(-3670016) == CLASS_COLOURS["Tumor"] == (200, 0, 0)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_packing_keeps_every_colour(colour):
    number = packed(colour)
    assert -(1 << 24) <= number < 0
    assert unpacked(number) == unpacked(number % (1 << 32)) == colour


def test_a_derived_class_has_the_colour_of_the_nearest_known_one():
    assert colour_of("Tumor: Positive: 3+") == colour_of("Tumor")
    assert colour_of("Gland") is None
    assert colour_of("Ignore*") == (180, 180, 180)
