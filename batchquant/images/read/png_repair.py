"""A PNG whose picture is whole and whose metadata is not → the picture alone."""

import struct
import zlib
from collections.abc import Iterator

from batchquant.images.read.png import SIGNATURE, chunk

PICTURE = frozenset({b"IHDR", b"PLTE", b"IDAT"})
MEANING = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"pHYs"})
"""What tells of transparency, colors and size; as short as it is, nothing in it is compressed."""
END = chunk(b"IEND", b"")
MAX_PROFILE = 16_000_000  # bytes; Pillow takes no more than 1 MB

DAMAGED = "metadata left out: it is damaged"


def without_metadata(source: bytes) -> bytes | None:
    """Take of a refused PNG the chunks that the picture needs; None where it is damaged itself.

    That is a chunk of it, its checksum, or its compressed data. Text, time, unknown chunks, frames
    and a damaged color profile are left out.
    """
    if not source.startswith(SIGNATURE):
        return None
    kept, data = [SIGNATURE], zlib.decompressobj()
    try:
        for kind, stored in _chunks(source):
            content = stored[8:-4]
            is_whole = stored == chunk(kind, content)
            if kind == b"IEND":
                break
            if not kind[0] & 32 and (kind not in PICTURE or not is_whole):
                return None
            if kind == b"IDAT":
                _go_through(data, content)
            if kind in PICTURE or (kind in MEANING and is_whole) or _is_profile(kind, content):
                kept.append(stored)
    except (zlib.error, struct.error):
        return None
    return b"".join([*kept, END]) if data.eof else None


def _chunks(source: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and all of each chunk, until one breaks off or is none."""
    at = len(SIGNATURE)
    while at + 12 <= len(source):
        length, kind = struct.unpack_from(">I4s", source, at)
        end = at + 12 + length
        if end > len(source) or not kind.isalpha():
            if kind == b"IDAT":
                raise struct.error
            return
        yield kind, source[at:end]
        at = end


def _go_through(data: "zlib._Decompress", content: bytes) -> None:
    """Decompress without keeping anything."""
    while content and not data.eof:
        data.decompress(content, 1 << 20)
        content = data.unconsumed_tail


def _is_profile(kind: bytes, content: bytes) -> bool:
    """Tell whether a chunk is a color profile that can be decompressed."""
    if kind != b"iCCP":
        return False
    method, compressed = content.partition(b"\0")[2][:1], content.partition(b"\0")[2][1:]
    try:
        profile = zlib.decompressobj()
        profile.decompress(compressed, MAX_PROFILE)
    except zlib.error:
        return False
    return method == b"\0" and profile.eof
