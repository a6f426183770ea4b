"""Bytes or a path → an open Pillow image: its header is read, its pixels are not."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO

from PIL import IcoImagePlugin, Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from batchquant.errors import ImageError
from batchquant.images.read import bmp, png
from batchquant.images.read.formats import (
    AVIF_BRANDS,
    BY_PILLOW,
    MAX_BRANDS,
    PILLOW_HEIF,
    SOME,
    brands,
    is_installed,
    looks_like_heif,
    needs,
)
from batchquant.images.read.frames import no_such_frame
from batchquant.images.read.icon import DeepestFirst
from batchquant.images.read.tiff import pages

SEVERAL_FRAMES = frozenset({"GIF", "PNG", "WEBP", "AVIF", "TIFF"})
"""Formats whose frames are pictures of their own. The second picture of a camera's JPEG (MPO) or
HEIF is a preview or a depth map, and ICNS holds one icon in several sizes."""

MAX_GIF = 2**28
"""Pixels: of a GIF that claims a frame of more than twice as many, 4 GB were allocated when it was
opened, for what its first frame leaves behind."""

# What it warns of reaches a person as a reason or a note, and not between the lines of progress.
logging.getLogger("PIL").addHandler(logging.NullHandler())

WITHOUT_SIGNATURE = {"TGA", "DIB"}


def open_image(stream: BinaryIO) -> ImageFile.ImageFile:
    """Read the header of an image file, at its first frame; nothing is decoded, no size refused.

    The stream must stay open until the pixels are loaded. Raises ImageError if the content is of no
    format that is read, or its header is broken; other broken headers raise whatever the plugin
    does.
    """
    header = stream.read(bmp.HEADER_BYTES)
    stream.seek(0)
    if bmp.has_bit_fields(header):
        return bmp.BitFieldsFile(stream)
    formats = list(BY_PILLOW)
    is_heif = looks_like_heif(header)
    if is_heif and is_installed(PILLOW_HEIF):
        import pillow_heif  # loads a large library, which many runs do not need

        pillow_heif.register_heif_opener()
        formats.append("HEIF")
    with (
        _set(Image, "MAX_IMAGE_PIXELS", MAX_GIF if header.startswith(b"GIF8") else None),
        _set(Image, "WARN_POSSIBLE_FORMATS", True),
        _set(IcoImagePlugin, "IcoFile", DeepestFirst),
        _by_libtiff(),
        warnings.catch_warnings(record=True, action="always") as told,
    ):
        try:
            return _at_first_picture(Image.open(stream, formats=formats))
        except UnidentifiedImageError:
            pass
    if not header:
        raise ImageError("unreadable: the file is empty")
    if is_heif and "HEIF" not in formats:
        raise ImageError(needs(PILLOW_HEIF, "HEIC"))
    messages = [str(warning.message) for warning in told]
    stream.seek(0)
    if AVIF_BRANDS.isdisjoint(brands(stream.read(MAX_BRANDS))):  # AVIF is tried on all HEIF
        messages.sort(key=lambda message: message.startswith("AVIF"))
    # "PNG opening failed. broken PNG file"; these have no signature and are tried on everything.
    for message in messages:
        name, failed, why = message.partition(" opening failed. ")
        if failed and name not in WITHOUT_SIGNATURE:
            raise ImageError(f"unreadable: a damaged {name} file, or of an unknown kind ({why})")
    raise ImageError(f"unreadable: no picture of a format that is read: {SOME}")


def seek_frame(image: ImageFile.ImageFile, frame: int) -> Image.Image:
    """Go to a frame, from 0; returns the image, or what holds the frame, or raises ImageError.

    The frames of an ICO file are its icons, the largest first, and of those the deepest.
    """
    if frame == 0:  # where the plugin stands already; of HEIF the main picture, which may be any
        return image
    n_frames = count_frames(image)
    if frame >= n_frames:
        raise no_such_frame(n_frames, frame)
    if isinstance(image, IcoImagePlugin.IcoImageFile):
        return image.ico.frame(frame)
    with _by_libtiff():
        image.seek(pages(image)[frame] if image.format == "TIFF" else frame)
    return image


def count_frames(image: ImageFile.ImageFile) -> int:
    """Count the frames of an open image, at least 1, as far as the file is whole.

    GIF and TIFF are walked through without decoding; the others say it up front. The image may be
    of no more use if the file is broken.
    """
    if isinstance(image, IcoImagePlugin.IcoImageFile):
        return len(image.ico.entry)
    if image.format not in SEVERAL_FRAMES:
        return 1
    if image.format == "TIFF":
        return len(pages(image))
    if image.format == "PNG":
        return png.count_frames(image)
    try:
        return max(1, getattr(image, "n_frames", 1))
    except Exception:  # as many types as decoding has
        return image.tell() + 1


@contextmanager
def pillow_settings(max_pixels: int, *, truncated: bool = False) -> Iterator[None]:
    """Hold Pillow to settings that it keeps in its modules, and give it back its own.

    It refuses more than twice `max_pixels` in a frame or icon that claims another size than the
    file; if `truncated`, pixels that are missing are left black.
    """
    with (
        _set(Image, "MAX_IMAGE_PIXELS", max_pixels),
        _set(ImageFile, "LOAD_TRUNCATED_IMAGES", truncated),
    ):
        yield


def _at_first_picture(image: ImageFile.ImageFile) -> ImageFile.ImageFile:
    """Leave out what comes before the first picture: thumbnails of TIFF."""
    if image.format == "TIFF" and (first := pages(image)[0]):
        image.seek(first)
    return image


def _by_libtiff() -> AbstractContextManager[None]:
    """Have libtiff read uncompressed TIFF, too.

    Pillow 13's own reader takes planes of 16 bits for planes of 8, and does not invert a single
    plane in which white is zero.
    """
    return _set(TiffImagePlugin, "READ_LIBTIFF", True)


@contextmanager
def _set(module: object, name: str, setting: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, setting)
    try:
        yield
    finally:
        setattr(module, name, before)
