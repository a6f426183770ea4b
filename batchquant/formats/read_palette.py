"""A picture of few colors → its colors, and how often each occurs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.images.read.color_profile import colors_to_srgb
from batchquant.quantization.color import Color
from batchquant.quantization.color.histogram import count_colors

MAX_COLORS = 4096  # K at most; a picture laid onto a background may hold one more
AT_A_TIME = 1 << 20  # pixels weighed: what is computed of them is larger than they are


def read_palette(
    image: Image.Image, icc_profile: bytes | None = None
) -> tuple[tuple[Color, int], ...]:
    """Count the colors of a picture's visible pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        From `batchquant.formats.written.open_written`: fully transparent pixels are black.
    icc_profile : bytes or None
        What its values mean; None is sRGB.

    Returns
    -------
    tuple of tuple
        Each color, in sRGB, and its number of pixels, > 0, or the sum of their alpha, where that is
        soft; dark to light as stored. Empty where there are more colors than K may be.

    Examples
    --------
    >>> import numpy as np
    >>> from batchquant.formats.png import encode_png
    >>> from batchquant.formats.written import open_written
    >>> indices, palette = np.zeros((2, 3), np.uint8), np.array([[250, 128, 4]], np.uint8)
    >>> with open_written(encode_png(indices, palette)) as image:
    ...     read_palette(image)
    (((250, 128, 4), 6),)
    """
    if image.mode == "P":
        counts = dict(enumerate(image.histogram()))
        counts.pop(image.info.get("transparency", -1), None)
        levels = bytes(image.getpalette() or [])
        found = [(n, levels[3 * i : 3 * i + 3]) for i, n in counts.items() if n]
    elif _is_soft(image):
        found = _weigh(image)
    else:
        n_hidden = image.getchannel("A").histogram()[0] if image.mode == "RGBA" else 0
        hidden = {bytes(3): n_hidden}
        found = [
            (n - hidden.get(bytes(color), 0), bytes(color))
            for n, color in image.convert("RGB").getcolors(MAX_COLORS + 2) or []
            if isinstance(color, tuple)
        ]
    found = [(n, color) for n, color in found if n]
    stored = np.frombuffer(b"".join(color for _, color in found), np.uint8).reshape(-1, 3)
    return shown_palette(stored, [n for n, _ in found], icc_profile)


def shown_palette(
    palette: NDArray[np.uint8], counts: Sequence[int], icc_profile: bytes | None
) -> tuple[tuple[Color, int], ...]:
    """Return the same of colors, with their counts, that are known."""
    shown = colors_to_srgb(palette, icc_profile).tolist()
    stored = palette.tolist()
    in_order = sorted(range(len(stored)), key=lambda row: (_luma(stored[row]), stored[row]))
    return tuple((tuple(shown[row]), counts[row]) for row in in_order)


def _is_soft(image: Image.Image) -> bool:
    """Tell whether some pixel is neither hidden nor opaque."""
    return image.mode == "RGBA" and any(image.getchannel("A").histogram()[1:-1])


def _weigh(image: Image.Image) -> list[tuple[int, bytes]]:
    """Sum up alpha by color."""
    sums: Counter[bytes] = Counter()
    rows = max(1, AT_A_TIME // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        band = np.asarray(image.crop((0, top, image.width, bottom)))
        histogram = count_colors(band[..., :3], band[..., 3])
        for color, count in zip(histogram.colors, histogram.counts.tolist(), strict=True):
            sums[color.tobytes()] += count
        if len(sums) > MAX_COLORS:
            return []
    return [(count, color) for color, count in sums.items()]


def _luma(color: Sequence[int]) -> int:
    red, green, blue = color
    return 299 * red + 587 * green + 114 * blue  # ITU-R BT.601, in thousandths
