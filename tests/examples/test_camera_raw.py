"""Camera RAW: known by what is inside, before TIFF, and developed."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from raw_sources import BYTE, LONG, SHORT, XYZ_TO_SRGB, directory, dng, mosaic
from sources import encode

from batchquant.errors import ImageError
from batchquant.images.read import by_rawpy, formats, header
from batchquant.images.read.camera_raw import is_camera_raw, is_cut_off, raw_size
from batchquant.images.read.decode import decode
from batchquant.images.read.formats import RAW_SUFFIXES, RAWPY
from batchquant.images.read.header import Header, is_picture, probe
from batchquant.images.read.picture import Reading
from batchquant.images.read.version import DECODER
from batchquant.sources.reading import read_source

LINEAR = np.empty((24, 36, 3), np.uint16)  # LibRaw takes no less than 22 rows
LINEAR[:] = 32768, 16384, 8192
LINEAR[:12, :18] = 65535, 0, 0  # red light in the top left quarter
RED, REST = [255, 0, 0], [188, 137, 99]  # the same through the transfer function of sRGB
PREVIEW = np.full((8, 9, 3), 77, np.uint8)
PLAIN_TIFF = encode(Image.new("RGB", (8, 5), (9, 9, 9)), "TIFF")


def corners(picture):
    pixels = picture.pixels
    return [pixels[y, x].tolist() for y, x in ((2, 2), (2, -3), (-3, 2), (-3, -3))]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("preview", [None, PREVIEW])
@pytest.mark.parametrize(("samples", "mode"), [(mosaic(LINEAR), "CFA"), (LINEAR, "RGB")])
def test_light_is_shown_as_it_was_measured(samples, mode, preview, order):
    source = dng(samples, preview=preview, order=order)
    picture = decode(source)
    assert corners(picture) == [RED, REST, REST, REST]
    assert (picture.source_format, picture.mode, picture.icc_profile) == ("RAW", mode, None)
    assert picture.notes == ("camera RAW developed with camera white balance",)
    assert raw_size(io.BytesIO(source)) == picture.pixels.shape[1::-1]


def test_gray_light_is_gray_and_dark_light_is_dark():
    assert decode(dng(LINEAR[..., :1])).pixels[2, -3].tolist() == [188, 188, 188]
    dark = decode(dng(mosaic(LINEAR // 16))).pixels
    assert dark.max() < 80  # no brightness is made up


def test_white_balance_is_the_cameras_or_it_is_said_whose():
    balanced = decode(dng(mosaic(LINEAR), neutral=(1, 0.5, 1)))
    assert corners(balanced)[3] == [188, 188, 99]
    picture = decode(dng(mosaic(LINEAR), neutral=None))
    assert corners(picture) == [RED, REST, REST, REST]
    assert picture.notes == ("camera RAW developed with daylight white balance: it states none",)


@pytest.mark.parametrize(("orientation", "corner"), [(1, 0), (2, 1), (3, 3), (4, 2)])
def test_orientation_is_applied_once(orientation, corner):
    picture = decode(dng(mosaic(LINEAR), orientation=orientation, preview=PREVIEW))
    assert corners(picture) == [RED if at == corner else REST for at in range(4)]
    turned = decode(dng(mosaic(LINEAR), orientation={1: 5, 2: 6, 3: 7, 4: 8}[orientation]))
    assert turned.pixels.shape == (36, 24, 3)
    assert corners(turned) == [RED if at == corner else REST for at in range(4)]


SUB_DIRECTORY = struct.pack("<I", 8) + directory(8, {262: (SHORT, [32803])})
WITHIN = struct.pack("<I", 8 + len(SUB_DIRECTORY) - 4) + SUB_DIRECTORY[4:]


@pytest.mark.parametrize(
    ("source", "suffix"),
    [
        (b"FUJIFILMCCD-RAW 0201", ""),
        (b"IIRO\x08\0\0\0", ".tif"),
        (b"IIRS\x08\0\0\0", ""),
        (b"IIU\0\x18\0\0\0", ""),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", ""),
        (b"II\x1a\0\0\0HEAPCCDR", ""),
        (b"II*\0\x10\0\0\0CR\2\0", ""),
        (PLAIN_TIFF, ".nef"),
        (b"II*\0\x08\0\0\0" + directory(8, {50706: (BYTE, [1, 4, 0, 0])}), ""),
        (b"II*\0\x08\0\0\0" + directory(8, {262: (SHORT, [34892])}), ""),
        (b"MM\0*\0\0\0\x08" + directory(8, {262: (SHORT, [32803])}, order=">"), ""),
        (
            b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"
            + directory(16, {262: (SHORT, [32803])}, is_big=True),
            "",
        ),
        (b"II*\0" + WITHIN + directory(len(WITHIN) + 4, {330: (LONG, [8])}), ""),
    ],
)
def test_camera_raw_is_known_by_what_is_inside(source, suffix):
    assert is_camera_raw(io.BytesIO(source), suffix)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"II*\0",
        PLAIN_TIFF,
        encode(Image.new("RGB", (8, 5)), "TIFF")[:100],
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0" + bytes([255] * 8),
        b"II*\0\x08\0\0\0" + directory(8, {262: (SHORT, [2])}, following=8),
        b"II*\0\x08\0\0\0\xff\xff" + bytes(1000),
        b"\0\0\0\x18ftypheic\0\0\0\0",
    ],
)
def test_what_is_no_camera_raw_is_none(source):
    assert not is_camera_raw(io.BytesIO(source), ".tif")


def test_without_tiff_inside_the_ending_says_nothing():
    png = encode(Image.new("RGB", (8, 5), (9, 9, 9)))
    picture = decode(png, suffix=".CR2")
    assert (picture.source_format, picture.pixels.shape) == ("PNG", (5, 8, 3))
    assert decode(PLAIN_TIFF, suffix=".tif").source_format == "TIFF"


def canon_cr3():
    tags = directory(8, {256: (SHORT, [6000]), 257: (SHORT, [4000])})
    return b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"....CMT1II*\0\x08\0\0\0" + tags


def fujifilm_raf():
    sizes = struct.pack(">IHHHHHHHH", 2, 0x130, 4, 0, 0, 0x100, 4, 4000, 6000)
    return b"FUJIFILMCCD-RAW ".ljust(92, b"\0") + struct.pack(">I", 96) + sizes


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (canon_cr3(), (6000, 4000)),
        (fujifilm_raf(), (6000, 4000)),
        (b"IIU\0\x08\0\0\0" + directory(8, {2: (SHORT, [60]), 3: (SHORT, [40])}), (60, 40)),
        (b"IIRO\x08\0\0\0" + directory(8, {256: (LONG, [60]), 257: (LONG, [40])}), (60, 40)),
        (canon_cr3()[:50], None),
        (fujifilm_raf()[:98], None),
        (b"II\x1a\0\0\0HEAPCCDR", None),
        (b"IIU\0\x08\0\0\0" + directory(8, {2: (SHORT, [60])}), None),
    ],
)
def test_the_size_is_read_where_it_is_told(source, size, tmp_path):
    assert raw_size(io.BytesIO(source)) == size
    (tmp_path / "a").write_bytes(source)
    assert probe(tmp_path / "a") == (Header((size,), DECODER, DECODER) if size else None)


def test_what_is_too_large_is_refused():
    source = dng(mosaic(LINEAR))
    with pytest.raises(ImageError, match="too_large: 36 x 24 pixels, more than the 863 "):
        decode(source, Reading(max_pixels=863))
    assert decode(source, Reading(max_pixels=864)).pixels.shape == (24, 36, 3)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("preview", [None, PREVIEW])
def test_what_is_cut_off_is_refused_wherever_it_is_cut(compressed, preview):
    whole = dng(mosaic(LINEAR), compressed=compressed, preview=preview)
    assert corners(decode(whole)) == [RED, REST, REST, REST]
    for length in range(0, len(whole), 41):
        with pytest.raises(ImageError, match=r"^unreadable: "):
            decode(whole[:length], Reading(truncated="accept"))
    with pytest.raises(ImageError, match=r"^unreadable: camera RAW that ends too early: "):
        decode(whole[:-1])


@pytest.mark.parametrize("content", [b"", b"mdat-data"])
@pytest.mark.parametrize("is_long", [False, True])
def test_boxes_tell_whether_cr3_is_whole(content, is_long):
    length = len(content) + (16 if is_long else 8)
    size = (
        struct.pack(">I4sQ", 1, b"mdat", length)
        if is_long
        else struct.pack(">I4s", length, b"mdat")
    )
    whole = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + size + content + b"\0" * 8
    assert not is_cut_off(whole)
    assert is_cut_off(whole[:-9]) is (len(content) > 0)


def test_the_header_tells_whether_raf_is_whole():
    header = b"FUJIFILMCCD-RAW ".ljust(100, b"\0") + struct.pack(">II", 108, 50)
    assert not is_cut_off(header + bytes(50))
    assert is_cut_off(header + bytes(49))
    assert not is_cut_off(header[:101])  # LibRaw will tell


def test_there_is_one_frame():
    with pytest.raises(ImageError, match="there is no frame 2, it has 1 frame"):
        decode(dng(mosaic(LINEAR)), Reading(frame=1))


def test_without_rawpy_it_says_how_to_install_it(monkeypatch, tmp_path):
    path = tmp_path / "scan"
    path.write_bytes(dng(mosaic(LINEAR)))
    assert is_picture(path, "")
    for room in (by_rawpy, formats, header):
        monkeypatch.setattr(room, "is_installed", lambda reader: reader != RAWPY)
    with pytest.raises(ImageError, match=r"^unreadable: needs rawpy, .*: pip install rawpy$"):
        decode(read_source(str(path)).content)
    assert not is_picture(path, "")
    path.write_bytes(encode(Image.new("RGB", (8, 5))))
    assert is_picture(path, ".cr2")
    assert not formats.read_suffixes() & set(RAW_SUFFIXES)


def test_the_matrix_of_the_sources_is_that_of_srgb():
    white = np.array(XYZ_TO_SRGB).reshape(3, 3) / 1e7 @ [0.95047, 1, 1.08883]
    assert np.allclose(white, 1, atol=1e-3)
