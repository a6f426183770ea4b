import io
import struct
from pathlib import Path

import numpy as np
import pytest
from openimageio_sources import (
    GRAY_WITH_ALPHA_JXL,
    MOVING_JXL,
    packed_tiff,
    ramp,
    write,
    write_pages,
)
from photoshop_sources import picture, psd
from PIL import Image
from sources import encode, png_of_size

from batchquant.errors import ImageError
from batchquant.images.read import formats, header
from batchquant.images.read.decode import decode
from batchquant.images.read.header import Header, is_picture, probe
from batchquant.images.read.jxl import jxl_size
from batchquant.images.read.picture import Reading
from batchquant.images.read.tiff import pictures
from batchquant.images.read.version import MENDED


def probe_bytes(tmp_path, source):
    path = tmp_path / "picture"
    path.write_bytes(source)
    return probe(path)


def frames(n):
    """Pictures of 4 x 3 pixels that differ."""
    return [Image.new("RGB", (4, 3), (40 * i, 0, 0)) for i in range(n)]


def test_the_header_is_enough(tmp_path):
    assert probe_bytes(tmp_path, png_of_size(20_000, 10_000)) == Header(((20_000, 10_000),))


def test_a_size_that_will_be_refused_is_told_all_the_same(tmp_path):
    assert probe_bytes(tmp_path, png_of_size(2_000_000, 1_000)) == Header(((2_000_000, 1_000),))


def test_what_cannot_be_read_has_no_header(tmp_path):
    assert probe_bytes(tmp_path, b"no picture") is None
    assert probe_bytes(tmp_path, b"") is None
    assert probe(tmp_path / "missing.png") is None
    assert probe(tmp_path) is None


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_frames_are_counted(tmp_path, format_name):
    first, *others = frames(3)
    source = encode(first, format_name, save_all=True, append_images=others)
    assert probe_bytes(tmp_path, source).sizes == ((4, 3),) * 3
    assert probe_bytes(tmp_path, encode(first, format_name)) == Header(((4, 3),))


def test_icons_are_counted_and_the_second_picture_of_a_camera_is_not(tmp_path):
    icon = Image.new("RGB", (32, 32))
    source = encode(icon, "ICO", sizes=[(16, 16), (32, 32)])
    assert probe_bytes(tmp_path, source) == Header(((32, 32),) * 2)
    source = encode(icon, "MPO", save_all=True, append_images=[icon])
    assert probe_bytes(tmp_path, source) == Header(((32, 32),))


@pytest.mark.parametrize("format_name", ["GIF", "TIFF"])
def test_a_file_cut_off_in_its_second_frame_still_has_a_header(tmp_path, format_name):
    first, second = frames(2)
    whole = encode(first, format_name, save_all=True, append_images=[second])
    assert probe_bytes(tmp_path, whole[:-20]).sizes[0] == (4, 3)


def test_pages_of_tiff_have_sizes_of_their_own(tmp_path):
    pages = [Image.new("L", (4, 3)), Image.new("RGB", (40, 30))]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    assert probe_bytes(tmp_path, stream.getvalue()) == Header(((4, 3), (40, 30)))


def test_a_file_without_ending_is_a_picture_if_its_header_says_so(tmp_path):
    image = Image.new("RGB", (8, 8))
    sources = {"PNG": True, "JPEG": True, "GIF": True, "TIFF": True, "TGA": False, "DIB": False}
    for name, told in sources.items():
        (tmp_path / name).write_bytes(encode(image, name))
        assert is_picture(tmp_path / name, "") is told
    (tmp_path / "README").write_text("P6 or not P6\n")
    (tmp_path / "empty").touch()
    for name in ("README", "empty", "missing", "."):
        assert not is_picture(tmp_path / name, "")


def test_a_file_with_an_ending_is_opened_only_where_its_package_is_missing(tmp_path, monkeypatch):
    jpeg = encode(Image.new("RGB", (8, 8)), "JPEG")
    for name in ("photo.heic", "photo.txt", "photo.png"):
        (tmp_path / name).write_bytes(jpeg)
        assert not is_picture(tmp_path / name, Path(name).suffix)
    monkeypatch.setattr(header, "is_installed", lambda reader: reader != formats.PILLOW_HEIF)
    assert is_picture(tmp_path / "photo.heic", ".heic")
    assert not is_picture(tmp_path / "photo.png", ".png")
    assert not is_picture(tmp_path / "photo.txt", ".txt")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert not is_picture(tmp_path / "photo.heic", ".heic")


