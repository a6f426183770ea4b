"""An original and what was made of it → an animation that fades from the one to the other."""

import io

import numpy as np
from PIL import Image

from batchquant.quantization.dithering.thresholds import blue_noise

STEPS = 8  # from the one to the other
HOLD_MS, STEP_MS = 1500, 70
METHOD, QUALITY = 4, 25  # of libwebp without loss: how hard it tries


def encode_before_after(before: Image.Image, after: Image.Image) -> bytes:
    """Make a WebP without loss that shows one picture, fades into another, and begins anew.

    The pixels change over one by one, in the order of blue noise, which has no coarse structure: to
    the eye it is a fade, and no frame has a color that neither picture has. So each frame is only
    what has changed. Of three photographs in 8 colors that took 170 kB, where as many blended
    frames took 600 to 730 kB; all the way back it would be three times that.

    Parameters
    ----------
    before, after : PIL.Image.Image
        Of mode RGB and one size.
    """
    first, last = np.asarray(before), np.asarray(after)
    height, width = first.shape[:2]
    ranks = blue_noise()
    tiles = -(-height // len(ranks)), -(-width // len(ranks))
    order = np.tile(ranks, tiles)[:height, :width, np.newaxis]
    frames = [
        Image.fromarray(np.where(order * STEPS < ranks.size * step, last, first))
        for step in range(STEPS + 1)
    ]
    stream = io.BytesIO()
    frames[0].save(
        stream,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=[HOLD_MS, *[STEP_MS] * (STEPS - 1), HOLD_MS],
        loop=0,
        lossless=True,
        method=METHOD,
        quality=QUALITY,
    )
    return stream.getvalue()
