"""Agreement of attention, or of any mask, with what people drew.

Arrays in, frozen results out: `overlap.overlap` and `distances.distances` compare two masks,
`thresholding.attended` makes a mask of a map, `raters` and `consensus` are about several raters, and
`validation.validate` does all of it for many images. `matching.matched` finds images and annotations on disk.
"""

try:
    import scipy  # noqa: F401
    import shapely  # noqa: F401
except ModuleNotFoundError as error:
    from statkit.errors import MissingExtraError

    raise MissingExtraError(str(error.name), "pip install 'statkit[pathology]'") from error
