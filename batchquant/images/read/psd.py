"""Bytes of a Photoshop file → its composite, the flat copy of all layers.

Photoshop writes it unless "maximize compatibility" is off; what layers look like without it only
Photoshop knows. References: Adobe Photoshop File Formats Specification (2019).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.errors import ImageError
from batchquant.images.read.density import if_sensible
from batchquant.images.read.frames import no_such_frame
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.picture import Reading, raise_if_too_large
from batchquant.images.read.samples import LINEAR, Scale

COLOR_MODES = {0: "1", 1: "L", 2: "P", 3: "RGB", 4: "CMYK", 9: "LAB"}
REFUSED_MODES = {7: "of several inks without a mixture", 8: "of duotone, whose inks have curves"}
SAMPLES: dict[int, str] = {1: "u1", 8: "u1", 16: ">u2", 32: ">f4"}  # by bits
N_CHANNELS = {"1": 1, "L": 1, "P": 1, "RGB": 3, "CMYK": 4, "LAB": 3}
RESOLUTION, ICC_PROFILE, TRANSPARENT_INDEX, VERSION_INFO = 1005, 1039, 1047, 1057
RESOURCE_SIGNATURES = frozenset({b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"})
BLOCK_SIGNATURES = frozenset({b"8BIM", b"8B64"})
# Of 16 and 32 bits, layers stand in a block of their own; transparency, where no layer is left.
LAYERS, TRANSPARENCY = (
    frozenset({b"Layr", b"Lr16", b"Lr32"}),
    frozenset({b"Mtrn", b"Mt16", b"Mt32"}),
)
RAW, RUNS = 0, 1  # compressions of the composite
ROWS = 64


@dataclass(slots=True)
class _Psd:
    """What stands before the composite."""

    is_large: bool
    n_channels: int
    height: int
    width: int
    bits: int
    mode: str
    palette: bytes = b""
    resources: dict[int, bytes] = field(default_factory=dict)
    has_transparency: bool = False
    composite: int = 0  # where it begins

    @property
    def length(self) -> str:
        """How lengths of large parts are stored."""
        return ">Q" if self.is_large else ">I"


def load_psd(source: bytes, reading: Reading) -> Loaded:
    """Load the composite of a PSD or PSB in 8 bits a channel.

    Channels that are saved selections or spot inks are left out; transparency is the one that the
    layers leave. Raises ImageError if it is too large, has no composite, or is of a kind that is
    not read; damage raises ValueError or struct.error.
    """
    psd = _parse(source)
    raise_if_too_large(psd.width, psd.height, reading.max_pixels)
    if psd.width * psd.height == 0:
        raise ValueError(f"found {psd.width} x {psd.height} pixels")
    if reading.frame:
        raise no_such_frame(1, reading.frame)
    version = psd.resources.get(VERSION_INFO, b"")
    if len(version) > 4 and not version[4]:
        raise ImageError(
            "unreadable: PSD without a flat copy of its layers; Photoshop writes one with"
            " 'maximize compatibility'"
        )
    n_colors = N_CHANNELS[psd.mode]
    if psd.n_channels < n_colors:
        raise ValueError(f"found {psd.n_channels} channels, expected {n_colors}")
    has_alpha = psd.has_transparency and psd.mode in {"L", "RGB"} and psd.n_channels > n_colors
    n_read = n_colors + has_alpha
    planes = list(islice(_planes(source, psd), n_read))
    image, notes = _image(psd, planes, has_alpha)
    n_left = psd.n_channels - n_read
    if n_left:
        notes = (*notes, f"{n_left} more channel{'s' if n_left > 1 else ''} left out")
    mode = image.mode if psd.bits < 16 else f"{image.mode};{psd.bits}{'F' * (psd.bits == 32)}"
    # Light was encoded; a profile told where from.
    profile = None if psd.bits == 32 else psd.resources.get(ICC_PROFILE)
    return Loaded(image, "PSD", mode, 1, profile, _dpi(psd), notes)


def _parse(source: bytes) -> _Psd:
    version, n_channels, height, width, bits, mode = struct.unpack_from(">H6xHIIHH", source, 4)
    if mode not in COLOR_MODES or bits not in SAMPLES or (bits == 1) != (mode == 0):
        told = REFUSED_MODES.get(mode, f"of color mode {mode} in {bits} bits")
        raise ImageError(f"unreadable: PSD {told}")
    psd = _Psd(version == 2, n_channels, height, width, bits, COLOR_MODES[mode])
    begin, end = _block(source, 26, ">I")
    psd.palette = source[begin:end]
    begin, end = _block(source, end, ">I")
    psd.resources = dict(_resources(source, begin, end))
    begin, psd.composite = _block(source, end, psd.length)
    psd.has_transparency = _has_transparency(source, begin, psd)
    return psd


def _block(source: bytes, at: int, length: str) -> tuple[int, int]:
    """Return where that begins and ends which stands behind its length."""
    (size,) = struct.unpack_from(length, source, at)
    begin = at + struct.calcsize(length)
    if begin + size > len(source):
        raise ValueError("the file ends too early")
    return begin, begin + size


def _resources(source: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at < end and source[at : at + 4] in RESOURCE_SIGNATURES:
        number, length_of_name = struct.unpack_from(">HB", source, at + 4)
        begin, after = _block(source, at + 7 + (length_of_name | 1), ">I")
        yield number, source[begin:after]
        at = after + (after - begin) % 2


def _has_transparency(source: bytes, begin: int, psd: _Psd) -> bool:
    """Tell whether the first channel behind the colors is what the layers leave transparent."""
    at = begin
    while at < psd.composite:
        if at == begin:  # layers, then the mask over all, then blocks
            count, at = _block(source, at, psd.length)
            if at - count >= 2:
                return _is_negative(source, count)
            if at < psd.composite:
                _, at = _block(source, at, ">I")
        elif source[at : at + 4] in BLOCK_SIGNATURES:
            key = source[at + 4 : at + 8]
            is_long = psd.is_large and key in LAYERS | TRANSPARENCY
            count, at = _block(source, at + 8, ">Q" if is_long else ">I")
            if key in TRANSPARENCY:
                return True
            if key in LAYERS and at - count >= 2:
                return _is_negative(source, count)
            at += (count - at) % 4
        else:
            break
    return False


def _is_negative(source: bytes, at: int) -> bool:
    """Read the number of layers, whose sign tells of transparency."""
    return source[at] >= 128


def _planes(source: bytes, psd: _Psd) -> Iterator[NDArray[Any]]:
    """Yield the channels of the composite, each of shape (H, W)."""
    (compression,) = struct.unpack_from(">H", source, psd.composite)
    at = psd.composite + 2
    row_bytes = (psd.width + 7) // 8 if psd.bits == 1 else psd.width * psd.bits // 8
    size = (row_bytes, psd.height)
    if compression == RUNS:
        table = np.frombuffer(
            source, ">u4" if psd.is_large else ">u2", psd.n_channels * psd.height, at
        )
        at += table.nbytes
        lengths = table.reshape(psd.n_channels, psd.height).sum(axis=1, dtype=np.int64).tolist()
    elif compression == RAW:
        lengths = [row_bytes * psd.height] * psd.n_channels
    else:
        raise ImageError(f"unreadable: PSD of compression {compression}")
    for length in lengths:
        if at + length > len(source):
            raise ValueError("the file ends too early")
        if compression == RUNS:
            content = source[at : at + length]
            rows = np.asarray(Image.frombytes("L", size, content, "packbits", "L"))
        else:
            rows = np.frombuffer(source, np.uint8, length, at).reshape(psd.height, row_bytes)
        at += length
        if psd.bits == 1:
            yield np.unpackbits(rows, axis=1, count=psd.width)
        else:
            yield rows.view(SAMPLES[psd.bits])


def _image(
    psd: _Psd, planes: list[NDArray[Any]], has_alpha: bool
) -> tuple[Image.Image, tuple[str, ...]]:
    """Reduce planes of shape (H, W) to 8 bits, and say what was scaled."""
    if psd.mode == "P":
        return _indexed(psd, planes[0]), ()
    levels = np.empty((psd.height, psd.width, len(planes)), np.uint8)
    white = {1: 1.0, 8: 255.0, 16: 65_535.0, 32: 1.0}[psd.bits]
    scale = Scale(white=white, white_alpha=white, is_linear=psd.bits == 32)
    for top in range(0, psd.height, ROWS):
        band = np.stack([plane[top : top + ROWS] for plane in planes], axis=2).astype(np.float32)
        if has_alpha:
            _take_off_white(band, white)
        rows = levels[top : top + ROWS]
        rows[:] = scale.apply(band, has_alpha=has_alpha)
        if psd.mode in {"1", "CMYK"}:  # black is one; all ink is zero
            np.subtract(255, rows, out=rows)
        if psd.mode == "LAB":
            rows[..., 1:] ^= 128  # Pillow's raw mode is signed
    notes: tuple[str, ...] = ()
    if psd.bits > 8:
        notes = (LINEAR if psd.bits == 32 else f"{psd.bits} bits a channel reduced to 8",)
    mode = {"1": "L"}.get(psd.mode, psd.mode) + "A" * has_alpha
    size = (psd.width, psd.height)
    return Image.frombuffer(mode, size, np.squeeze(levels), "raw", mode, 0, 1), notes


def _take_off_white(band: NDArray[np.float32], white: float) -> None:
    """Undo that Photoshop lays the composite onto white, in place."""
    alpha = band[..., -1:] / white
    with np.errstate(all="ignore"):
        colors = (band[..., :-1] - white * (1 - alpha)) / alpha
    band[..., :-1] = np.nan_to_num(colors, nan=white, posinf=white, neginf=0).clip(0, None)


def _indexed(psd: _Psd, indices: NDArray[np.uint8]) -> Image.Image:
    if len(psd.palette) < 768:
        raise ValueError("a palette of fewer than 256 colors")
    image = Image.fromarray(np.ascontiguousarray(indices))
    image.putpalette(np.frombuffer(psd.palette, np.uint8, 768).reshape(3, 256).T.tobytes())
    transparent = psd.resources.get(TRANSPARENT_INDEX, b"")
    if len(transparent) >= 2:
        image.info["transparency"] = struct.unpack(">H", transparent[:2])[0]
    return image


def _dpi(psd: _Psd) -> tuple[float, float] | None:
    """Return pixels per inch, where they make sense; units beside them are only for showing."""
    content = psd.resources.get(RESOLUTION, b"")
    if len(content) < 12:
        return None
    horizontal, vertical = (struct.unpack_from(">I", content, at)[0] / 65_536 for at in (0, 8))
    return if_sensible((horizontal, vertical))
