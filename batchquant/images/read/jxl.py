"""The header of a JPEG XL picture (ISO/IEC 18181-1:2024, D; its boxes: 18181-2:2024, 4)."""

import struct
from typing import BinaryIO

CODESTREAM = b"\xff\x0a"
HEADER_BYTES = 32
RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
BITS_OF_SIZE = (9, 13, 18, 30)
FILE_BEGIN = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "


class _Bits:
    """The bits behind the signature of a codestream, the lowest of each byte first."""

    def __init__(self, stream: BinaryIO) -> None:
        content = stream.read(HEADER_BYTES)
        if not content.startswith(CODESTREAM):
            _seek_codestream(stream)
            content = stream.read(HEADER_BYTES)
        if not content.startswith(CODESTREAM):
            raise ValueError("no codestream")
        self._bits = int.from_bytes(content[2:], "little")

    def take(self, n: int) -> int:
        """Read a whole number of so many bits."""
        value = self._bits & (1 << n) - 1
        self._bits >>= n
        return value

    def size(self) -> tuple[int, int]:
        """Read width and height (SizeHeader)."""
        is_small = self.take(1)

        def side() -> int:
            return 8 * (self.take(5) + 1) if is_small else self.take(BITS_OF_SIZE[self.take(2)]) + 1

        height = side()
        ratio = self.take(3)
        if ratio == 0:
            return side(), height
        numerator, denominator = RATIOS[ratio]
        return height * numerator // denominator, height


def jxl_size(stream: BinaryIO) -> tuple[int, int]:
    """Return width and height before orientation; ValueError or struct.error without codestream."""
    return _Bits(stream).size()


def is_animated(stream: BinaryIO) -> bool:
    """Tell whether the picture moves; raises as `jxl_size` does."""
    bits = _Bits(stream)
    bits.size()
    is_all_default, has_more = bits.take(1), bits.take(1)
    if is_all_default or not has_more:
        return False
    bits.take(3)  # orientation
    if bits.take(1):
        bits.size()  # at which it is meant to be shown
    has_preview = bits.take(1)
    return not has_preview and bool(bits.take(1))


def _seek_codestream(stream: BinaryIO) -> None:
    """Go to the begin of the codestream, or of its first part, inside the boxes of a file."""
    at = 0
    while True:
        stream.seek(at)
        size, kind = struct.unpack(">I4s", stream.read(8))
        begin = 8
        if size == 1:
            (size,) = struct.unpack(">Q", stream.read(8))
            begin = 16
        if kind in {b"jxlc", b"jxlp"}:
            stream.seek(at + begin + (4 if kind == b"jxlp" else 0))
            return
        if size < begin:  # 0: to the end of the file
            raise ValueError("no codestream")
        at += size


def lengthened(content: bytes, least: int) -> bytes:
    """Return a file of the same picture and of `least` bytes, or more, by a box of nothing.

    OpenImageIO looks at so many bytes to recognize it. What is put behind the end instead would
    stand for what is missing of a file that breaks off.
    """
    if len(content) >= least:
        return content
    free = struct.pack(">I4s", least, b"free") + bytes(least - 8)
    if content.startswith(CODESTREAM):
        content = FILE_BEGIN + struct.pack(">I4s", 8 + len(content), b"jxlc") + content
    end_of_type = len(FILE_BEGIN)
    return content[:end_of_type] + free + content[end_of_type:]
