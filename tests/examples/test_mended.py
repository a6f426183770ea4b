import io

import numpy as np
import pytest
from animation_sources import apng, gif
from color_sources import avif, gama, png_with
from container_sources import heic_of_tiles, with_palette
from picture_sources import bit_fields, bitmap, cga_screen, icon, tiff_pages
from PIL import Image
from sources import display_p3_profile, encode, one_way_profile

from batchquant.images.read.formats import BY_PILLOW
from batchquant.images.read.mended import is_read_otherwise
from batchquant.images.read.opening import open_image

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16, 3)).astype(np.uint8))
XMP = b'<rdf:Description tiff:Orientation="6"/>'
EXIF = Image.Exif()
EXIF[0x0112] = 3


def is_told(source):
    stream = io.BytesIO(source)
    image = open_image(stream)
    told = is_read_otherwise(image, stream)
    image.load()  # nothing was moved away
    return told


@pytest.mark.parametrize(
    "source",
    [
        tiff_pages({}, {254: 1}),
        apng((1, 1), (0, 0, 1, 1, b"\0\0\0\0", 0, 0), outside=b"\1\1\1\1"),
        gif((3, 1), [(0, 0, 0)], (1, 0, [[0]], {})),
        gif((1, 1), [(0, 0, 0)], (0, 0, [[0]], {}), (0, 0, [[0]], {"disposal": 2})),
        bit_fields(16, (0x7C00, 0x3E0, 0x1F, 0x8000), [[1]]),
        icon((4, 16, bitmap(4, (1, 2, 3))), (32, 0, bitmap(32, (1, 2, 3)))),
        with_palette([(0, 0, 0)] * 4),
        cga_screen([0, 0, 0, 0]),
        encode(NOISE, "JPEG", xmp=XMP),
        encode(NOISE, "JPEG", dpi=(204, 98)),
        encode(NOISE, "JPEG", icc_profile=one_way_profile()),
        png_with(NOISE, gama(1.0)),
        avif(NOISE, 12, 13),
    ],
)
def test_what_was_shown_otherwise_is_told(source):
    assert is_told(source)


def test_a_heic_without_all_of_its_data_is_told():
    whole = heic_of_tiles((9, 9, 9))
    assert not is_told(whole)
    stream = io.BytesIO(whole[:-9])
    assert is_read_otherwise(open_image(stream), stream)


@pytest.mark.parametrize(
    "source",
    [
        *(encode(NOISE, name) for name in BY_PILLOW if name not in {"SUN", "XPM", "DIB"}),
        encode(NOISE, "GIF", save_all=True, append_images=[NOISE.rotate(90)], disposal=1),
        tiff_pages({}, {254: 2}),
        bit_fields(16, (0xF00, 0xF0, 0xF, 0), [[1]]),
        encode(NOISE, "JPEG", xmp=XMP, exif=EXIF),
        encode(NOISE, "JPEG", dpi=(300, 300), icc_profile=display_p3_profile()),
        png_with(NOISE, gama(1 / 2.2)),
        avif(NOISE, 1, 13),
    ],
)
def test_what_was_right_is_not(source):
    assert not is_told(source)
