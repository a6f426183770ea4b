"""Formats that Pillow does not read: what they begin with, and the size their headers state.

Read here byte by byte, not by the library that decodes them: planning looks at headers in the
process that must not die of a damaged file.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO

from batchquant.images.read.jxl import jxl_size

Size = tuple[int, int]

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x76\x2f\x31\x01", "EXR"),
    (b"#?RADIANCE\n", "HDR"),
    (b"#?RGBE\n", "HDR"),
    (b"8BPS\0\1", "PSD"),
    (b"8BPS\0\2", "PSD"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"\xff\x0a", "JXL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
)
SIGNATURE_BYTES = max(len(begin) for begin, _ in SIGNATURES)
MAX_HEADER = 1 << 20  # bytes; larger ones hold a preview or text without end


def kind_of(content: bytes) -> str | None:
    """Name the format by the first 12 bytes of a file; None where Pillow is to be asked."""
    return next((kind for begin, kind in SIGNATURES if content.startswith(begin)), None)


def size_of(kind: str, stream: BinaryIO) -> Size:
    """Read width and height as stored; a damaged header raises ValueError or struct.error."""
    stream.seek(0)
    size = _SIZES[kind](stream)
    if min(size) < 1:
        raise ValueError(f"found {size[0]} x {size[1]} pixels")
    return size


def _exr(stream: BinaryIO) -> Size:
    """Return the larger of display and data window, of the first part."""
    attributes = exr_attributes(stream.read(MAX_HEADER))
    windows = [struct.unpack("<4i", attributes[name]) for name in ("displayWindow", "dataWindow")]
    sizes = [(right - left + 1, bottom - top + 1) for left, top, right, bottom in windows]
    if any(min(size) < 1 for size in sizes):
        raise ValueError("a window without pixels")
    return max(sizes, key=lambda size: size[0] * size[1])


def exr_attributes(content: bytes) -> dict[str, bytes]:
    """Read the names and values in the header of the first part of an EXR file.

    Raises ValueError or struct.error if it breaks off.
    """
    found: dict[str, bytes] = {}
    at = 8
    while content[at : at + 1] != b"\0":
        name_end = content.index(b"\0", at)
        kind_end = content.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<i", content, kind_end + 1)
        if size < 0:
            raise ValueError("an attribute of negative size")
        value = content[kind_end + 5 : kind_end + 5 + size]
        found[content[at:name_end].decode("latin-1")] = value
        at = kind_end + 5 + size
        if at >= len(content):
            raise ValueError("the header ends too early")
    return found


def _hdr(stream: BinaryIO) -> Size:
    """Read the line behind the empty one: ``-Y 20 +X 30``; of turned pictures, X comes first."""
    _, _, rest = stream.read(MAX_HEADER).partition(b"\n\n")
    axes = rest.partition(b"\n")[0].split()
    if len(axes) != 4:
        raise ValueError("no line of the size")
    by_axis = {axes[0][-1:]: int(axes[1]), axes[2][-1:]: int(axes[3])}
    if by_axis.keys() != {b"X", b"Y"}:
        raise ValueError("no line of the size")
    if axes[0][-1:] == b"X":
        return by_axis[b"Y"], by_axis[b"X"]
    return by_axis[b"X"], by_axis[b"Y"]


def _psd(stream: BinaryIO) -> Size:
    height, width = struct.unpack_from(">II", stream.read(26), 14)
    return width, height


def _dpx(stream: BinaryIO) -> Size:
    content = stream.read(780)
    order = ">" if content.startswith(b"S") else "<"
    width, height = struct.unpack_from(f"{order}II", content, 772)
    return width, height


def _jxl(stream: BinaryIO) -> Size:
    return jxl_size(stream)


_SIZES: dict[str, Callable[[BinaryIO], Size]] = {
    "EXR": _exr,
    "HDR": _hdr,
    "PSD": _psd,
    "DPX": _dpx,
    "JXL": _jxl,
}
