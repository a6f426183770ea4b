"""BMP and DIB with bit fields, of which Pillow reads some, and few with their alpha."""

import struct
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

HEADER_BYTES = 154  # as many as `has_bit_fields` asks for
FILE_HEADER = 14  # of BMP; DIB begins with what follows
BIT_FIELDS, ALPHA_BIT_FIELDS = 3, 6  # compressions
WITH_MASKS = {52: 3, 56: 4, 108: 4, 124: 4}  # size of header → masks in it
KNOWN = {
    16: {(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)},
    32: {
        (0xFF0000, 0xFF00, 0xFF, 0),
        (0xFF000000, 0xFF0000, 0xFF00, 0),
        (0xFF000000, 0xFF00, 0xFF, 0),
        (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
        (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
        (0, 0, 0, 0),
    },
}
"""Bits a pixel → masks of red, green, blue and alpha that Pillow 13 reads right."""
INCHES = 39.3701  # in a meter
DECODER = "batchquant_bit_fields"


class BitFieldsFile(ImageFile.ImageFile):
    """A BMP or DIB whose masks Pillow does not know, or whose alpha it drops.

    `bits` are those of the deepest color channel.
    """

    format = "BMP"
    format_description = "Windows Bitmap with bit fields"
    bits = 8

    def _open(self) -> None:
        assert self.fp is not None
        head = self.fp.read(HEADER_BYTES)
        start = FILE_HEADER if head.startswith(b"BM") else 0
        self.format = "BMP" if start else "DIB"
        told = _bit_fields(head)
        if told is None:
            raise SyntaxError("no bit fields that Pillow mistakes")
        n_bits, masks, end = told
        width, height = struct.unpack_from("<ii", head, start + 4)
        across, down = struct.unpack_from("<ii", head, start + 24)
        direction = -1 if height > 0 else 1
        self._size = abs(width), abs(height)
        self._mode = "RGBA" if masks[3] else "RGB"
        self.bits = max(mask.bit_count() for mask in masks[:3])
        if across > 0 and down > 0:
            self.info["dpi"] = across / INCHES, down / INCHES
        place = struct.unpack_from("<I", head, 10)[0] if start else end
        args = (n_bits, masks, direction)
        self.tile = [ImageFile._Tile(DECODER, (0, 0, *self.size), place, args)]


class BitFieldsDecoder(ImageFile.PyDecoder):
    """Samples of 16 or 32 bits → 8 bits a channel, each scaled by the range of its mask."""

    _pulls_fd = True

    def decode(self, buffer: Image.DecoderInput) -> tuple[int, int]:
        """Decode the rest of the file."""
        n_bits, masks, direction = cast(tuple[int, tuple[int, ...], int], self.args)
        width, height = self.state.xsize, self.state.ysize
        row_size = (width * n_bits + 31) // 32 * 4
        fd = cast(BinaryIO, self.fd)
        data = fd.read(row_size * height)
        if len(data) < row_size * height:
            if not ImageFile.LOAD_TRUNCATED_IMAGES:
                raise OSError("image file is truncated")
            data = data.ljust(row_size * height, b"\0")
        rows = np.frombuffer(data, f"<u{n_bits // 8}").reshape(height, -1)[:, :width]
        planes = [_to_8_bits(rows, mask) for mask in masks[: len(self.mode)]]
        self.set_as_raw(np.stack(planes, axis=2).tobytes(), self.mode, (0, direction))
        return -1, 0


Image.register_decoder(DECODER, BitFieldsDecoder)


def has_bit_fields(header: bytes) -> bool:
    """Tell by its first 154 bytes, or all, whether `BitFieldsFile` reads a file."""
    return _bit_fields(header) is not None


def _bit_fields(header: bytes) -> tuple[int, tuple[int, int, int, int], int] | None:
    """Return bits a pixel, masks, and where the header of such a file ends."""
    start = FILE_HEADER if header.startswith(b"BM") else 0
    try:
        size, width, height, planes, n_bits, compression = struct.unpack_from(
            "<IiiHHI", header, start
        )
        n_masks = WITH_MASKS.get(size, 4 if compression == ALPHA_BIT_FIELDS else 3)
        end = start + size if size in WITH_MASKS else start + 40 + 4 * n_masks
        masks = struct.unpack_from(f"<{n_masks}I", header, start + 40)
    except struct.error:
        return None
    if size not in {40, *WITH_MASKS} or planes != 1 or width <= 0 or height == 0:
        return None
    if compression not in {BIT_FIELDS, ALPHA_BIT_FIELDS} or n_bits not in KNOWN:
        return None
    red, green, blue, alpha = (*masks, 0)[:4]
    is_alike = compression == BIT_FIELDS and (red, green, blue, alpha) in KNOWN[n_bits]
    if is_alike or not _are_fields((red, green, blue), alpha, n_bits):
        return None
    return n_bits, (red, green, blue, alpha), end


def _are_fields(colors: tuple[int, ...], alpha: int, n_bits: int) -> bool:
    """Tell whether each mask is one run of bits of the pixel, and no two share a bit."""
    masks = [*colors, alpha] if alpha else [*colors]
    is_run = all(mask and (mask // (mask & -mask) + 1).bit_count() == 1 for mask in masks)
    return is_run and sum(masks) == masks[0] | masks[1] | masks[2] | alpha < 1 << n_bits


def _to_8_bits(samples: NDArray[np.unsignedinteger], mask: int) -> NDArray[np.uint8]:
    shift, white = (mask & -mask).bit_length() - 1, mask // (mask & -mask)
    values = (samples & mask) >> shift
    if white < 255:  # as Pillow scales 5 and 6 bits, whatever the other masks
        return cast("NDArray[np.uint8]", (values.astype(np.uint32) * 255 // white).astype(np.uint8))
    return cast("NDArray[np.uint8]", np.rint(values * (255 / white)).astype(np.uint8))
