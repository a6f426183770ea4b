"""Files that an earlier decoder showed otherwise, or of which it made a part up."""

from typing import BinaryIO

from PIL import IcoImagePlugin, ImageFile

from batchquant.images.read import gif, heif, icon, jpeg_2000, pcx, png, tiff
from batchquant.images.read.by_pillow import has_odd_pixels, is_turned_by_xmp_alone
from batchquant.images.read.color_profile import leads_one_way
from batchquant.images.read.told_colors import is_told

HEAD = 1 << 20  # bytes in which boxes tell of the rest


def is_read_otherwise(image: ImageFile.ImageFile, stream: BinaryIO) -> bool:
    """Tell without decoding whether the first edition showed a file otherwise.

    False also of files that are refused now where data ends early in order: that is not seen
    without decoding. `stream`, which `open_image` opened it from, stays where it is.
    """
    if is_turned_by_xmp_alone(image) or has_odd_pixels(image):
        return True
    profile = image.info.get("icc_profile")
    if is_told(stream, str(image.format)) or (profile and leads_one_way(profile)):
        return True
    match image.format:
        case "TIFF":
            return tiff.has_copies(image)
        case "PNG":
            return png.is_animated(image)
        case "BMP" | "DIB":  # with alpha, which may be empty; that Pillow dropped or kept
            return image.mode == "RGBA"
        case "ICO" if isinstance(image, IcoImagePlugin.IcoImageFile):
            return icon.has_equals(image)
        case "GIF":
            return gif.has_mistaken_frames(_begin(stream, None)[0])
        case "PCX":
            return pcx.is_cga(_begin(stream, HEAD)[0])
        case "JPEG2000":
            return jpeg_2000.has_palette(_begin(stream, HEAD)[0])
        case "HEIF" | "AVIF":
            return bool(heif.breaks_off(*_begin(stream, HEAD)))
    return False


def _begin(stream: BinaryIO, size: int | None) -> tuple[bytes, int]:
    """Return how a file begins, and its size in bytes."""
    place = stream.tell()
    size_bytes = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(size_bytes if size is None else size)
    stream.seek(place)
    return head, size_bytes
