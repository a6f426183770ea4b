import io
from pathlib import Path

import pytest
from PIL import Image
from sources import encode, png_of_size

from batchquant.images.read import formats, header
from batchquant.images.read.header import Header, is_picture, probe


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
