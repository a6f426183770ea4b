"""What else is made of a picture once its variants are there: steps that packages add."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple

from batchquant.errors import UsageError
from batchquant.extensions import load_extensions

VARIANTS, OVERVIEW, BOOK = "variants", "overview", "book"
SHEET_VARY = "sheet_vary"
"""What shows the combinations of a picture as rows of one sheet."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class MadeVariant(NamedTuple):
    """A variant that is done."""

    k: int
    init: str
    n_colors: int
    figures: Mapping[str, float]  # by name
    paths: Mapping[str, str]  # of its files by kind, relative to the output folder


@dataclass(frozen=True, slots=True)
class Made:
    """What there is of a picture when a step comes to it.

    Attributes
    ----------
    title : str
        How a person knows the picture.
    settings : mapping
        Of the job, by key: those that the step names.
    variants : tuple of MadeVariant
        By k, then in the job's order of starts; at least one.
    paths : mapping of str to str
        Files of the overview and of steps before, by kind, relative to the output folder.
    read : callable
        Returns the bytes of such a file; raises OSError.
    """

    title: str
    settings: Mapping[str, Any]
    variants: tuple[MadeVariant, ...]
    paths: Mapping[str, str]
    read: Callable[[str], bytes]


class PictureStep(ABC):
    """A kind of step that comes to each picture when all before is made; the book waits for it.

    Attributes
    ----------
    name : str
        What it is called.
    suffixes : mapping of str to str
        Of the files that it makes, by kind: what their paths end with.
    after : str
        The step that it follows: ``variants``, ``overview``, or the name of another.
    settings : tuple of str
        Keys of the job that its files depend on, beside what is made of the picture.
    version : int
        Raised when the same gives other files than before: they are made again.
    """

    name: ClassVar[str]
    suffixes: ClassVar[Mapping[str, str]]
    after: ClassVar[str] = OVERVIEW
    settings: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1

    @abstractmethod
    def make(self, made: Made) -> Mapping[str, bytes]:
        """Return the files by kind, in a worker; equal arguments give equal bytes."""


@cache
def picture_steps() -> dict[str, PictureStep]:
    """Return the steps that packages add, by name; raises UsageError as `order_of_steps`."""
    found = {step.name: step for step in load_extensions(PictureStep)}
    return {name: found[name]() for name in order_of_steps() if name in found}


@cache
def order_of_steps() -> tuple[str, ...]:
    """Return the names of all steps of a picture behind its variants, in their order.

    Raises
    ------
    UsageError
        If one has a name that is none, or that another has, or follows a step that there is not.
    """
    waiting = list(load_extensions(PictureStep))
    names = [VARIANTS, OVERVIEW]
    while waiting:
        ready = next((each for each in waiting if each.after in names), waiting[0])
        waiting.remove(ready)
        told = f"extension {ready.__module__}.{ready.__qualname__}: found"
        if not NAME.fullmatch(ready.name) or ready.name in (*names, BOOK, SHEET_VARY):
            raise UsageError(
                f"{told} the name {ready.name!r}, expected one of its own, of small letters, digits"
                " and _. Rename the step."
            )
        if ready.after not in names:
            raise UsageError(
                f"{told} after {ready.after!r}, expected one of: {', '.join(names)}."
                " Name a step that comes before it."
            )
        names.insert(names.index(ready.after) + 1, ready.name)
    return tuple(names[1:])
