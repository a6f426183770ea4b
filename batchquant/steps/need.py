"""How much memory a picture needs."""

from collections.abc import Iterable

from batchquant.formats.registry import formats
from batchquant.plan.records import Settings
from batchquant.sources.source import suffix_of

PROCESS_BYTES = 250_000_000
BYTES_PER_PIXEL = 16
"""Both by ``make bench ONLY=memory``: the peak of a process on a photograph of 100 megapixels stays
below their sum, whatever K; formats that take more while they are encoded say so. Camera RAW takes
13 bytes a pixel above its file while it is developed, 19 where it is linear: colors, which are
counted below, are not there yet."""
BYTES_PER_FILTERED_PIXEL = 36
"""With blur or reduce, by the peak on 12 megapixels with soft alpha."""
BYTES_PER_COLOR, MAX_COLORS = 64, 2**24
"""By the peak on noise, of which every other pixel may be a color of its own."""
BYTES_PER_KEPT_PIXEL = 12
"""Of a picture that several jobs show: its pixels, and the indices of a further histogram."""
COPIES_OF_SOURCE = {".webp": 4, ".jxl": 2, ".exr": 2, ".hdr": 2, ".dpx": 2}
"""Of a file's bytes while it is opened or decoded, by the peak on 200 MB of each format: one, but
for those that Pillow's plugin makes, and the one that OpenImageIO is given."""

TILE_BYTES = 640 * 960 * 4
"""Of a variant that is kept small for its contact sheet: the largest tile as Pillow stores it."""
BYTES_PER_EXHIBIT, BYTES_PER_ENLARGED = 5_400_000, 11_000_000
"""Of a variant on a contact sheet: by the peaks on sheets of 300 of the largest tiles, which have
340 x 1054 pixels with their captions, 658 x 1054 where pictures are enlarged."""
BYTES_OF_FADE = 90_000_000
"""Of the animation of before and after: by the peak on noise of 640 x 960 pixels."""
ENLARGED_PIXELS, ENLARGED_SIDE = 319 * 480, 480
"""A picture that has more pixels, or a longer side, is not enlarged on a sheet."""


def need_bytes(pixels: int, *, is_filtered: bool = False, kinds: Iterable[str] = ()) -> int:
    """Return the bytes that a worker needs at its peak, at most, libraries included.

    Colors are not known before decoding: as many are counted as there may be. `is_filtered` says
    that the picture is blurred or reduced, `kinds` which files are made of it.
    """
    of_pixels = BYTES_PER_FILTERED_PIXEL if is_filtered else BYTES_PER_PIXEL
    of_pixels = max(of_pixels, *(formats()[kind].bytes_per_pixel for kind in kinds), 0)
    return PROCESS_BYTES + of_pixels * pixels + BYTES_PER_COLOR * min(pixels, MAX_COLORS)


def source_bytes(source: str, size_bytes: int) -> int:
    """Return the bytes that a file takes while it is decoded, with the copies that some make."""
    return size_bytes * COPIES_OF_SOURCE.get(suffix_of(source), 1)


def need_to_decode(
    source: str, size_bytes: int, pixels: int, settings: Settings, kinds: Iterable[str] = ()
) -> int:
    """Return the memory that a worker needs at its peak, with the bytes of the source."""
    is_filtered = settings.blur > 0 or settings.reduce is not None
    needed = need_bytes(pixels, is_filtered=is_filtered, kinds=kinds)
    return needed + source_bytes(source, size_bytes)


def need_to_show(pixels: int, settings: Settings, n_variants: int) -> int:
    """Return the memory that a contact sheet of variants takes."""
    side = settings.reduce
    is_small = pixels <= ENLARGED_PIXELS or (side is not None and side <= ENLARGED_SIDE)
    return (BYTES_PER_ENLARGED if is_small else BYTES_PER_EXHIBIT) * n_variants
