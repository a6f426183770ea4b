"""The size of an AVIF or HEIF picture whose decoder refuses it (ISO/IEC 14496-12, 23008-12)."""

import struct
from collections.abc import Iterator

from batchquant.images.read.boxes import walk

PATH = ((b"meta", 4), (b"iprp", 0), (b"ipco", 0))  # boxes, and the bytes before what is in them
MAX_META = 1 << 20  # bytes from the begin; properties of pictures stand there


def heif_size(content: bytes) -> tuple[int, int] | None:
    """Return the size of the largest picture in a file; None where it tells none."""
    if content[4:8] != b"ftyp":
        return None
    places = [memoryview(content)[:MAX_META]]
    for wanted, skipped in PATH:
        places = [
            body[skipped:] for place in places for kind, body in _boxes(place) if kind == wanted
        ]
    sizes = [
        struct.unpack_from(">II", body, 4)
        for place in places
        for kind, body in _boxes(place)
        if kind == b"ispe" and len(body) >= 12
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and content of each box, as far as it is there."""
    for kind, begin, end in walk(content, 0, len(content)):
        yield kind, content[begin:end]
