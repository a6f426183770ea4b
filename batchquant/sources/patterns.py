"""Which names are looked for: patterns with the meaning of .gitignore, letter case ignored."""

import warnings
from collections.abc import Collection

import pathspec

SYSTEM = frozenset(
    {
        "@eadir",
        "#recycle",
        "$recycle.bin",
        "lost+found",
        "__macosx",
        "system volume information",
    }
)
"""Folders of file servers and systems, lower case: what they hold are copies, and bins."""


class Patterns:
    """A list of patterns: ``*.jpg`` (at any depth), ``drafts/`` (folders), ``!keep.jpg``.

    Raises ValueError if one of them is no pattern.

    >>> patterns = Patterns(["*.JPG", "!keep.jpg"])
    >>> patterns.match("trip/cat.jpg"), patterns.match("trip/keep.jpg")
    (True, False)
    """

    def __init__(self, patterns: Collection[str]) -> None:
        self._patterns = [pattern.lower() for pattern in patterns]
        try:
            with warnings.catch_warnings(action="error"):  # of `re`, about sets within sets
                self._spec = pathspec.GitIgnoreSpec.from_lines(self._patterns)
            if any(pattern.include is None for pattern in self._spec.patterns):
                raise ValueError("a comment or nothing")
        except Exception as error:  # of `re` as well as pathspec
            raise ValueError(f"no pattern: {error}") from error

    def match(self, relative: str) -> bool:
        """Tell whether a file is meant, itself or through a folder it lies in."""
        return self._spec.match_file(relative.lower())

    def match_folder(self, relative: str) -> bool:
        """Tell whether a folder itself is meant, and so, as for git, all that it holds."""
        found = self._spec.check_file(f"{relative.lower()}/")
        if not found.include or found.index is None:
            return False
        # `folder/**` is what the folder holds, of which single files may be meant again.
        return not self._patterns[found.index].endswith("/**")


class Wanted:
    """Which files of an input are looked for, by their names below it.

    Hidden ones never are, nor what lies in a folder of `SYSTEM`.

    Attributes
    ----------
    leave_out : str
        A place that is not entered; may be empty.
    """

    def __init__(
        self,
        include: Collection[str] = (),
        exclude: Collection[str] = (),
        leave_out: str = "",
        only: Collection[str] = (),
    ) -> None:
        self._only = Patterns(only) if only else None
        self._include = Patterns(include) if include else None
        self._exclude = Patterns(exclude) if exclude else None
        self.leave_out = leave_out
        self.has_excluded = False  # anything that `exclude` is for
        self._last = ("", False)  # a source asks before it looks at a file, and its caller after it

    def match(self, relative: str) -> bool:
        """Tell whether a file is looked for."""
        if relative != self._last[0]:
            self._last = relative, self._match(relative)
        return self._last[1]

    def match_folder(self, relative: str) -> bool:
        """Tell whether something in a folder may be looked for."""
        if any(map(_is_hidden, relative.split("/"))):
            return False
        return not (self._exclude and self._note(self._exclude.match_folder(relative)))

    def _match(self, relative: str) -> bool:
        *folders, name = relative.split("/")
        if name.startswith(".") or any(map(_is_hidden, folders)):
            return False
        if self._exclude is not None and self._note(self._exclude.match(relative)):
            return False
        if self._only is not None and not self._only.match(relative):
            return False
        return self._include is None or self._include.match(relative)

    def _note(self, is_excluded: bool) -> bool:
        self.has_excluded |= is_excluded
        return is_excluded


def _is_hidden(folder: str) -> bool:
    return folder.startswith(".") or folder.lower() in SYSTEM
