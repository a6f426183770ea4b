"""What a file says of its colors where Pillow does not hand it on.

Not looked at are, as by browsers and most decoders: the gamma and end points of BMP (V4, V5), EXIF
``ColorSpace`` and ``InteropIndex`` of JPEG (R03 stands for Adobe RGB; who means it embeds the
profile as well), TransferFunction, WhitePoint and PrimaryChromaticities of TIFF (301, 318, 319),
profiles in GIF, and color spaces of JPEG 2000 other than sRGB, its YCC and gray. Nor are code
points within AV1 and HEVC data: without a box, a file is sRGB (ISO/IEC 23000-22, 7.3.6.4).
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from batchquant.images.read.boxes import MAX_BYTES, box, boxes, read_box
from batchquant.images.read.color_space import (
    ColorSpace,
    space_of_cicp,
    space_of_gamma,
    space_of_nclx,
)

T = TypeVar("T")
PNG_CHUNKS = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}  # and their sizes
ICC_METHODS = {2, 3}  # of JPEG 2000: a profile, restricted or any


def read_space(stream: BinaryIO, source_format: str) -> ColorSpace | None:
    """Read what numbers in a file say of its colors; None for nothing, or nothing of sense.

    A color profile comes before it, but for `ColorSpace.beats_profile`. The stream is left where it
    stands. In PNG cICP comes before iCCP before sRGB before gAMA with cHRM (third edition, W3C
    2025, 4.3); boxes of AVIF and HEIF are as in ISO/IEC 23008-12.
    """
    return _read(stream, SPACES.get(source_format))


def read_profile(stream: BinaryIO, source_format: str) -> bytes | None:
    """Read the ICC profile of BMP (V5), which browsers heed, and of JPEG 2000: Pillow does not."""
    return _read(stream, PROFILES.get(source_format))


def is_told(stream: BinaryIO, source_format: str) -> bool:
    """Tell, without decoding, whether a file is shown right by what is read here alone.

    Also where it is sRGB by cICP, which may stand beside a profile that is not.
    """
    space = read_space(stream, source_format)
    if space is not None and (space.beats_profile or not space.is_srgb):
        return True
    return read_profile(stream, source_format) is not None


def _space_of_png(stream: BinaryIO) -> ColorSpace | None:
    told: dict[bytes, bytes] = {}
    for kind, content in _png_chunks(stream):
        told.setdefault(kind, content)
    if b"cICP" in told and (space := space_of_cicp(told[b"cICP"])):
        return space
    if b"sRGB" in told or b"gAMA" not in told:  # primaries alone are ignored, as by browsers
        return None
    (gamma,) = struct.unpack(">I", told[b"gAMA"])
    primaries = struct.unpack(">8I", told[b"cHRM"]) if b"cHRM" in told else None
    return space_of_gamma(gamma, primaries)


def _png_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of `PNG_CHUNKS` that are whole, up to the pixels."""
    stream.seek(8)
    while len(header := stream.read(8)) == 8:
        size, kind = struct.unpack(">I4s", header)
        if kind == b"IDAT":
            return
        if PNG_CHUNKS.get(kind) != size:
            stream.seek(size + 4, 1)
            continue
        content, checksum = stream.read(size), stream.read(4)
        if struct.pack(">I", zlib.crc32(kind + content)) == checksum:
            yield kind, content


def _space_of_item(stream: BinaryIO) -> ColorSpace | None:
    """Return what the primary item of a file says, or where there is none, its first track."""
    meta = read_box(stream, b"meta")[4:]
    colors = _properties_of_primary_item(meta) if meta else boxes(_sample_entry(stream))
    for kind, content in colors:
        if kind == b"colr" and content[:4] == b"nclx":
            return space_of_nclx(*struct.unpack_from(">2H", content, 4))
    return None


def _properties_of_primary_item(meta: bytes) -> list[tuple[bytes, bytes]]:
    primary = box(meta, b"pitm")
    (item,) = struct.unpack_from(">I" if primary[0] else ">H", primary, 4)
    properties = list(boxes(box(meta, b"iprp", b"ipco")))
    for kind, content in boxes(box(meta, b"iprp")):
        if kind == b"ipma":
            places = dict(_associations(content)).get(item, [])
            if places:
                return [properties[place - 1] for place in places if place]
    return []


def _associations(content: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield each item of a box ``ipma`` and the places of its properties, counted from 1."""
    id_type = ">I" if content[0] else ">H"
    place_type, mask = (">H", 0x7FFF) if content[3] & 1 else (">B", 0x7F)
    (n_items,), position = struct.unpack_from(">I", content, 4), 8
    for _ in range(n_items):
        (item,) = struct.unpack_from(id_type, content, position)
        position += struct.calcsize(id_type)
        n_places, position = content[position], position + 1
        n_bytes = n_places * struct.calcsize(place_type)
        places = content[position : position + n_bytes]
        yield item, [place & mask for (place,) in struct.iter_unpack(place_type, places)]
        position += n_bytes


def _sample_entry(stream: BinaryIO) -> bytes:
    """Return the boxes in the first visual sample entry of the first track."""
    path = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    for _, entry in boxes(box(read_box(stream, b"moov"), *path)[8:]):
        return entry[78:]
    return b""


def _profile_of_bmp(stream: BinaryIO) -> bytes | None:
    stream.seek(0)
    begin = 14 if stream.read(2) == b"BM" else 0
    stream.seek(begin)
    header = stream.read(124)
    (size,) = struct.unpack_from("<I", header)
    if size != len(header) or header[56:60] != b"DEBM":  # PROFILE_EMBEDDED, little-endian
        return None
    offset, size = struct.unpack_from("<2I", header, 112)
    stream.seek(begin + offset)
    return stream.read(min(size, MAX_BYTES)) or None


def _profile_of_jp2(stream: BinaryIO) -> bytes | None:
    content = box(read_box(stream, b"jp2h"), b"colr")
    return content[3:] if content and content[0] in ICC_METHODS else None


def _read(stream: BinaryIO, reader: Callable[[BinaryIO], T | None] | None) -> T | None:
    """Read what there is, and leave the file where it stands."""
    if reader is None:
        return None
    position = stream.tell()
    try:
        return reader(stream)
    except (struct.error, IndexError):  # what is there breaks off
        return None
    finally:
        stream.seek(position)


SPACES = {"PNG": _space_of_png, "AVIF": _space_of_item, "HEIF": _space_of_item}
PROFILES = {"BMP": _profile_of_bmp, "DIB": _profile_of_bmp, "JPEG2000": _profile_of_jp2}
