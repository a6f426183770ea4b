"""An input → its image files, sorted, whatever source they come from."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from batchquant.sources.patterns import Wanted
from batchquant.sources.registry import source_of
from batchquant.sources.source import ImageFile, Unreadable, below, suffix_of

NOT_READ = "cannot be read: "


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    files: tuple[ImageFile, ...]  # sorted by their relative path
    left_out: tuple[str, ...] = ()  # places of other files that have an ending
    # relative path, empty for the input itself, and reason
    unreadable: tuple[tuple[str, str], ...] = ()
    excludes_nothing: bool = False  # what is to be left out is not there
    is_empty: bool = False  # no file at all, whatever its name, but hidden ones and those of SYSTEM

    def reasons(self, place: str) -> list[str]:
        """Say what of an input could not be looked into and why, for people to read."""
        return [f"{below(place, where)}: {NOT_READ}{why}" for where, why in self.unreadable]


def find_images(
    place: str,
    *,
    suffixes: Collection[str],
    is_picture: Callable[[ImageFile], bool] = lambda file: False,
    include: Collection[str] = (),
    only: Collection[str] = (),
    exclude: Collection[str] = (),
    leave_out: str = "",
) -> Found:
    """Find the image files of an input, in whatever order names are listed.

    A file that is reached twice counts once. A `place` that is a single file is taken whatever its
    ending.

    `suffixes` are lower case, with the dot, and not looked at when there is `include`, other than
    `only`, which narrows down what is found of the input; `is_picture`
    is asked of each other file. `leave_out` is a place not to enter, links resolved.
    """
    source = source_of(place)
    alone = source.file_at(place)
    if alone is not None:
        return Found((alone,))
    wanted = Wanted(include, exclude, leave_out, only)
    left_out: list[str] = []
    unreadable: list[tuple[str, str]] = []
    files: dict[str, ImageFile] = {}
    is_empty = True
    try:
        for entry in source.search(place, wanted):
            if isinstance(entry, Unreadable):
                unreadable.append((entry.relative, entry.reason))
                continue
            if not wanted.match(entry.relative):
                continue
            is_empty = False
            if entry.place in files:
                continue
            suffix = suffix_of(entry.relative)
            if include or suffix in suffixes or is_picture(entry):
                files[entry.place] = entry
            elif suffix:
                left_out.append(entry.place)
        if is_empty and (include or only or exclude):  # what is left out is there all the same
            every = Wanted(leave_out=leave_out)
            is_empty = not any(
                isinstance(entry, ImageFile) and every.match(entry.relative)
                for entry in source.search(place, every)
            )
    except Exception as error:  # as many types as libraries have; what was made of it stays
        told = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        unreadable.append(("", told))
    in_order = sorted(files.values(), key=lambda file: file.relative)
    excludes_nothing = bool(exclude) and not wanted.has_excluded
    return Found(
        tuple(in_order), tuple(left_out), tuple(sorted(unreadable)), excludes_nothing, is_empty
    )
