"""Rows of a picture → the stream of a PNG file.

Not by Pillow, whose filters and run lengths take three to eight times the processor time of what is
chosen here, for files of the same size or larger; and which cannot be told to filter indexed rows.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from batchquant.images.read.density import METERS_PER_INCH, PER_METER, Dpi
from batchquant.images.read.png import SIGNATURE, chunk

RGB, INDEXED, RGBA = 2, 3, 6  # color types
SAMPLES = {RGB: 3, INDEXED: 1, RGBA: 4}  # of a pixel
NONE, UP = 0, 2  # filters
BAND = 64  # rows that ways are tried on
BAND_BYTES = 1 << 17  # that are filtered at a time, about: they stay in the cache
MEMORY_LEVEL = 9  # of zlib: the most
MAX_CHUNK = 1 << 30  # bytes; the standard allows 2**31 - 1

Rows = NDArray[np.uint8]
"""Of shape (H, B): the bytes of each row, as `pack` returns them."""


class Way(NamedTuple):
    """How rows are filtered and compressed."""

    filter: int
    level: int
    strategy: int


PLAIN = Way(NONE, 6, zlib.Z_DEFAULT_STRATEGY)
"""Of most pictures of few colors, in RGB, too: what repeats stays the same bytes."""
DOWN = Way(UP, 6, zlib.Z_DEFAULT_STRATEGY)
"""Of gradients and stripes."""
RUNS_DOWN = Way(UP, 1, zlib.Z_RLE)
"""Of photographs in up to 16 colors 5 to 15 % smaller in a fifth of the time: what is equal to the
pixel above becomes a run of zeros. The level plays no part."""
FAST = Way(UP, 2, zlib.Z_DEFAULT_STRATEGY)
"""Of contact sheets: level 3 takes a quarter longer for 1 % less, level 1 makes a third more."""


class Head(NamedTuple):
    """What a PNG tells before its pixels."""

    width: int
    height: int
    color_type: int
    bits: int = 8
    palette: NDArray[np.uint8] | None = None  # (K, 3)
    transparency: bytes = b""  # alpha of the first entries of the palette
    icc_profile: bytes | None = None
    dpi: Dpi | None = None

    @property
    def row_bytes(self) -> int:
        """How many bytes a row takes."""
        return -(-self.width * self.bits * SAMPLES[self.color_type] // 8)


def write_png(head: Head, rows: Callable[[slice], Rows], ways: Sequence[Way]) -> bytes:
    """Return a PNG file, compressed the way that makes a band in its middle smallest.

    `rows` returns rows of the picture; it is called with a few at a time, so that of the whole
    there is only what is compressed.
    """
    way = ways[0] if len(ways) == 1 else _smallest(head.height, rows, ways)
    step = max(1, BAND_BYTES // head.row_bytes)
    bands = (slice(top, top + step) for top in range(0, head.height, step))
    data = b"".join(_compress(map(rows, bands), way))
    chunks = [*_chunks_of(head)]
    chunks += [(b"IDAT", data[at : at + MAX_CHUNK]) for at in range(0, len(data), MAX_CHUNK)]
    return b"".join([SIGNATURE, *(chunk(*each) for each in (*chunks, (b"IEND", b"")))])


def pack(entries: NDArray[np.uint8], bits: int) -> Rows:
    """Put rows (H, W) of entries of 1, 2, 4 or 8 bits into bytes, the first in the high bits."""
    if bits == 8:
        return entries
    if bits == 1:
        return np.packbits(entries, axis=1)
    height, width = entries.shape
    per_byte = 8 // bits
    whole = -(-width // per_byte) * per_byte
    if whole != width or not entries.flags.c_contiguous:
        padded = np.zeros((height, whole), np.uint8)
        padded[:, :width] = entries
        entries = padded
    if bits == 4:  # as words: a step for each pixel would take several times as long
        pairs = entries.view("<u2")
        return (pairs << 4 | pairs >> 8).astype(np.uint8)
    fours = entries.view("<u4")
    return (fours << 6 | fours >> 4 | fours >> 14 | fours >> 24).astype(np.uint8)


def _smallest(height: int, rows: Callable[[slice], Rows], ways: Sequence[Way]) -> Way:
    top = max(0, (height - BAND) // 2)
    band = rows(slice(top, top + BAND))
    return min(ways, key=lambda way: sum(map(len, _compress([band], way))))


def _compress(bands: Iterable[Rows], way: Way) -> Iterator[bytes]:
    stream = zlib_ng.compressobj(
        way.level, zlib.DEFLATED, zlib.MAX_WBITS, MEMORY_LEVEL, way.strategy
    )
    above: Rows | None = None  # the row above a band
    for band in bands:
        filtered = np.empty((band.shape[0], band.shape[1] + 1), np.uint8)
        filtered[:, 0] = way.filter
        if way.filter == UP:
            filtered[0, 1:] = band[0] if above is None else band[0] - above
            np.subtract(band[1:], band[:-1], out=filtered[1:, 1:])
        else:
            filtered[:, 1:] = band
        above = band[-1]
        yield stream.compress(filtered)
    yield stream.flush()


def _chunks_of(head: Head) -> Iterator[tuple[bytes, bytes]]:
    sizes = head.width, head.height, head.bits, head.color_type
    yield b"IHDR", struct.pack(">IIBBxxx", *sizes)
    if head.icc_profile is not None:
        yield b"iCCP", b"ICC Profile\0\0" + zlib.compress(head.icc_profile)
    if head.palette is not None:
        yield b"PLTE", head.palette.tobytes()
    if head.transparency:
        yield b"tRNS", head.transparency
    if head.dpi is not None:
        per_meter = (int(each / METERS_PER_INCH + 0.5) for each in head.dpi)
        yield b"pHYs", struct.pack(">IIB", *per_meter, PER_METER)
