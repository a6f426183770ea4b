"""Patterns with the meaning of .gitignore, letter case ignored."""

import warnings
from collections.abc import Collection

import pathspec


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
