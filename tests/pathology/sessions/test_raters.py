import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statkit import layout
from statkit.errors import UsageError
from statkit.pathology.sessions.raters import MAX_LENGTH, name_of, slug


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Anna Müller", "anna-muller"),
        ("Dr. O'Neil / 2", "dr-o-neil-2"),
        ("张伟", "rater"),
        ("../..", "rater"),
    ],
)
def test_slugs_are_readable_where_they_can_be(name, readable):
    assert re.fullmatch(re.escape(readable) + "-[0-9a-f]{8}", slug(name))


@given(
    st.text(
        st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\ufffd"),
        min_size=1,
        max_size=60,
    ).filter(str.strip)
)
def test_any_name_gives_a_file_name_that_is_found_again(name):
    made = layout.annotation_name("val_batch_000001", slug(name))
    assert made.isascii()
    assert len(made) < 80
    assert layout.parse_annotation(made) == ("val_batch_000001", slug(name))
    assert slug(f" {name} ") == slug(name_of(name))


def test_names_that_look_alike_are_apart_and_forms_of_one_are_not():
    assert slug("Anna") != slug("anna")
    assert slug("张伟") != slug("王芳")
    assert slug("Mu\u0308ller") == slug("M\u00fcller")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "\ud800", "a\ufffd", "x" * (MAX_LENGTH + 1)])
def test_what_is_no_name(name):
    with pytest.raises(UsageError, match="no name of a rater"):
        slug(name)
