"""Frames in few colors → one GIF or WebP that plays them."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from batchquant.formats.format import Painted
from batchquant.formats.raster import full_image, indexed_image
from batchquant.images.read.timing import Timing

GIF_MS = 10  # a hundredth of a second is what GIF counts in
MAX_GIF_COLORS = 256
RESTORE_TO_NOTHING = 2  # what a GIF does before the next frame

Encode = Callable[[Sequence[Painted], Timing], bytes]


def encode_gif(frames: Sequence[Painted], timing: Timing) -> bytes:
    """Encode frames with one palette; durations are rounded to hundredths of a second."""
    has_hidden = any(frame.alpha is not None for frame in frames)
    union = np.unique(np.concatenate([frame.palette for frame in frames]), axis=0)
    if len(union) + has_hidden > MAX_GIF_COLORS:
        raise ValueError(f"{len(union) + has_hidden} colors, expected {MAX_GIF_COLORS} at most")
    images = [_in_palette(frame, union, has_hidden=has_hidden) for frame in frames]
    durations = [GIF_MS * max(1, round(each / GIF_MS)) for each in timing.durations_ms]
    options: dict[str, Any] = {"disposal": 1}
    if has_hidden:
        options = {"transparency": 0, "disposal": RESTORE_TO_NOTHING}
    if timing.n_plays is not None and timing.n_plays != 1:
        options["loop"] = timing.n_plays and timing.n_plays - 1
    return _save(images, "GIF", duration=durations, optimize=False, **options)


def encode_webp(frames: Sequence[Painted], timing: Timing) -> bytes:
    """Encode frames without loss."""
    images = [full_image(frame.indices, frame.palette, frame.alpha) for frame in frames]
    durations = [round(each) for each in timing.durations_ms]
    plays = 1 if timing.n_plays is None else timing.n_plays
    profile = {"icc_profile": frames[0].icc_profile or b""}
    return _save(images, "WEBP", duration=durations, loop=plays, lossless=True, **profile)


ENCODERS: Mapping[str, Encode] = {"gif": encode_gif, "webp": encode_webp}
"""By the format of the frames."""


def rounds(timing: Timing) -> bool:
    """Tell whether a GIF shows frames for a little longer or shorter."""
    return any(each % GIF_MS or each < GIF_MS for each in timing.durations_ms)


def _in_palette(frame: Painted, union: Any, *, has_hidden: bool) -> Image.Image:
    """Return a frame as an image of entries of the palette of all."""
    entries = np.array(
        [np.flatnonzero((union == color).all(axis=1))[0] for color in frame.palette], np.uint8
    )
    indices = entries[frame.indices] if len(entries) else frame.indices
    alpha = frame.alpha
    if has_hidden and alpha is None:
        alpha = np.full(indices.shape, 255, np.uint8)
    return indexed_image(indices, union, alpha)


def _save(images: Sequence[Image.Image], name: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    images[0].save(stream, name, save_all=True, append_images=images[1:], **options)
    return stream.getvalue()
