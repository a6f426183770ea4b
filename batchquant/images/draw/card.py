"""A picture → what the page paints on its card: small, sRGB, and few bytes."""

import io
import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageFilter

from batchquant.images.draw.preview import in_srgb, scale_to
from batchquant.images.draw.sizes import CARD

PICTURE_BYTES, STRIP_BYTES = 6_400, 8_700  # at most: in base64, with a palette, below 12 kB
QUALITIES = (85, 70, 50, 30)  # of WebP, tried in this order
STRIP_QUALITY = 50
LEAST = 8  # pixels of the longest side of a tile, however many there are


class Strip(NamedTuple):
    """Small pictures below each other, all of one size."""

    content: bytes  # WebP
    size: tuple[int, int]  # width and height of each
    columns: int


def encode_card(
    reduced: Image.Image, icc_profile: bytes | None, blur: float, *, is_whole: bool
) -> bytes:
    """Make a WebP of a picture within `CARD`, for a browser to paint in a few colors.

    Its alpha is kept, and its colors are softened by as much as this size shows of `blur`, in
    pixels of this size. Lossless of a picture that `is_whole`, not reduced, where that is small
    enough: pixels of icons count each, and of photographs it would take ten times as long.
    """
    colors = in_srgb(reduced, icc_profile)
    if blur > 0:
        colors = colors.filter(ImageFilter.GaussianBlur(blur))
    if reduced.mode == "RGBA":
        colors.putalpha(reduced.getchannel("A"))
    content = _webp(colors, lossless=True) if is_whole else b""
    for quality in QUALITIES:
        if content and len(content) <= PICTURE_BYTES:
            break
        content = _webp(colors, quality=quality)
    return content


def encode_strip(tiles: Sequence[Image.Image]) -> Strip:
    """Make one WebP of pictures as they were drawn, at least one, all of one size.

    The more there are, the smaller is each: all together have to be few bytes.
    """
    columns = math.ceil(math.sqrt(len(tiles)))
    size = scale_to(tiles[0].size, CARD)
    while True:
        width, height = size
        strip = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height))
        for number, tile in enumerate(tiles):
            row, column = divmod(number, columns)
            reduced = tile.resize(size, Image.Resampling.HAMMING)
            strip.paste(reduced, (column * width, row * height))
        content = _webp(strip, quality=STRIP_QUALITY)
        if len(content) <= STRIP_BYTES or max(size) <= LEAST:
            return Strip(content, size, columns)
        smaller = min(0.95, math.sqrt(STRIP_BYTES / len(content)))
        size = scale_to(size, max(LEAST, math.floor(smaller * max(size))))


def _webp(image: Image.Image, *, lossless: bool = False, quality: int = 80) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=lossless, quality=quality, method=4)
    return stream.getvalue()
