"""A picture → a small one to look at: opaque, sRGB."""

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from batchquant.images.read.color_profile import plan_conversion
from batchquant.images.read.picture import Picture

QUALITY = 88  # of JPEG: no blocks to be seen at the size it is made for
BAND, BAND_PIXELS = 64, 1 << 18  # that are reduced at a time, at least: rows, or pixels
SQUARE = 8  # pixels of the checkerboard that shows where a picture is transparent
LIGHT, DARK = 255, 224

Bands = Callable[[int, int], Image.Image]
"""Returns the rows of a picture from one to before another, in mode RGB or RGBA."""


def encode_preview(reduced: Image.Image, icc_profile: bytes | None) -> bytes:
    """Make a JPEG in sRGB, without metadata, of what `reduce_to` yields.

    Transparent parts show a checkerboard. Equal pictures give equal bytes.
    """
    stream = io.BytesIO()
    # Huffman tables of its own would make it 1 to 4 % smaller in two or three times the time.
    as_seen(reduced, icc_profile).save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def reduce_to(picture: Picture, *longest: int) -> Iterator[Image.Image]:
    """Yield a picture within so many pixels a side each, the largest first: RGB or RGBA.

    A smaller picture keeps its size, but for the side along which pixels that are not square are
    longer. Each is made of the one before, and is that one where it is small enough already.
    """
    size, band = _bands_of(picture)
    reduced: Image.Image | None = None
    for side in longest:
        wanted = scale_to(picture.true_size, side)
        if reduced is None or wanted != size:
            reduced = _resize(size, band, wanted)
        yield reduced
        size, band = wanted, _bands_of_image(reduced, reduced.mode)


def scale_to(size: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Return the width and height within `longest`, of the same proportions; never larger."""
    scale = min(1.0, longest / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def shown_at(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """Bring a picture to a width and height as a person sees it: RGB, in sRGB."""
    return bands_shown_at(*_bands_of(picture), size, picture.icc_profile)


def written_shown_at(
    image: Image.Image, size: tuple[int, int], icc_profile: bytes | None
) -> Image.Image:
    """Bring what `open_written` opened to a size likewise; `icc_profile` is that of its source."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return bands_shown_at(image.size, _bands_of_image(image, mode), size, icc_profile)


def bands_shown_at(
    size: tuple[int, int],
    band: Bands,
    wanted: tuple[int, int],
    icc_profile: bytes | None,
) -> Image.Image:
    """Bring a picture to a size likewise."""
    return as_seen(_resize(size, band, wanted), icc_profile)


def _bands_of(picture: Picture) -> tuple[tuple[int, int], Bands]:
    """Return width and height of a picture, and its rows."""
    pixels, alpha = picture.pixels, picture.alpha
    height, width = pixels.shape[:2]

    def band(top: int, bottom: int) -> Image.Image:
        if alpha is None:
            return Image.fromarray(pixels[top:bottom])
        return Image.fromarray(np.dstack([pixels[top:bottom], alpha[top:bottom]]))

    return (width, height), band


def _bands_of_image(image: Image.Image, mode: str) -> Bands:
    """Return rows of an image in a mode."""
    return lambda top, bottom: image.crop((0, top, image.width, bottom)).convert(mode)


def _resize(size: tuple[int, int], band: Bands, wanted: tuple[int, int]) -> Image.Image:
    """Resize as Pillow makes thumbnails: average over blocks, then resample.

    Going band by band, memory is that of a band and of the result, where Pillow wants all pixels
    in full color at once.
    """
    width, height = size
    across, down = (max(1, side // (2 * new)) for side, new in zip(size, wanted, strict=True))
    rows = down * -(-max(BAND, BAND_PIXELS // width) // down)
    reduced: Image.Image | None = None
    for top in range(0, height, rows):
        part = band(top, min(height, top + rows)).reduce((across, down))
        if reduced is None:
            reduced = Image.new(part.mode, (part.width, -(-height // down)))
        reduced.paste(part, (0, top // down))
    assert reduced is not None
    if wanted == size:
        return reduced
    if wanted[0] > width and wanted[1] > height:  # by whole numbers, so that pixels stay squares
        return reduced.resize(wanted, Image.Resampling.NEAREST)
    # Blocks at the right and lower edge may hold fewer pixels than others.
    exact = (0.0, 0.0, width / across, height / down)
    # 0.6 of the time of bicubic; to the eye the same, 50 dB and more beside Lanczos on all pixels.
    return reduced.resize(wanted, Image.Resampling.HAMMING, box=exact)


def as_seen(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Convert to sRGB, and lay what is transparent onto a checkerboard."""
    colors = in_srgb(image, icc_profile)
    if image.mode == "RGB":
        return colors
    shown = _checkerboard(image.size)
    shown.paste(colors, mask=image.getchannel("A"))
    return shown


def in_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Convert the colors of an image, which come without its alpha."""
    return plan_conversion("RGB", icc_profile, to_srgb=True).apply(image.convert("RGB"))


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    y, x = np.ogrid[0 : size[1], 0 : size[0]]
    levels = np.where((x // SQUARE + y // SQUARE) % 2, DARK, LIGHT).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")
