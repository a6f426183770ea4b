"""What a browser shows of a picture, and of our PNG of it: the same colors.

High dynamic range aside, where browsers differ and the curve is ours: `test_decode_space.py`.
"""

import base64

import numpy as np
import pytest
from color_sources import (
    ADOBE_RGB,
    COLORS,
    avif,
    bmp_with_profile,
    chrm,
    cicp,
    gama,
    png_with,
    stripes,
)
from PIL import Image, PngImagePlugin
from sources import SWAPPED_PROFILE, display_p3_profile, encode, xmp_of_orientation

from batchquant.formats.png import encode_png
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading
from batchquant.quantization import quantize

TOLERANCE = 3  # levels of a channel
DRAWN = """async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.width, canvas.height, Array.from(data)];
}"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def shown(page):
    """What Chromium shows of an image file: (H, W, 4), sRGB with alpha."""

    def show(source, kind="png"):
        url = f"data:image/{kind};base64,{base64.b64encode(source).decode()}"
        width, height, levels = page.evaluate(DRAWN, url)
        return np.array(levels, np.uint8).reshape(height, width, 4).astype(int)

    return show


def copied(source, reading=None):
    """Our PNG of a picture, with as many colors as it has."""
    picture = decode(source, *([reading] if reading else []))
    found = quantize(picture.pixels, 4096)
    assert found.mse == 0
    return encode_png(
        found.indices, found.palette, alpha=picture.alpha, icc_profile=picture.icc_profile
    )


def with_xmp(orientation):
    chunk = PngImagePlugin.PngInfo()
    chunk.add_itxt("XML:com.adobe.xmp", xmp_of_orientation(orientation).decode())
    return encode(stripes(8, 4), pnginfo=chunk)


def gray():
    return stripes(4, 4).convert("L")


def indexed():
    image = stripes(4, 4).quantize(8)
    image.info["transparency"] = 0
    return image


def soft():
    image = stripes(4, 4)
    image.putalpha(Image.fromarray(np.tile(np.arange(60, 80, dtype=np.uint8), (4, 1))))
    return image


def animated():
    return {"save_all": True, "append_images": [Image.new("RGB", (20, 4), (9, 200, 30))]}


PNGS = {
    "gAMA 1, colors": png_with(stripes(4, 4), gama(1)),
    "gAMA 1, gray": png_with(gray(), gama(1)),
    "gAMA 1, palette": png_with(indexed(), gama(1)),
    "gAMA 1, 16 bits": png_with(
        Image.fromarray(np.asarray(gray()).astype(np.uint16) * 257), gama(1)
    ),
    "gAMA 1, animated": png_with(stripes(4, 4), gama(1), **animated()),
    "gAMA 0.6": png_with(stripes(4, 4), gama(0.6)),
    "gAMA 1/2.2": png_with(stripes(4, 4), gama(1 / 2.2)),
    "gAMA 0.44": png_with(stripes(4, 4), gama(0.44)),
    "gAMA 0.47": png_with(stripes(4, 4), gama(0.47)),
    "Adobe RGB": png_with(stripes(4, 4), gama(1 / 2.2), chrm(ADOBE_RGB)),
    "Adobe RGB, gray": png_with(gray(), gama(1 / 2.2), chrm(ADOBE_RGB)),
    "white of D50": png_with(stripes(4, 4), gama(0.5), chrm((34570, 35850, *ADOBE_RGB[2:]))),
    "cHRM alone": png_with(stripes(4, 4), chrm(ADOBE_RGB)),
    "sRGB and gAMA": png_with(stripes(4, 4), (b"sRGB", b"\0"), gama(1)),
    "profile and gAMA": png_with(stripes(4, 4), gama(1), icc_profile=SWAPPED_PROFILE),
    "profile and cICP": png_with(stripes(4, 4), cicp(12, 13), icc_profile=SWAPPED_PROFILE),
    "Display P3 by profile": png_with(stripes(4, 4), icc_profile=display_p3_profile()),
    "Display P3, animated": png_with(stripes(4, 4), cicp(12, 13), gama(1), **animated()),
    "Display P3, soft alpha": png_with(soft(), cicp(12, 13)),
    "cICP of nothing": png_with(stripes(4, 4), cicp(2, 2), gama(1)),
    "cICP in narrow range": png_with(stripes(4, 4), cicp(12, 13, full_range=0)),
    "orientation in XMP": with_xmp(6),
} | {
    f"cICP {primaries} {transfer}": png_with(stripes(4, 4), cicp(primaries, transfer))
    for primaries, transfer in [
        (12, 13),
        (9, 14),
        (9, 13),
        (9, 1),
        (1, 1),
        (1, 8),
        (5, 6),
        (6, 6),
        (7, 7),
        (4, 4),
        (5, 5),
        (8, 13),
        (10, 13),
        (11, 17),
        (22, 13),
    ]
}


@pytest.mark.parametrize("name", PNGS)
def test_a_png_comes_out_as_a_browser_shows_it(name, shown):
    original = shown(PNGS[name])
    found = shown(copied(PNGS[name]))
    assert found.shape == original.shape
    assert np.abs(found - original)[original[..., 3] > 0].max() <= TOLERANCE
    assert (found[..., 3] == original[..., 3]).all()


@pytest.mark.parametrize(
    "stated",
    [
        (1, 13),
        (2, 2),
        (12, 13),
        (12, 2),
        (9, 14),
        (9, 13),
        (1, 1),
        (1, 8),
        (6, 6),
        (4, 4),
        (11, 17),
    ],
)
@pytest.mark.parametrize("reading", [Reading(), Reading(color_profile="srgb")])
def test_an_avif_comes_out_as_a_browser_shows_it(stated, reading, shown):
    source = avif(stripes(), *stated)
    assert np.abs(shown(copied(source, reading)) - shown(source, "avif")).max() <= TOLERANCE


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (avif(stripes(), 12, 13, icc_profile=SWAPPED_PROFILE), "avif"),
        (bmp_with_profile(stripes(4, 4), SWAPPED_PROFILE), "bmp"),
        (bmp_with_profile(stripes(4, 4), b""), "bmp"),
        (encode(stripes(), "WEBP", lossless=True, icc_profile=SWAPPED_PROFILE), "webp"),
    ],
    ids=["avif", "bmp with profile", "bmp with gamma", "webp"],
)
def test_so_does_what_has_a_profile(source, kind, shown):
    assert np.abs(shown(copied(source)) - shown(source, kind)).max() <= TOLERANCE


def test_the_browser_shows_colors_as_they_are_meant(shown):
    """Else all of the above would be so of a browser that knows nothing of color."""
    colors = np.array([COLORS])[0]
    assert np.abs(shown(encode(stripes(1, 1)))[0, :, :3] - colors).max() == 0
    assert np.abs(shown(png_with(stripes(1, 1), cicp(12, 13)))[0, 3, :3] - (250, 31, 49)).max() <= 2
    assert np.abs(shown(png_with(stripes(1, 1), gama(1)))[0, 2, :3] - 188).max() <= 2
