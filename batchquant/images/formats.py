"""The formats that are read, by the name Pillow gives them and the endings they go by.

An allow-list: Pillow reads more, but some of that starts outside programs (EPS) or trusts sizes it
should not (BLP).
"""

from PIL import Image

MAX_PIXELS = 250_000_000  # refused after the header, before memory is asked for
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own check comes first, and raises above twice that

FORMATS: dict[str, tuple[str, ...]] = {
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}

SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
"""Endings of the files that are looked at, lower case; what is inside decides what they are."""
