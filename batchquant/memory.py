"""How much memory a run may use, and how much a picture needs."""

import os
from collections.abc import Iterator
from pathlib import Path

from batchquant.cgroups import groups_of, numbers_in

UNITS = {"MB": 10**6, "GB": 10**9}

PROCESS_BYTES = 250_000_000
BYTES_PER_PIXEL = 16
"""Both by ``make bench ONLY=memory``: the peak of a process on a photograph of 100 megapixels stays
below their sum, whatever K and format. Camera RAW takes 13 bytes a pixel above its file while it is
developed, 19 where it is linear: colors, which are counted below, are not there yet."""
BYTES_PER_FILTERED_PIXEL = 36
"""With blur or reduce, by the peak on 12 megapixels with soft alpha."""
BYTES_PER_COLOR, MAX_COLORS = 64, 2**24
"""By the peak on noise, of which every other pixel may be a color of its own."""
COPIES_OF_SOURCE = {".webp": 4, ".jxl": 2, ".exr": 2, ".hdr": 2, ".dpx": 2}
"""Of a file's bytes while it is opened or decoded, by the peak on 200 MB of each format: one, but
for those that Pillow's plugin makes, and the one that OpenImageIO is given."""


def total_bytes() -> int:
    """Return the memory this process may use.

    Returns
    -------
    int
        Bytes: what the machine has, or less where a control group, such as a container's, has a
        limit.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_limits()])


def budget_bytes(memory: str = "70%") -> int:
    """Return the memory that all workers may use together.

    Parameters
    ----------
    memory : str
        As in a job file: a share of what `total_bytes` finds, such as ``70%``, or an amount such as
        ``8 GB`` or ``500 MB``.

    Returns
    -------
    int
        Bytes.

    Examples
    --------
    >>> budget_bytes("1.5 GB")
    1500000000
    """
    if memory.endswith("%"):
        return int(float(memory.removesuffix("%")) / 100 * total_bytes())
    amount, unit = memory[:-2], memory[-2:]
    return int(float(amount) * UNITS[unit])


def need_bytes(pixels: int, *, is_filtered: bool = False) -> int:
    """Return the memory that a worker needs at its peak, at most.

    Parameters
    ----------
    pixels : int
        Width times height of the picture.
    is_filtered : bool
        Whether it is blurred or reduced.

    Returns
    -------
    int
        Bytes, libraries included. Colors are not known before decoding: as many are counted as
        there may be.
    """
    of_pixels = BYTES_PER_FILTERED_PIXEL if is_filtered else BYTES_PER_PIXEL
    return PROCESS_BYTES + of_pixels * pixels + BYTES_PER_COLOR * min(pixels, MAX_COLORS)


def source_bytes(source: Path, size_bytes: int) -> int:
    """Return the memory that the bytes of a file take while it is opened or decoded.

    Parameters
    ----------
    source : pathlib.Path
        The file.
    size_bytes : int
        Its size.

    Returns
    -------
    int
        Bytes, with the copies that some decoders make.
    """
    return size_bytes * COPIES_OF_SOURCE.get(source.suffix.lower(), 1)


def _limits() -> Iterator[int]:
    """Yield the limits of control groups, of either version."""
    for group in groups_of("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            yield from numbers_in(group / name)
