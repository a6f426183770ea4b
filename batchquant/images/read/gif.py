"""GIF: its frames as they are stored, where Pillow does not show them as browsers do."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from batchquant.images.read.animation import CLEAR, KEEP, RESTORE, Part

HEADER = 13  # signature and screen
EXTENSION, IMAGE = 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9
LOCAL_PALETTE, INTERLACED = 0x80, 0x40
DISPOSALS = {2: CLEAR, 3: RESTORE, 4: RESTORE}
"""GIF 89a, section 23, and 4, which some programs wrote for 3; others keep."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A frame, its disposal as stored, and whether it has a transparent color."""

    part: Part
    disposal: int
    has_transparency: bool


def parts_of_frame(source: bytes, frame: int) -> list[Part]:
    """Return the frames that show a frame, the first to it; none where Pillow shows it right.

    Outside of a first frame that is smaller than the screen there is nothing, and nothing is what
    disposal leaves: browsers show both transparent, and Pillow in a color of the palette. A later
    frame that is larger than the screen enlarges what Pillow shows; browsers cut it off.
    """
    frames = []
    for stored in _frames(source):
        frames.append(stored)
        if len(frames) > frame:
            break
    if len(frames) <= frame or not _is_mistaken(source, frames):
        return []
    return [stored.part for stored in frames]


def has_mistaken_frames(source: bytes) -> bool:
    """Tell whether Pillow shows a frame of a GIF otherwise than browsers do."""
    frames = list(_frames(source))
    return any(_is_mistaken(source, frames[:n]) for n in {1, len(frames)} if frames)


def _is_mistaken(source: bytes, frames: list[Stored]) -> bool:
    first = frames[0].part
    width, height = struct.unpack_from("<HH", source, 6)
    covers = first.x == first.y == 0 and first.width >= width and first.height >= height
    if len(frames) == 1:  # Pillow fills with the transparent color
        return not covers and not frames[0].has_transparency
    right, bottom = max(width, first.x + first.width), max(height, first.y + first.height)
    return not covers or any(
        frame.disposal > 1
        or frame.part.x + frame.part.width > right
        or frame.part.y + frame.part.height > bottom
        for frame in frames
    )


def _frames(source: bytes) -> Iterator[Stored]:
    """Cut a GIF into its frames, each a GIF of its own."""
    flags = source[10] if len(source) > 10 else 0
    at = HEADER
    palette = b""
    if flags & LOCAL_PALETTE:
        palette = source[at : at + (6 << (flags & 7))]
        at += len(palette)
    control = b"\0\0\0\0"
    with suppress(IndexError, struct.error):  # it breaks off; the decoder says so
        while True:
            if source[at] == EXTENSION:
                end = _end_of_blocks(source, at + 2)
                if source[at + 1] == GRAPHIC_CONTROL and source[at + 2] == 4:
                    control = source[at + 3 : at + 7]
                at = end
            elif source[at] == IMAGE:
                x, y, width, height, told = struct.unpack_from("<HHHHB", source, at + 1)
                colors, local = palette, 6 << (told & 7) if told & LOCAL_PALETTE else 0
                at += 10
                if local:
                    colors = source[at : at + local]
                at += local
                end = _end_of_blocks(source, at + 1)
                has_transparency = bool(control[0] & 1)
                head = b"GIF89a" + struct.pack("<HH", width, height)
                size_of_palette = max(len(colors) // 3, 2).bit_length() - 2
                head += bytes([0x80 | size_of_palette if colors else 0, 0, 0]) + colors
                if has_transparency:
                    head += b"\x21\xf9\x04\x01\0\0" + control[3:4] + b"\0"
                head += b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, told & INTERLACED)
                stored = control[0] >> 2 & 7
                disposal = DISPOSALS.get(stored, KEEP)
                data = head + source[at:end] + b"\x3b"
                part = Part(data, x, y, width, height, disposal, replaces=False)
                yield Stored(part, stored, has_transparency)
                control, at = b"\0\0\0\0", end
            else:
                return


def _end_of_blocks(source: bytes, at: int) -> int:
    """Skip data blocks, each with its length before it, up to one of length 0."""
    while size := source[at]:
        at += size + 1
    return at + 1
