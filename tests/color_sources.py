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


def bmp_with_profile(image, profile):
    """A BMP, version 5, with a color profile; where there is none, with gamma and end points."""
    rows = np.asarray(image)[::-1, :, ::-1]  # 4 n pixels a row need no padding
    height, width = rows.shape[:2]
    header = struct.pack("<IiiHHIIiiII", 124, width, height, 1, 24, 0, rows.nbytes, 0, 0, 0, 0)
    header += bytes(16) + (b"DEBM" if profile else bytes(4))
    header += struct.pack("<9I3I", *[1 << 29] * 9, *[1 << 16] * 3)
    header += struct.pack("<4I", 4, 124 + rows.nbytes, len(profile), 0)
    size = 14 + len(header) + rows.nbytes + len(profile)
    start = b"BM" + struct.pack("<IHHI", size, 0, 0, 14 + len(header))
    return start + header + rows.tobytes() + profile


def jp2_with_profile(image, profile):
    """A JPEG 2000 file whose box of color holds a profile (ISO/IEC 15444-1, I.5.3.3)."""
    plain = encode(image, "JPEG2000", irreversible=False)
    at, start = plain.index(b"colr") - 4, plain.index(b"jp2h") - 4
    (size,) = struct.unpack_from(">I", plain, at)
    (outer,) = struct.unpack_from(">I", plain, start)
    box = struct.pack(">I", 11 + len(profile)) + b"colr\x02\0\0" + profile
    grown = struct.pack(">I", outer + len(box) - size)
    return plain[:start] + grown + plain[start + 4 : at] + box + plain[at + size :]
