"""Image files that say what their colors mean otherwise than Pillow writes it."""

import struct
import zlib

import numpy as np
from PIL import Image
from sources import encode

ADOBE_RGB = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)  # as in cHRM
SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
COLORS = [(10, 10, 10), (30, 30, 30), (128, 128, 128), (230, 60, 60), (60, 200, 60)]


def stripes(width=16, height=16):
    """A picture of `COLORS` from left to right, each as wide as no codec mixes."""
    return Image.fromarray(np.repeat(np.array([COLORS], np.uint8), width, 1).repeat(height, 0))


def gama(gamma):
    return b"gAMA", struct.pack(">I", round(100_000 * gamma))


def chrm(primaries):
    return b"cHRM", struct.pack(">8I", *primaries)


def cicp(primaries, transfer, matrix=0, full_range=1):
    return b"cICP", bytes([primaries, transfer, matrix, full_range])


def chunk(kind, content):
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png_with(image, *chunks, **options):
    """A PNG by Pillow with further chunks, pairs of kind and content, before all others."""
    plain = encode(image, "PNG", **options)
    return plain[:33] + b"".join(chunk(*pair) for pair in chunks) + plain[33:]


def with_nclx(source, primaries, transfer):
    """An AVIF or HEIC file whose boxes of color state other code points."""
    head, *others = source.split(b"colrnclx")
    stated = struct.pack(">2H", primaries, transfer)
    return head + b"".join(b"colrnclx" + stated + other[4:] for other in others)


def avif(image, primaries, transfer, **options):
    plain = encode(image, "AVIF", quality=100, subsampling="4:4:4", **options)
    return with_nclx(plain, primaries, transfer)


def heic(image, primaries, transfer, **options):
    import pillow_heif

    pillow_heif.register_heif_opener()
    return with_nclx(encode(image, "HEIF", quality=-1, chroma=444, **options), primaries, transfer)
