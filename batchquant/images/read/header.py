"""What an image file says of itself, and whether it is one, from its headers."""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from batchquant.files.opening import open_regular
from batchquant.images.read.bmp_rare import bmp_size
from batchquant.images.read.camera_raw import is_camera_raw, raw_size
from batchquant.images.read.foreign import SIGNATURE_BYTES, kind_of, size_of
from batchquant.images.read.formats import BY_SUFFIX, RAWPY, is_installed
from batchquant.images.read.heif_size import MAX_META, heif_size
from batchquant.images.read.mended import is_read_otherwise
from batchquant.images.read.opening import count_frames, open_image, seek_frame
from batchquant.images.read.png import SIGNATURE as PNG
from batchquant.images.read.tiff import pictures
from batchquant.images.read.version import FIRST, MENDED, PALETTES_ARE_SRGB

WITHOUT_SIGNATURE = frozenset({"TGA", "DIB"})
"""Formats that a file of anything may look like, in a few bytes that are sizes and flags."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an image file says of itself.

    Sizes are those of each frame, at least one, as stored, before EXIF orientation. Pages of TIFF
    have sizes of their own; elsewhere no frame is larger than the first. Of camera RAW with the
    margin of the sensor.
    """

    sizes: tuple[tuple[int, int], ...]
    since: int = FIRST  # version since which such a file is read as today
    palettes_since: int = FIRST  # the same of palettes and colors of the job file


def probe(path: Path) -> Header | None:
    """Read the headers of an image without decoding it.

    None where that fails, which is no error yet: the worker that decodes the file finds the reason.
    """
    try:
        with open_regular(path) as stream:
            return read_header(stream, path.suffix.lower())
    except OSError:
        return None


def read_header(stream: BinaryIO, suffix: str) -> Header | None:
    """Do what `probe` does with a file that is open, of which the name ends in `suffix`."""
    with warnings.catch_warnings(action="ignore"):
        try:
            if is_camera_raw(stream, suffix):
                size = raw_size(stream)
                return Header((size,), MENDED, MENDED) if size else None
            kind = kind_of(stream.read(SIGNATURE_BYTES))
            if kind is not None:
                return Header((size_of(kind, stream),))
            stream.seek(0)
            return _by_pillow(stream) or _by_ourselves(stream)
        except Exception:  # as many types as decoding has
            return None


def is_picture(path: Path, suffix: str) -> bool:
    """Tell whether a file is one that is read, though that does not follow from its name.

    It is opened only if it has no suffix, or that of a format whose package is not installed: some
    phones name a JPEG ``.heic``. Its header has to have a signature, too.
    """
    if not may_be_picture(suffix):
        return False
    try:
        with open_regular(path) as stream:
            return begins_as_picture(stream, suffix)
    except OSError:
        return False


def may_be_picture(suffix: str) -> bool:
    """Tell whether a file is to be opened to see whether it is a picture."""
    return not suffix or (suffix in BY_SUFFIX and not is_installed(BY_SUFFIX[suffix].reader))


def begins_as_picture(stream: BinaryIO, suffix: str) -> bool:
    """Tell whether a file that is open has the signature of a format that is read."""
    with warnings.catch_warnings(action="ignore"):
        try:
            if is_camera_raw(stream, suffix):
                return is_installed(RAWPY)
            if kind_of(stream.read(SIGNATURE_BYTES)) is not None:
                return True
            stream.seek(0)
            return open_image(stream).format not in WITHOUT_SIGNATURE
        except Exception:  # as many types as decoding has
            return False


def _by_ourselves(stream: BinaryIO) -> Header:
    """Read the size that AVIF, HEIF, PNG and TIFF state, whatever Pillow makes of them."""
    stream.seek(0)
    begin = stream.read(26)
    if size := bmp_size(begin):
        return Header((size,))
    if begin.startswith(PNG) and begin[12:16] == b"IHDR":
        return Header((struct.unpack_from(">II", begin, 16),))
    stream.seek(0)
    if size := heif_size(stream.read(MAX_META)):
        return Header((size,))
    # Pages that Pillow does not know behind ones that it knows came out half and half.
    sizes = tuple((each.width, each.height) for each in pictures(stream))
    since = MENDED if len(sizes) > 1 else FIRST
    return Header(sizes, since, since)


def _by_pillow(stream: BinaryIO) -> Header | None:
    """Return what Pillow reads; None where it can read no header, or not all."""
    try:
        image = open_image(stream)
        n_frames = count_frames(image)
        sizes = [image.size] * n_frames
        if image.format == "TIFF":
            sizes = [seek_frame(image, frame).size for frame in range(n_frames)]
        since = MENDED if is_read_otherwise(image, stream) else FIRST
        has_profile = bool(image.info.get("icc_profile"))
        return Header(tuple(sizes), since, PALETTES_ARE_SRGB if has_profile else since)
    except Exception:  # as many types as decoding has
        return None
