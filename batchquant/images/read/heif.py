"""HEIF and AVIF: whether a file holds all the data that it names."""

import struct

from batchquant.images.read.boxes import find_boxes

BRANDS = (b"avi", b"hei", b"hev", b"mif", b"msf")
"""How the brands of pictures in ISO base media files begin (ISO/IEC 23008-12, AVIF 1.1)."""
IN_FILE, IN_IDAT = 0, 1  # construction methods of `iloc`


def breaks_off(source: bytes, size_bytes: int | None = None) -> str:
    """Say what a HEIF or AVIF file of `size_bytes` names that it does not hold; empty for nothing.

    libheif leaves tiles that are missing green, and tells nobody. Every extent of the item location
    box (ISO/IEC 14496-12, 8.11.3) must lie inside the file, or inside the item data box. Extents in
    other items or other files are not looked at, and boxes that cannot be read are left to the
    decoder. `source` may be only how the file begins.
    """
    if source[4:8] != b"ftyp" or not source[8:12].startswith(BRANDS):
        return ""
    try:
        top = find_boxes(source, 0, len(source))
        start, end = top[b"meta"]
        boxes = find_boxes(source, start + 4, min(end, len(source)))
        idat = boxes.get(b"idat", (0, 0))
        return _beyond(source[slice(*boxes[b"iloc"])], size_bytes or len(source), idat[1] - idat[0])
    except (KeyError, IndexError, struct.error):
        return ""


def _beyond(iloc: bytes, file_size: int, idat_size: int) -> str:
    """Say which extent of an item location box ends outside of where it lies."""
    version = iloc[0]
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, iloc[5] & 15 if version else 0
    wide = 4 if version == 2 else 2  # item numbers
    reader = _Reader(iloc, 6)
    for _ in range(reader.take(wide)):
        reader.take(wide)
        method = reader.take(2) & 15 if version else IN_FILE
        is_elsewhere = reader.take(2) != 0
        base = reader.take(base_size)
        n_extents = reader.take(2)
        if not index_size + offset_size + length_size:  # nothing to read, 65,535 times
            n_extents = min(n_extents, 1)
        for _ in range(n_extents):
            reader.take(index_size)
            offset, length = reader.take(offset_size), reader.take(length_size)
            end = base + offset + max(length, 1)  # 0: up to the end, which is no place for data
            limit = {IN_FILE: file_size, IN_IDAT: idat_size}.get(method, end)
            if not is_elsewhere and end > limit:
                return f"its data goes up to byte {end:,}, and it has {limit:,}"
    return ""


class _Reader:
    """Numbers of any size, one after the other; `struct.error` where they end."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def take(self, size: int) -> int:
        number = self.content[self.at : self.at + size]
        if len(number) < size:
            raise struct.error("the box ends")
        self.at += size
        return int.from_bytes(number, "big")
