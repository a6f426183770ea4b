"""A picture → a small one to look at: opaque, sRGB."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from batchquant.images.read.color_profile import plan_conversion
from batchquant.images.read.picture import Picture

THUMBNAIL, PREVIEW = 512, 2048  # longest sides, in pixels
QUALITY = 88  # of JPEG: no blocks to be seen at the size it is made for
BAND = 64  # rows that are reduced at a time, at least
SQUARE = 8  # pixels of the checkerboard that shows where a picture is transparent
LIGHT, DARK = 255, 224


def encode_preview(picture: Picture, longest: int) -> bytes:
    """Make a small JPEG in sRGB, without metadata, of at most `longest` pixels a side.

    A smaller picture keeps its size, but for the side along which pixels that are not square are
    longer. Transparent parts show a checkerboard. Equal pictures give equal bytes.
    """
    stream = io.BytesIO()
    shown = shown_at(picture, scale_to(picture.true_size, longest))
    shown.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()


def scale_to(size: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Return the width and height within `longest`, of the same proportions; never larger."""
    scale = min(1.0, longest / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def shown_at(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """Bring a picture to a width and height as a person sees it: RGB, in sRGB."""
    pixels, alpha = picture.pixels, picture.alpha
    height, width = pixels.shape[:2]

    def band(top: int, bottom: int) -> Image.Image:
        if alpha is None:
            return Image.fromarray(pixels[top:bottom])
        return Image.fromarray(np.dstack([pixels[top:bottom], alpha[top:bottom]]))

    return bands_shown_at((width, height), band, size, picture.icc_profile)


def written_shown_at(
    image: Image.Image, size: tuple[int, int], icc_profile: bytes | None
) -> Image.Image:
    """Bring what `open_written` opened to a size likewise; `icc_profile` is that of its source."""
    mode = "RGBA" if image.has_transparency_data else "RGB"

    def band(top: int, bottom: int) -> Image.Image:
        return image.crop((0, top, image.width, bottom)).convert(mode)

    return bands_shown_at(image.size, band, size, icc_profile)


def bands_shown_at(
    size: tuple[int, int],
    band: Callable[[int, int], Image.Image],
    wanted: tuple[int, int],
    icc_profile: bytes | None,
) -> Image.Image:
    """Bring a picture to a size likewise; `band` returns rows of it, in mode RGB or RGBA."""
    return _finish(_resize(size, band, wanted), icc_profile)


def _resize(
    size: tuple[int, int], band: Callable[[int, int], Image.Image], wanted: tuple[int, int]
) -> Image.Image:
    """Resize as Pillow does with ``reducing_gap=2``: average over blocks, then resample.

    Going band by band, memory is that of a band and of the result, where Pillow wants all pixels
    in full color at once.
    """
    width, height = size
    across, down = (max(1, side // (2 * new)) for side, new in zip(size, wanted, strict=True))
    rows = down * -(-BAND // down)
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
    return reduced.resize(wanted, Image.Resampling.LANCZOS, box=exact)


def _finish(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Convert to sRGB, and lay what is transparent onto a checkerboard."""
    colors = plan_conversion("RGB", icc_profile, to_srgb=True).apply(image.convert("RGB"))
    if image.mode == "RGB":
        return colors
    shown = _checkerboard(image.size)
    shown.paste(colors, mask=image.getchannel("A"))
    return shown


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    y, x = np.ogrid[0 : size[1], 0 : size[0]]
    levels = np.where((x // SQUARE + y // SQUARE) % 2, DARK, LIGHT).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")
