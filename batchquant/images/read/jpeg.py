"""JPEG: whether its scans hold the whole picture."""

import io
import re
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends entropy-coded data
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})  # their scans name no coefficients
SOS, EOI = 0xDA, 0xD9
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
MIDDLE = frozenset({127, 128})
"""What libjpeg shows where data is missing: no coefficient, which is the middle of the range."""
FILLER = bytes(range(1, 65))  # decodes to something else than nothing


@dataclass(slots=True)
class Scans:
    """What the markers of a JPEG tell: components, coefficients that came whole, where it ends."""

    is_progressive: bool = False
    components: tuple[int, ...] = ()
    coefficients: dict[int, set[int]] = field(default_factory=dict)
    end: int | None = None


def breaks_off(source: bytes, image: Image.Image) -> str:
    """Say what a JPEG lacks that ends in order, before its picture does; empty for nothing.

    libjpeg takes an end marker at its word and shows gray for the rest, or the coarse picture of
    the first scans. Markers as in ITU-T T.81, B. Whether a gray corner is a gray corner is asked of
    libjpeg itself: more data before the end marker changes only a picture that lacks some.
    """
    scans = _read_markers(source)
    if scans.end is None:  # Pillow has refused it, or was told not to
        return ""
    wanted = {*range(64)} if scans.is_progressive else {0}
    for component in scans.components:
        if not wanted <= scans.coefficients.get(component, set()):
            return "it ends before its last scan"
    corner = np.atleast_1d(np.asarray(image.getpixel((image.width - 1, image.height - 1))))
    if scans.is_progressive or not MIDDLE.issuperset(corner.tolist()):
        return ""
    longer_source = source[: scans.end] + FILLER + source[scans.end :]
    longer = Image.open(io.BytesIO(longer_source), formats=["JPEG"])
    longer.load()
    if longer.size == image.size and np.array_equal(np.asarray(longer), np.asarray(image)):
        return ""
    return "it ends before its last row"


def _read_markers(source: bytes) -> Scans:
    """Read the markers of the first picture, as far as they make sense."""
    scans, at = Scans(), 2
    while at + 4 <= len(source) and source[at] == 0xFF:
        marker = source[at + 1]
        if marker == 0xFF or marker in ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == EOI:
            break
        size = int.from_bytes(source[at + 2 : at + 4], "big")
        body = source[at + 4 : at + 2 + size]
        if marker in FRAMES - LOSSLESS and len(body) >= 6:
            scans.is_progressive = marker in PROGRESSIVE
            scans.components = tuple(body[6 : 6 + 3 * body[5] : 3])
        at += 2 + size
        if marker == SOS and body:
            _note_scan(scans, body)
            found = MARKER.search(source, at)
            if found is None:
                return scans
            at = found.start()
    if source[at : at + 2] == b"\xff\xd9":
        scans.end = at
    return scans


def _note_scan(scans: Scans, body: bytes) -> None:
    n = body[0]
    if len(body) < 2 * n + 4:
        return
    first, last, low_bit = body[2 * n + 1], body[2 * n + 2], body[2 * n + 3] & 15
    if low_bit == 0:
        for component in body[1 : 2 * n : 2]:
            scans.coefficients.setdefault(component, set()).update(range(first, last + 1))
