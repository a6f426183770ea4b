import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from sources import SWAPPED_PROFILE, encode, png

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe
from batchquant.images.read.picture import Reading

SAMPLES = bytes(range(60))
NOTE = "metadata left out: it is damaged"
BOMB = zlib.compress(bytes(PngImagePlugin.MAX_TEXT_CHUNK + 1))


def chunks(*parts):
    return png(5, 4, 8, 2, SAMPLES, *parts)


def check(picture):
    assert picture.pixels.tobytes() == SAMPLES
    assert picture.notes == (NOTE,)


@pytest.mark.parametrize(
    "part",
    [
        (b"zTXt", b"Comment\0\0" + BOMB),
        (b"iTXt", b"Comment\0\1\0\0\0" + BOMB),
        (b"iCCP", b"profile\0\1" + zlib.compress(b"no profile")),
    ],
)
def test_what_stands_beside_the_picture_may_be_damaged(part):
    check(decode(chunks(part)))


@pytest.mark.parametrize("cut", [1, 4, 8, 11, 12])
def test_the_end_may_be_missing(cut):
    picture = decode(chunks((b"tEXt", b"Title\0a picture"))[:-cut])
    assert picture.pixels.tobytes() == SAMPLES


def test_what_tells_of_size_and_colors_is_kept():
    density = (b"pHYs", struct.pack(">IIB", 11_811, 11_811, 1))
    picture = decode(chunks(density, (b"zTXt", b"Comment\0\0" + BOMB)))
    check(picture)
    assert picture.dpi == pytest.approx((300, 300), abs=0.1)


def test_a_whole_profile_beside_damage_is_kept():
    profile = (b"iCCP", b"profile\0\0" + zlib.compress(SWAPPED_PROFILE))
    picture = decode(chunks(profile, (b"zTXt", b"Comment\0\0" + BOMB)))
    check(picture)
    assert picture.icc_profile == SWAPPED_PROFILE


def test_an_animation_without_its_frames_is_its_first_picture():
    check(decode(chunks((b"acTL", struct.pack(">II", 2, 0)), (b"fdAT", b"\0\0\0\0"))))


@pytest.mark.parametrize("place", [b"IHDR", b"IDAT"])
def test_the_picture_itself_has_to_be_whole(place):
    source = bytearray(chunks((b"zTXt", b"Comment\0\0" + BOMB)))
    at = source.index(place)
    length = int.from_bytes(source[at - 4 : at])
    source[at + 4 + length] ^= 1  # its checksum
    with pytest.raises(ImageError, match="unreadable: "):
        decode(bytes(source))


def test_a_picture_that_breaks_off_is_not_repaired():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    source = encode(Image.fromarray(noise))
    for end in range(100, source.index(b"IEND") - 4, 97):
        with pytest.raises(ImageError, match="unreadable: "):
            decode(source[:end])


def test_too_large_is_told_of_a_repaired_picture():
    with pytest.raises(ImageError, match="too_large: 5 x 4 pixels"):
        decode(chunks((b"zTXt", b"Comment\0\0" + BOMB)), Reading(max_pixels=19))


def test_later_frames_are_not_asked_of_a_repaired_picture():
    with pytest.raises(ImageError):
        decode(chunks((b"zTXt", b"Comment\0\0" + BOMB)), Reading(frame=1))


def test_the_size_is_known_to_planning(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(chunks((b"iCCP", b"profile\0\1" + zlib.compress(b"no profile"))))
    with pytest.raises(SyntaxError):
        PngImagePlugin.PngImageFile(io.BytesIO(path.read_bytes()))
    assert probe(path).sizes == ((5, 4),)
