"""JPEG 2000 with a palette: entries, and what their columns stand for, as the file says them."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.errors import ImageError
from batchquant.images.read.boxes import find_boxes

INDEXED = frozenset({"L", "LA", "P", "PA", "I;16"})
"""Modes in which Pillow hands over the samples of one component, or of two."""
CMYK, SYCC = 12, 18  # enumerated color spaces (ITU-T T.800, I.5.3.3)
DIRECT = 0  # a channel that is a component itself
OPACITY, PREMULTIPLIED, UNSPECIFIED = 1, 2, 0xFFFF  # types of channels
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


@dataclass(frozen=True, slots=True)
class Palette:
    """What a file says of its palette."""

    columns: tuple[NDArray[np.uint8], ...]  # (N,) each, scaled to 8 bits
    bits: tuple[int, ...]  # of a sample of each component
    mapping: tuple[tuple[int, int, int], ...]  # of each channel: component, type, column
    kinds: dict[int, tuple[int, int]]  # channel → type and what it belongs to: 1 is the first color
    color_space: int | None  # as enumerated


def has_palette(head: bytes) -> bool:
    """Tell whether a JPEG 2000 file has a palette, by how it begins."""
    return b"pclr" in _header(head)


def apply_palette(image: Image.Image, source: bytes) -> Image.Image:
    """Give the pixels of a JPEG 2000 file the colors that its palette, if any, has for them.

    Pillow leaves out colors that were there before, which shifts the others, may show numbers of
    colors as grays, and takes no notice of what channels are. Raises ImageError if the palette
    cannot be read, or its channels are no picture.
    """
    boxes = _header(source)
    if b"pclr" not in boxes or image.mode not in INDEXED:
        return image
    try:
        palette = _read(source, boxes)
        planes = _channels(image, palette)
        return _merge(planes, palette)
    except (KeyError, IndexError, ValueError, struct.error):
        raise ImageError("unreadable: a JPEG 2000 palette that makes no sense") from None


def _header(source: bytes) -> dict[bytes, tuple[int, int]]:
    """Find the boxes of the JP2 header."""
    place = find_boxes(source, 0, len(source)).get(b"jp2h")
    return find_boxes(source, *place) if place else {}


def _read(source: bytes, boxes: dict[bytes, tuple[int, int]]) -> Palette:
    """Read the boxes of ITU-T T.800, I.5.3."""
    content = {kind: source[slice(*place)] for kind, place in boxes.items()}
    _, _, n_components, depth = struct.unpack_from(">IIHB", content[b"ihdr"])
    depths = content[b"bpcc"][:n_components] if depth == 255 else bytes([depth]) * n_components
    method, _, _, color_space = struct.unpack_from(">BBBI", content[b"colr"].ljust(7, b"\0"))
    n_entries, n_columns = struct.unpack_from(">HB", content[b"pclr"])
    bits = [(depth & 127) + 1 for depth in content[b"pclr"][3 : 3 + n_columns]]
    entry = np.dtype([(f"{n}", ">u1" if bits[n] <= 8 else ">u2") for n in range(n_columns)])
    table = np.frombuffer(content[b"pclr"], entry, n_entries, 3 + n_columns)
    columns = [
        np.rint(np.minimum(table[f"{n}"], 2 ** bits[n] - 1) * (255 / (2 ** bits[n] - 1)))
        for n in range(n_columns)
    ]
    mapped = content.get(b"cmap") or b"".join(
        struct.pack(">HBB", 0, 1, column) for column in range(n_columns)
    )
    told = content.get(b"cdef", b"\0\0")[2:]
    return Palette(
        tuple(column.astype(np.uint8) for column in columns),
        tuple((depth & 127) + 1 for depth in depths),
        tuple(struct.iter_unpack(">HBB", mapped)),
        {channel: (kind, of) for channel, kind, of in struct.iter_unpack(">HHH", told)},
        color_space if method == 1 else None,
    )


def _channels(image: Image.Image, palette: Palette) -> list[NDArray[np.uint8]]:
    """Look the channels up, in the order in which they are mapped."""
    bands = [np.asarray(image)] if len(image.getbands()) == 1 else None
    samples = bands or [np.asarray(image.getchannel(band)) for band in image.getbands()]
    held = samples[0].itemsize * 8  # Pillow scales samples of fewer bits up to that
    found = []
    for component, kind, column in palette.mapping:
        if kind == DIRECT:
            found.append(samples[component].astype(np.uint8))
            continue
        numbers = samples[component] >> max(held - palette.bits[component], 0)
        entries = palette.columns[column]
        found.append(entries[np.minimum(numbers, len(entries) - 1)])
    return found


def _merge(planes: list[NDArray[np.uint8]], palette: Palette) -> Image.Image:
    """Sort channels into colors and alpha by what they are said to be."""
    n_colors = 4 if palette.color_space == CMYK else 3 if len(planes) >= 3 else 1
    kinds = palette.kinds or {n_colors: (OPACITY, 0)}
    colors: dict[int, Image.Image] = {}
    alpha = is_premultiplied = None
    for channel, plane in enumerate(planes):
        kind, of = kinds.get(channel, (0, channel + 1))
        if kind in {OPACITY, PREMULTIPLIED}:
            alpha, is_premultiplied = Image.fromarray(plane), kind == PREMULTIPLIED
        elif kind != UNSPECIFIED:
            colors[of or channel + 1] = Image.fromarray(plane)
    merged = Image.merge(MODES[len(colors)], [colors[n + 1] for n in range(len(colors))])
    if palette.color_space == SYCC and len(colors) == 3:
        merged = Image.merge("YCbCr", merged.split()).convert("RGB")
    if alpha is None or merged.mode == "CMYK":
        return merged
    mode = {"L": "LA", "RGB": "RGBA"}[merged.mode]
    if is_premultiplied:
        mode = mode[:-1] + "a"
    return Image.merge(mode, [*merged.split(), alpha])