@pytest.mark.parametrize("suffix", [".exr", ".hdr", ".dpx", ".jxl"])
def test_sizes_of_what_openimageio_reads_are_known_without_it(tmp_path, suffix):
    source = write(suffix, ramp(3, 40), "uint8" if suffix in {".dpx", ".jxl"} else "float")
    assert probe_bytes(tmp_path, source) == Header(((40, 3),))
    assert probe_bytes(tmp_path, source[:11]) is None


def test_the_size_of_photoshop_files(tmp_path):
    for large in (False, True):
        assert probe_bytes(tmp_path, psd(picture(), large=large)) == Header(((4, 3),))


def test_the_larger_window_of_exr_counts(tmp_path):
    source = write(".exr", ramp(3, 40), display=(0, 0, 100, 50))
    assert probe_bytes(tmp_path, source) == Header(((100, 50),))
    source = write(".exr", ramp(3, 40), display=(0, 0, 2, 2))
    assert probe_bytes(tmp_path, source) == Header(((40, 3),))


@pytest.mark.parametrize(
    ("bits", "size"),
    [  # ISO/IEC 18181-1, D.3, the lowest bit first
        ("1 00010 001", (24, 24)),  # small, 8 (2 + 1) rows, as wide
        ("1 00010 000 00100", (40, 24)),
        ("1 00011 101", (56, 32)),  # 16 to 9, rounded down
        ("0 00 000000111 000 00 000001000", (9, 8)),
        ("0 01 0000000001111 000 11 " + f"{69_999:030b}", (70_000, 16)),
    ],
)
def test_sizes_of_jpeg_xl(bits, size):
    number = at = 0
    for field in bits.split():
        number |= int(field, 2) << at
        at += len(field)
    content = b"\xff\x0a" + number.to_bytes(14, "little")
    assert jxl_size(io.BytesIO(content)) == size
    box = struct.pack(">I4s", 8 + len(content), b"jxlc") + content
    assert jxl_size(io.BytesIO(b"\0\0\0\x0cJXL \r\n\x87\n" + box)) == size


def test_a_jpeg_xl_that_libjxl_wrote(tmp_path):
    assert probe_bytes(tmp_path, GRAY_WITH_ALPHA_JXL) == Header(((4, 2),))
    assert probe_bytes(tmp_path, MOVING_JXL) == Header(((40, 30),))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_sizes_of_tiff_that_pillow_does_not_know(tmp_path, order, big):
    source = packed_tiff(3, 2, 1, 17, bytes(20), photometric=1, order=order, big=big)
    assert probe_bytes(tmp_path, source) == Header(((3, 2),))


def test_pages_of_tiff_are_counted_where_pillow_knows_only_some(tmp_path):
    source = write_pages(np.zeros((4, 5, 1), np.uint8), np.zeros((7, 6, 3), np.float32))
    assert probe_bytes(tmp_path, source) == Header(((5, 4), (6, 7)), MENDED, MENDED)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([{}, {254: 1}, {254: 4}, {255: 2}, {254: 2}], [0, 4]),  # copy, mask, old copy, page
        ([{254: 1}, {}], [1]),
        ([{254: 1}, {254: 1}], [0, 1]),
    ],
)
def test_copies_in_tiff_are_no_pictures(kinds, expected):
    content = b"II*\0" + struct.pack("<I", 8)
    for number, kind in enumerate(kinds):
        tags = sorted({256: 10 + number, 257: 20, **kind}.items())
        directory = struct.pack("<H", len(tags))
        directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        is_last = number + 1 == len(kinds)
        after = 0 if is_last else len(content) + len(directory) + 4
        content += directory + struct.pack("<I", after)
    found = pictures(io.BytesIO(content))
    assert [each.number for each in found] == expected
    assert [(each.width, each.height) for each in found] == [(10 + n, 20) for n in expected]


def test_a_tiff_that_chases_its_tail_ends():
    content = b"II*\0" + struct.pack("<IHHHIIHHIII", 8, 2, 256, 4, 1, 3, 257, 4, 1, 2, 8)
    assert [each.number for each in pictures(io.BytesIO(content))] == [0]
    with pytest.raises(ValueError, match="no picture"):
        pictures(io.BytesIO(content[:20]))


def test_the_size_of_avif_is_known_though_its_decoder_refuses_it(tmp_path):
    source = encode(Image.new("RGB", (8, 8)), "AVIF")
    at = source.index(b"ispe")
    large = source[: at + 8] + struct.pack(">II", 17_000, 17_000) + source[at + 16 :]
    assert probe_bytes(tmp_path, large) == Header(((17_000, 17_000),))
    with pytest.raises(ImageError, match="too_large: 17000 x 17000 pixels"):
        decode(large)
    with pytest.raises(ImageError, match="17000 x 17000 pixels, more than its decoder takes"):
        decode(large, Reading(max_pixels=10**9))
