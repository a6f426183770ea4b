"""Image files made by hand, where Pillow writes no such thing."""

import io
import struct
import zlib

import numpy as np
from PIL import ImageCms

SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SWAPPED_PROFILE = (  # sRGB in which red and blue have changed places
    SRGB_PROFILE.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
)


def encode(image, format_name="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, format_name, **options)
    return stream.getvalue()


def png(width, height, bits, color_type, samples, *chunks):
    """A PNG of samples without filters; chunks are pairs of kind and content."""
    row = len(samples) // height
    filtered = b"".join(b"\0" + samples[y * row : (y + 1) * row] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(filtered)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def png_of_size(width, height):
    """A PNG whose header claims a size, without pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind, content):
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def tiff(
    planes,
    *,
    photometric=1,
    sample_format=1,
    extra_samples=(),
    interleaved=False,
    byte_order="<",
    compressed=False,
):
    """A TIFF of planes of shape (H, W), its numbers as TIFF 6.0 has them.

    Photometric 0: white is zero, 1: black is zero, 2: RGB. Sample format 1: unsigned, 2: signed,
    3: float. Extra sample 1: alpha that colors are multiplied by.
    """
    height, width = planes[0].shape
    n, bits = len(planes), planes[0].itemsize * 8
    if interleaved:
        planes = [np.stack(planes, axis=2)]
    strips = [plane.astype(plane.dtype.newbyteorder(byte_order)).tobytes() for plane in planes]
    if compressed:
        strips = [zlib.compress(strip) for strip in strips]
    tags = {
        256: [width],
        257: [height],
        258: [bits] * n,
        259: [8 if compressed else 1],
        262: [photometric],
        273: [0] * len(strips),  # offsets of the strips, known below
        277: [n],
        278: [height],
        279: [len(strip) for strip in strips],
        284: [min(len(strips), 2)],  # 1: one strip of all channels, 2: a strip for each
        **({338: extra_samples} if extra_samples else {}),
        339: [sample_format] * n,
    }
    begin = 8 + 2 + 12 * len(tags) + 4
    lists = 4 * sum(len(values) for values in tags.values() if len(values) > 1)
    offset = begin + lists
    for number, strip in enumerate(strips):
        tags[273][number] = offset
        offset += len(strip)
    directory, beyond = struct.pack(f"{byte_order}H", len(tags)), b""
    for tag, values in tags.items():
        packed = struct.pack(f"{byte_order}{len(values)}I", *values)
        directory += struct.pack(f"{byte_order}HHI", tag, 4, len(values))
        if len(values) > 1:
            directory += struct.pack(f"{byte_order}I", begin + len(beyond))
            beyond += packed
        else:
            directory += packed
    signature = b"II*\0" if byte_order == "<" else b"MM\0*"
    start = struct.pack(f"{byte_order}I", 8)
    return signature + start + directory + bytes(4) + beyond + b"".join(strips)


def icc_profile(space, pcs, **tags):
    """An ICC profile of version 2 (ICC.1:2001-04): color space, connection space, tags."""
    tags = {"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D), **tags}
    table, content = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        table += struct.pack(">4sII", name.encode(), begin + len(content), len(body))
        content += body + bytes(-len(body) % 4)
    header = struct.pack(">I4xI4s4s4s", begin + len(content), 0x02400000, b"prtr", space, pcs)
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + table + content


def linear_gray_profile():
    """A gray profile of gamma 1."""
    return icc_profile(b"GRAY", b"XYZ ", kTRC=b"curv\0\0\0\0" + struct.pack(">IH", 1, 0x100))


def black_ink_profile():
    """A CMYK profile of a printer in which only black ink shows."""
    identity = struct.pack(">9I", *(0x10000 * (i % 4 == 0) for i in range(9)))
    ramp = bytes(range(256))
    grid = (bytes([0, 128, 128]), bytes([255, 128, 128]))  # Lab of black and white
    lattice = b"".join(grid[corner % 2 == 0] for corner in range(16))  # the last ink varies fastest
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + 4 * ramp + lattice + 3 * ramp
    return icc_profile(b"CMYK", b"Lab ", A2B0=table)


def display_p3_profile():
    """Display P3 as Apple writes it: colorants of its primaries, adapted to D50 by Bradford."""
    colorants = {
        "rXYZ": (0.51512, 0.2412, -0.00105),
        "gXYZ": (0.29198, 0.69225, 0.04189),
        "bXYZ": (0.1571, 0.06657, 0.78407),
    }
    tags = {
        name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * part) for part in parts))
        for name, parts in colorants.items()
    }
    curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    packed = struct.pack(">5i", *(round(65536 * part) for part in curve))
    tags |= dict.fromkeys(("rTRC", "gTRC", "bTRC"), b"para\0\0\0\0\0\3\0\0" + packed)
    return icc_profile(b"RGB ", b"XYZ ", **tags)


def one_way_profile():
    """A profile that leads from RGB to Lab and not back: red is lightness, the rest is nothing."""
    identity = struct.pack(">9I", *(0x10000 * (i % 4 == 0) for i in range(9)))
    ramp = bytes(range(256))
    grid = (bytes([0, 128, 128]), bytes([255, 128, 128]))  # Lab of black and white
    lattice = b"".join(grid[corner >= 4] for corner in range(8))  # blue varies fastest
    table = b"mft1\0\0\0\0" + bytes([3, 3, 2, 0]) + identity + 3 * ramp + lattice + 3 * ramp
    return icc_profile(b"RGB ", b"Lab ", A2B0=table)


def xmp_of_orientation(orientation):
    """Metadata (XMP) that names an orientation as EXIF does."""
    description = f'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{orientation}"'
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    described = f"<rdf:RDF {rdf}><rdf:Description {description}/></rdf:RDF>"
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{described}</x:xmpmeta>'.encode()
