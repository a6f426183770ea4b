"""A picture of few colors → its colors, and how many pixels have each."""

import numpy as np
from PIL import Image

from batchquant.images.read.color_profile import colors_to_srgb
from batchquant.palettes import Color

MAX_COLORS = 4096  # K at most; a picture laid onto a background may hold one more


def read_palette(
    image: Image.Image, icc_profile: bytes | None = None
) -> tuple[tuple[Color, int], ...]:
    """Count the colors of a picture's visible pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        From `batchquant.images.written.open_written`: fully transparent pixels are black.
    icc_profile : bytes or None
        What its values mean; None is sRGB.

    Returns
    -------
    tuple of tuple
        Each color, in sRGB, and its number of pixels, > 0; dark to light as stored. Empty where
        there are more colors than K may be.

    Examples
    --------
    >>> import numpy as np
    >>> from batchquant.images.encode_png import encode_png
    >>> from batchquant.images.written import open_written
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
    else:
        n_hidden = image.getchannel("A").histogram()[0] if image.mode == "RGBA" else 0
        hidden = {bytes(3): n_hidden}
        found = [
            (n - hidden.get(bytes(color), 0), bytes(color))
            for n, color in image.convert("RGB").getcolors(MAX_COLORS + 2) or []
            if isinstance(color, tuple)
        ]
    found = sorted(((n, c) for n, c in found if n), key=lambda entry: (_luma(entry[1]), entry[1]))
    stored = np.frombuffer(b"".join(color for _, color in found), np.uint8).reshape(-1, 3)
    shown = colors_to_srgb(stored, icc_profile).tolist()
    return tuple(
        ((red, green, blue), n) for (red, green, blue), (n, _) in zip(shown, found, strict=True)
    )


def _luma(color: bytes) -> int:
    red, green, blue = color
    return 299 * red + 587 * green + 114 * blue  # ITU-R BT.601, in thousandths
