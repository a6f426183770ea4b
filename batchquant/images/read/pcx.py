"""PCX: palettes that Pillow does not find where the file has them."""

import struct

from PIL import Image, ImagePalette

CGA = bytes.fromhex(
    "000000 0000aa 00aa00 00aaaa aa0000 aa00aa aa5500 aaaaaa"
    "555555 5555ff 55ff55 55ffff ff5555 ff55ff ffff55 ffffff"
)
"""The sixteen colors of a CGA, three bytes each."""
SCREEN = (320, 200)  # of CGA in four colors: size of the picture, and what stands for its dpi
COLOR_BURST, PALETTE, INTENSITY = 0x80, 0x40, 0x20  # bits of the fourth byte of the palette
VERSION_WITH_256_COLORS, PALETTE_MARK = 5, b"\x0c"


def breaks_off(source: bytes) -> str:
    """Say whether 256 colors are missing, whose numbers Pillow then takes for grays."""
    version, bits, n_planes = source[1], source[3], source[65]
    if (version, bits, n_planes) != (VERSION_WITH_256_COLORS, 8, 1):
        return ""
    return "" if source[-769:-768] == PALETTE_MARK else "its palette is missing"


def is_cga(head: bytes) -> bool:
    """Tell whether a PCX is a screen of a CGA in four colors, by its first 128 bytes."""
    if len(head) < 128:
        return False
    left, top, right, bottom, *dpi = struct.unpack_from("<6H", head, 4)
    size = (right - left + 1, bottom - top + 1)
    return head[3] * head[65] == 2 and size == SCREEN and tuple(dpi) == SCREEN


def apply_cga_palette(image: Image.Image, source: bytes) -> None:
    """Give the screen of a CGA its colors, in place; Pillow takes the codes for colors.

    The first byte of the palette says the background in its upper four bits, the fourth byte which
    three colors stand before it (Murray and VanRyper, Encyclopedia of Graphics File Formats, 1996,
    PCX). Without color burst they are cyan, red and white. 320 x 200 "dpi" tell such files from
    others with two planes, whose palette is one, as in deark and TwelveMonkeys.
    """
    if image.mode != "P" or not is_cga(source[:128]):
        return
    background, told = source[16] >> 4, source[19]
    numbers = [3, 5 if told & COLOR_BURST else 4, 7] if told & PALETTE else [2, 4, 6]
    bright = 8 if told & INTENSITY else 0
    entries = [background, *(number + bright for number in numbers)]
    palette = b"".join(CGA[3 * entry : 3 * entry + 3] for entry in entries)
    image.palette = ImagePalette.raw("RGB", palette)
    image.im.putpalette("RGB", "RGB", palette)
