"""What is known of a run before the checklist is gone through: images, computed values, annotations."""

from __future__ import annotations

from dataclasses import dataclass

from statkit.analysis.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Images(Result):
    """The images that the files of a run hold, which are a sample of those it was trained on.

    Attributes
    ----------
    tiles : int
        Images kept, every sidecar's.
    distinct : int
        Of these, how many differ in a pixel or in size.
    sha256 : str or None
        SHA-256 of the distinct images' own SHA-256 values (of the RGB bytes, row by row, in hexadecimal),
        sorted and joined by newlines. None without images.
    tiles_train, tiles_val : int
        Of either phase.
    patients : int or None
        Patients named for the distinct images; None where one image or more has none.
    named_samples, named_patients, with_mpp : int
        Distinct images that carry a sample's id, a patient's id, the size of a pixel.
    shared_patients : int or None
        Patients with images in both phases; None unless every image of both phases names one.
    sidecars, unread : int
        Files looked at, and of these the ones that could not be read.
    passed_over : int
        Further files that were not looked at.
    """

    tiles: int = 0
    distinct: int = 0
    sha256: str | None = None
    tiles_train: int = 0
    tiles_val: int = 0
    patients: int | None = None
    named_samples: int = 0
    named_patients: int = 0
    with_mpp: int = 0
    shared_patients: int | None = None
    sidecars: int = 0
    unread: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed(Result):
    """One value that was computed of the images.

    Attributes
    ----------
    what : str
        ``bam_32 with hematoxylin: mean Spearman correlation``.
    value : float or None
        None where it is not defined.
    low, high : float or None
        Ends of its 95 % interval, where there is one.
    p_adjusted : float or None
        Benjamini–Hochberg, over all of a table; None without a test.
    null : str
        What it was tested against; ``none`` for a value that only describes.
    tiles : int
        Images it is a mean over.
    patients : int or None
        None where they are not known.
    verdict : str
        The analysis's own word.
    """

    what: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p_adjusted: float | None = None
    null: str = "none"
    tiles: int = 0
    patients: int | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked(Result):
    """Annotations of the run's images.

    Attributes
    ----------
    files : int
        Annotation files that could be read.
    images : int
        Images that at least one of them belongs to.
    raters : int
        Different names of raters.
    by_two : int
        Images that two raters or more marked.
    agreement : str
        What was computed of the raters' agreement, in a sentence; empty where nothing was.
    """

    files: int
    images: int
    raters: int
    by_two: int
    agreement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Result):
    """Everything the checklist looks at.

    Attributes
    ----------
    images : Images
        The images kept.
    computed : tuple of Computed
        What was computed of them.
    marked : Marked or None
        None where no annotations were looked for.
    stated : tuple of (str, str)
        What the run's configuration states in words, by the names in `checklist.STATED`.
    patients : tuple of (str, int), or None
        Patients of either phase as the caller gave them, of all the data; None where nobody gave any.
    shared : int or None
        Of these, how many are in more than one phase.
    notes : tuple of str
        Further remarks of the computation.
    """

    images: Images = Images()
    computed: tuple[Computed, ...] = ()
    marked: Marked | None = None
    stated: tuple[tuple[str, str], ...] = ()
    patients: tuple[tuple[str, int], ...] | None = None
    shared: int | None = None
    notes: tuple[str, ...] = ()
