"""Camera RAW made by hand: DNG (1.4), and what tells of the others."""

import struct

import numpy as np

COLOR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL, IFD = 1, 2, 3, 4, 5, 10, 13
LETTERS = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "2I", SRATIONAL: "2i", IFD: "I"}
XYZ_TO_SRGB = [  # IEC 61966-2-1, in ten-millionths: what such a "camera" sees is linear sRGB
    *(32404542, -15371385, -4985314),
    *(-9692660, 18760108, 415560),
    *(556434, -2040259, 10572252),
]


def directory(at, tags, strip=b"", following=0, order="<", is_big=False):
    """A directory of a TIFF at an offset, with what its tags point to; tags are of type and values.

    Rationals are of numerator and denominator.
    """
    if strip:
        tags = {**tags, 273: (LONG, [0]), 279: (LONG, [len(strip)])}
    of_count, of_entry, room, of_offset = ("Q", "HHQ", 8, "Q") if is_big else ("H", "HHI", 4, "I")
    entries = struct.calcsize(f"={of_entry}") + room
    beyond_at = at + struct.calcsize(of_count) + entries * len(tags) + room
    packed = {}
    for tag, (kind, values) in sorted(tags.items()):
        n = len(values) // (2 if kind in {RATIONAL, SRATIONAL} else 1)
        packed[tag] = kind, n, struct.pack(f"{order}{n * LETTERS[kind]}", *values)
    strip_at = beyond_at + sum(len(value) for _, _, value in packed.values() if len(value) > room)
    if strip:
        packed[273] = LONG, 1, struct.pack(f"{order}I", strip_at)
    content, beyond = struct.pack(f"{order}{of_count}", len(packed)), b""
    for tag, (kind, n, value) in packed.items():
        content += struct.pack(f"{order}{of_entry}", tag, kind, n)
        if len(value) > room:
            content += struct.pack(f"{order}{of_offset}", beyond_at + len(beyond))
            beyond += value
        else:
            content += value.ljust(room, b"\0")
    return content + struct.pack(f"{order}{of_offset}", following) + beyond + strip


def mosaic(rgb):
    """What a sensor with filters in the order RGGB sees of a picture of shape (H, W, 3)."""
    seen = rgb[..., 1].copy()
    seen[::2, ::2], seen[1::2, 1::2] = rgb[::2, ::2, 0], rgb[1::2, 1::2, 2]
    return seen


def lossless_jpeg(samples):
    """Samples of shape (H, W) and 16 bits as lossless JPEG (ITU-T T.81, process 14)."""
    height, width = samples.shape
    frame = struct.pack(">HBHHB", 11, 16, height, width, 1) + bytes([1, 0x11, 0])
    codes = struct.pack(">HB", 36, 0) + bytes([0, 0, 0, 0, 17, *[0] * 11, *range(17)])  # of 5 bits
    scan = struct.pack(">HB", 8, 1) + bytes([1, 0, 1, 0, 0])  # predicted by the left neighbor
    values = samples.astype(int)
    above = np.concatenate([[1 << 15], values[:-1, 0]])[:, np.newaxis]
    steps = np.diff(values, axis=1, prepend=above).ravel().tolist()
    bits = "".join(map(_step, steps))
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    return (
        b"\xff\xd8\xff\xc3" + frame + b"\xff\xc4" + codes + b"\xff\xda" + scan + data + b"\xff\xd9"
    )


def _step(step):
    step = (step + (1 << 15)) % (1 << 16) - (1 << 15)
    size = abs(step).bit_length()
    if size in {0, 16}:  # the latter means -32768
        return f"{size:05b}"
    return f"{size:05b}{step if step > 0 else step + (1 << size) - 1:0{size}b}"


def dng(
    samples,
    *,
    orientation=1,
    neutral=(1, 1, 1),
    preview=None,
    order="<",
    compressed=False,
):
    """A DNG of linear light of sRGB's primaries, 0 to 65535.

    Samples of shape (H, W) are a mosaic, of shape (H, W, n) linear channels. With a preview, an
    8-bit picture of shape (h, w, 3), they lie in a directory within its own, as cameras have it.
    """
    height, width = samples.shape[:2]
    n = 1 if samples.ndim == 2 else samples.shape[2]
    image = {
        254: (LONG, [0]),
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [16] * n),
        259: (SHORT, [7 if compressed else 1]),
        262: (SHORT, [COLOR_FILTER_ARRAY if samples.ndim == 2 else LINEAR_RAW]),
        277: (SHORT, [n]),
        278: (LONG, [height]),
        284: (SHORT, [1]),
    }
    if samples.ndim == 2:
        image |= {33421: (SHORT, [2, 2]), 33422: (BYTE, [0, 1, 1, 2])}
    of_camera = {
        271: (ASCII, b"Nobody\0"),
        272: (ASCII, b"Nothing\0"),
        274: (SHORT, [orientation]),
        50706: (BYTE, [1, 4, 0, 0]),
        50707: (BYTE, [1, 1, 0, 0]),
        50708: (ASCII, b"Nobody Nothing\0"),
        50721: (SRATIONAL, [part for value in XYZ_TO_SRGB for part in (value, 10_000_000)]),
        50778: (SHORT, [21]),  # D65
    }
    if neutral:  # what a gray card gives, each of at most 1
        of_camera[50728] = RATIONAL, [part for v in neutral for part in (round(v * 1000), 1000)]
    strip = samples.astype(np.dtype(np.uint16).newbyteorder(order)).tobytes()
    if compressed:
        strip = lossless_jpeg(samples)
    start = {"<": b"II*\0", ">": b"MM\0*"}[order]
    if preview is None:
        alone = directory(8, image | of_camera, strip, 0, order)
        return start + struct.pack(f"{order}I", 8) + alone
    within = directory(8, image, strip, 0, order)
    first = {
        254: (LONG, [1]),
        256: (LONG, [preview.shape[1]]),
        257: (LONG, [preview.shape[0]]),
        258: (SHORT, [8, 8, 8]),
        259: (SHORT, [1]),
        262: (SHORT, [2]),
        277: (SHORT, [3]),
        278: (LONG, [preview.shape[0]]),
        330: (IFD, [8]),
    }
    at = 8 + len(within)
    outer = directory(at, first | of_camera, preview.tobytes(), 0, order)
    return start + struct.pack(f"{order}I", at) + within + outer
