import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit.pathology.annotations.facts import ImageFacts, pixel_sha256

WORDS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1).map(str.strip).filter(bool)
NUMBERS = st.integers(-(10**6), 10**6).map(lambda n: n / 100)
FACTS = st.builds(
    ImageFacts,
    image_sha256=st.none() | WORDS,
    image_size=st.none() | st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)),
    rater=st.none() | WORDS,
    session=st.none() | WORDS,
    overlay_shown=st.none() | st.booleans(),
    mpp=st.none() | st.integers(1, 10**4).map(lambda n: n / 1000),
    tile_origin=st.none() | st.tuples(NUMBERS, NUMBERS),
)


@given(FACTS)
def test_metadata_say_what_they_were_made_of(facts):
    metadata = facts.to_metadata()
    assert ImageFacts.from_metadata(metadata) == facts
    assert all(isinstance(text, str) for text in metadata.values())


def test_the_texts_are_these():
    facts = ImageFacts(image_size=(96, 64), overlay_shown=False, mpp=0.25, tile_origin=(1024.0, 0.5))
    assert facts.to_metadata() == {
        "statkit:image_size": "96x64",
        "statkit:overlay_shown": "false",
        "statkit:mpp": "0.25",
        "statkit:tile_origin": "1024,0.5",
    }


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("image_size", "96"),
        ("image_size", "96x0"),
        ("image_size", "9x-6"),
        ("image_size", "٣x4"),
        ("overlay_shown", "perhaps"),
        ("mpp", "-1"),
        ("mpp", "nan"),
        ("mpp", "x"),
        ("tile_origin", "1"),
        ("tile_origin", "1,inf"),
        ("rater", "  "),
        ("rater", ""),
    ],
)
def test_what_makes_no_sense_is_not_known(key, text):
    assert ImageFacts.from_metadata({f"statkit:{key}": text}) == ImageFacts()


def test_pixels_are_known_by_the_hash_of_their_bytes():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert pixel_sha256(image) == hashlib.sha256(bytes(range(24))).hexdigest()
    assert pixel_sha256(image[:, ::2]) == hashlib.sha256(image[:, ::2].copy().tobytes()).hexdigest()
