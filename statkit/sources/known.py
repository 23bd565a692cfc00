"""What an earlier scan of a directory found, and what has changed since."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import iter_unpack

from statkit.sources.families import Family, family_name, settle
from statkit.sources.listing import NUMBERS, Listing
from statkit.sources.registry import own_alone

_FORMAT = f"={NUMBERS}q"


@dataclass(slots=True)
class Known:
    """What an earlier scan of a directory found; only a hint.

    Attributes
    ----------
    names : list of str
        Its files.
    numbers : bytes
        What `Listing.rested` gave.
    families : dict of str to Family
        How they were claimed.
    """

    names: list[str]
    numbers: bytes
    families: dict[str, Family]


#: Gives what is known of a directory, or None.
Recall = Callable[[str], Known | None]


def changes(known: Known, listing: Listing) -> dict[str, bool]:
    """Name the files that came, went or changed since; True for those that are there now."""
    if listing.numbers.tobytes() == known.numbers and listing.names == known.names:
        return {}
    before = dict(zip(known.names, iter_unpack(_FORMAT, known.numbers), strict=True))
    now = zip(listing.names, iter_unpack(_FORMAT, listing.numbers.tobytes()), strict=True)
    differs = {name: True for name, numbers in now if before.get(name) != numbers}
    if len(before) + sum(name not in before for name in differs) != len(listing):
        differs.update(dict.fromkeys(before.keys() - set(listing.names), False))
    return differs


def renew(
    listing: Listing, known: Known, differs: Mapping[str, bool], step_column: str | None
) -> dict[str, Family]:
    """Take the families of an earlier scan; those with a file that came, went or changed are asked again.

    All are where packages read files too: what those claim may change with the package.
    """
    alone = own_alone()
    same = not differs and listing.names == known.names
    if same and (alone or _are_claimed_alike(listing, known.families, step_column)):
        return known.families
    here = dict(zip(listing.names, range(len(listing)), strict=True))
    touched = {family_name(name) for name in differs}
    before = {
        family: [here[name] for row in each.rows if (name := known.names[row]) in here]
        for family, each in known.families.items()
    }
    for name in differs.keys() - set(known.names):
        rows = before.setdefault(family_name(name), [])
        insort(rows, here[name], key=listing.names.__getitem__)
    return {
        family: settle(listing, family, rows, step_column)
        if family in touched or not alone
        else Family(known.families[family].source, rows)
        for family, rows in sorted(before.items())
        if rows
    }


def _are_claimed_alike(listing: Listing, families: Mapping[str, Family], step_column: str | None) -> bool:
    return all(
        settle(listing, name, family.rows, step_column).source is family.source
        for name, family in families.items()
    )
