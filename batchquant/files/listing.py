"""What a bucket was listed to hold, in few bytes: there may be a million outputs."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

NUMBER_BYTES = 8  # of a million paths two have one number once in 37 million times


class Listing:
    """Sizes of objects by their paths; 16 bytes each, where a dict takes 150.

    Parameters
    ----------
    found : iterable of tuple of str and int
        Path and size of each.
    """

    def __init__(self, found: Iterable[tuple[str, int]]) -> None:
        numbers, sizes = array("Q"), array("q")
        for path, size_bytes in found:
            numbers.append(_number(path))
            sizes.append(size_bytes)
        unsorted = np.array(numbers, np.uint64)
        order = np.argsort(unsorted)
        self._numbers = unsorted[order].data  # of which `bisect` gets integers
        self._sizes = np.array(sizes, np.int64)[order].data
        self._since: dict[str, int | None] = {}

    def size_of(self, path: str) -> int | None:
        """Return the size of an object; None where there was none."""
        if path in self._since:
            return self._since[path]
        number = _number(path)
        at = bisect_left(self._numbers, number)
        is_there = at < len(self._numbers) and self._numbers[at] == number
        return int(self._sizes[at]) if is_there else None

    def note(self, path: str, size_bytes: int | None) -> None:
        """Take note of an object that was written since, or removed: then without a size."""
        self._since[path] = size_bytes


def _number(path: str) -> int:
    digest = hashlib.blake2b(path.encode(), digest_size=NUMBER_BYTES).digest()
    return int.from_bytes(digest)
