"""Files made of boxes, as ISO base media and JPEG 2000 have them."""

import io
import struct

import numpy as np
from PIL import Image
from sources import encode


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full_box(kind, version, content):
    return box(kind, bytes([version, 0, 0, 0]) + content)


def item_locations(version, items):
    """An `iloc` box; items are (number, construction method, base, [(offset, length)])."""
    wide = ">I" if version == 2 else ">H"
    content = bytes([0x44, 0x44 if version else 0x40]) + struct.pack(wide, len(items))
    for number, method, base, extents in items:
        content += struct.pack(wide, number) + (struct.pack(">H", method) if version else b"")
        content += struct.pack(">HIH", 0, base, len(extents))
        for extent in extents:
            content += struct.pack(">III", 0, *extent) if version else struct.pack(">II", *extent)
    return full_box(b"iloc", version, content)


def of_brand(brand, meta, data=b""):
    """An ISO base media file of a `meta` box and media data, and where that begins."""
    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + full_box(b"meta", 0, meta)
    return head + box(b"mdat", data), len(head) + 8


def heic_of_tiles(color, n=3):
    """A HEIC of a row of tiles of 64 x 64 in one color, as telephones write them (`grid`)."""
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), color)).save(stream, quality=90)
    one = stream.getvalue()
    at = one.index(b"hvcC") - 4
    settings = one[at : at + int.from_bytes(one[at : at + 4], "big")]
    tile = one[one.index(b"mdat") + 4 :]
    grid = struct.pack(">BBBBHH", 0, 0, 0, n - 1, 64 * n, 64)
    numbers = [*range(1, n + 2)]  # the grid, then its tiles
    kinds = [b"grid", *[b"hvc1"] * n]
    entries = b"".join(
        full_box(b"infe", 2, struct.pack(">HH4sB", number, 0, kind, 0))
        for number, kind in zip(numbers, kinds, strict=True)
    )
    sizes = [full_box(b"ispe", 0, struct.pack(">II", width, 64)) for width in (64 * n, 64)]
    told = [struct.pack(">HBB", 1, 1, 1)]
    told += [struct.pack(">HBBB", number, 2, 2, 0x83) for number in numbers[1:]]

    def meta(begin):
        places = [(1, 1, 0, [(0, len(grid))])]
        places += [(n + 2, 0, begin, [(n * len(tile), len(tile))]) for n in range(n)]
        return b"".join(
            [
                full_box(b"hdlr", 0, bytes(4) + b"pict" + bytes(13)),
                full_box(b"pitm", 0, struct.pack(">H", 1)),
                item_locations(1, places),
                full_box(b"iinf", 0, struct.pack(">H", n + 1) + entries),
                full_box(b"iref", 0, box(b"dimg", struct.pack(f">HH{n}H", 1, n, *numbers[1:]))),
                box(
                    b"iprp",
                    box(b"ipco", b"".join([*sizes, settings]))
                    + full_box(b"ipma", 0, struct.pack(">I", n + 1) + b"".join(told)),
                ),
                box(b"idat", grid),
            ]
        )

    _, begin = of_brand(b"heic", meta(0))
    return of_brand(b"heic", meta(begin), n * tile)[0]


NUMBERS = np.tile(np.arange(4, dtype=np.uint8), (4, 1))


def with_palette(entries, *, numbers=NUMBERS, bits=8, mapping=None, kinds=(), space=16):
    """A JPEG 2000 file of numbers, and of entries that they stand for."""
    plain = encode(Image.fromarray(numbers), "JPEG2000", irreversible=False)
    start = plain.index(b"jp2h") - 4
    (size,) = struct.unpack_from(">I", plain, start)
    n = len(entries[0])
    number = "B" if bits <= 8 else "H"
    pclr = struct.pack(">HB", len(entries), n) + bytes([bits - 1]) * n
    pclr += b"".join(struct.pack(f">{n}{number}", *entry) for entry in entries)
    mapping = mapping or [(0, 1, column) for column in range(n)]
    told = box(b"cmap", b"".join(struct.pack(">HBB", *channel) for channel in mapping))
    if kinds:
        told += box(
            b"cdef",
            struct.pack(">H", len(kinds)) + b"".join(struct.pack(">HHH", *k) for k in kinds),
        )
    inner = plain[start + 8 : start + size]
    at = inner.index(b"colr") + 7
    inner = inner[:at] + struct.pack(">I", space) + inner[at + 4 :]
    header = box(b"jp2h", inner + box(b"pclr", pclr) + told)
    return plain[:start] + header + plain[start + size :]
