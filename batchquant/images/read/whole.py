"""Whether a file holds the whole picture: Pillow fills silently where some formats end early."""

import struct
from typing import Any

import numpy as np
from PIL import IcnsImagePlugin, IcoImagePlugin, Image, ImageFile, TiffImagePlugin

from batchquant.errors import ImageError
from batchquant.images.read import heif, jpeg, pcx, png

SOT = b"\xff\x90\x00\x0a"  # begin of a tile-part (ITU-T T.800, A.4.2)
SIZ = b"\xff\x4f\xff\x51"  # begin of a codestream, with its sizes


class BrokenOffError(ImageError):
    """Not all of a picture is in its file: no other decoder has more of it."""


def refuse_if_named_data_is_missing(source: bytes) -> None:
    """Raise ImageError if a file, not opened yet, names data that it does not hold."""
    _refuse(heif.breaks_off(source))


def refuse_if_filled(
    opened: ImageFile.ImageFile, frame: int, image: Image.Image, source: bytes
) -> None:
    """Raise ImageError if Pillow made up a part of a loaded frame, counted from 0."""
    match opened.format:
        case "PNG" if opened.info.get("interlace") or _is_blank_below(image):
            _refuse(png.breaks_off(source))
        case "JPEG" | "MPO":
            _refuse(jpeg.breaks_off(source, image))
        case "TIFF":
            _refuse(_tiff(opened))
        case "JPEG2000":
            _refuse(_jpeg_2000(source))
        case "SGI":
            _refuse(_sgi(source))
        case "PCX":
            _refuse(pcx.breaks_off(source))
        case "ICO" | "ICNS":
            for content in _inside(opened, frame, source):
                if content.startswith(png.SIGNATURE):
                    _refuse(png.breaks_off(content))


def _refuse(missing: str) -> None:
    if missing:
        raise BrokenOffError(f"unreadable: the file ends too early: {missing}")


def _is_blank_below(image: Image.Image) -> bool:
    """Tell whether the last row is as Pillow leaves it where nothing is: zero."""
    last = image.crop((0, image.height - 1, image.width, image.height))
    return not np.asarray(last).any()


def _tiff(opened: ImageFile.ImageFile) -> str:
    """Find strips or tiles that have no place: libtiff takes them from the begin of the file."""
    tags: Any = getattr(opened, "tag_v2", {})
    width, height = tags.get(TiffImagePlugin.IMAGEWIDTH), tags.get(TiffImagePlugin.IMAGELENGTH)
    offsets = tags.get(TiffImagePlugin.TILEOFFSETS)
    across, down = tags.get(TiffImagePlugin.TILEWIDTH), tags.get(TiffImagePlugin.TILELENGTH)
    if offsets is None:
        offsets = tags.get(TiffImagePlugin.STRIPOFFSETS)
        across, down = width, tags.get(TiffImagePlugin.ROWSPERSTRIP, height)
    if not offsets or not all((width, height, across, down)):
        return ""
    n_parts = -(-width // across) * -(-height // down)
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2:
        n_parts *= len(opened.getbands())  # others are not shown, and may be missing
    offsets = offsets if isinstance(offsets, tuple) else (offsets,)
    n_there = sum(offset > 0 for offset in offsets[:n_parts])
    return f"{n_there} of {n_parts} strips or tiles are there" if n_there < n_parts else ""


def _jpeg_2000(source: bytes) -> str:
    """Find tiles without any part: OpenJPEG leaves them black."""
    begin = source.find(SIZ)
    if begin < 0 or len(source) < begin + 40:
        return ""
    right, bottom, _, _, across, down, left, top = struct.unpack_from(">8I", source, begin + 8)
    if not across or not down:
        return ""
    n_tiles = -(-(right - left) // across) * -(-(bottom - top) // down)
    at, found = begin + 2, set()
    while source[at : at + 2] not in {SOT[:2], b""}:  # the main header
        at += 2 + int.from_bytes(source[at + 2 : at + 4], "big")
    while source.startswith(SOT, at) and at + 10 <= len(source):
        tile, size = struct.unpack_from(">HI", source, at + 4)
        found.add(tile)
        if not size:  # up to the end
            break
        at += size
    return f"{len(found)} of {n_tiles} tiles are there" if len(found) < n_tiles else ""


def _sgi(source: bytes) -> str:
    """Find rows whose runs end early: the rest is black, or the row before."""
    storage, depth, _, width, height, n_channels = struct.unpack_from(">BBHHHH", source, 2)
    if storage != 1:
        return ""
    n_rows = height * n_channels
    table = np.frombuffer(source, ">u4", 2 * n_rows, 512).reshape(2, n_rows)
    for start, size in zip(*table.tolist(), strict=True):
        codes = source[start + depth - 1 : start + size : depth]  # the lower byte counts
        at = n_pixels = 0
        while at < len(codes) and (n := codes[at] & 127):
            n_pixels += n
            at += 1 + (n if codes[at] & 128 else 1)
        if n_pixels < width:
            return f"a row holds {n_pixels} of {width} pixels"
    return ""


def _inside(opened: ImageFile.ImageFile, frame: int, source: bytes) -> list[bytes]:
    """Cut out of an icon the files that a frame of it is made of."""
    if isinstance(opened, IcoImagePlugin.IcoImageFile):
        return [source[opened.ico.entry[frame].offset :]]
    if isinstance(opened, IcnsImagePlugin.IcnsImageFile):
        kinds = [kind for kind, _ in opened.icns.SIZES[opened.best_size]]
        places = [opened.icns.dct[kind] for kind in kinds if kind in opened.icns.dct]
        return [source[start : start + size] for start, size in places]
    return []
