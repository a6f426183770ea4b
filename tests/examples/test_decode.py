import io
import re
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageFile, PngImagePlugin
from sources import encode, png, png_of_size, xmp_of_orientation

from batchquant.errors import ImageError
from batchquant.images.read import opening
from batchquant.images.read.by_pillow import has_odd_pixels, is_turned_by_xmp_alone
from batchquant.images.read.decode import decode
from batchquant.images.read.formats import BY_PILLOW
from batchquant.images.read.picture import Reading

XPM = b'/* XPM */\nstatic char *x[] = {\n"2 1 2 1",\n"a c #C86432",\n". c None",\n"a.",\n};\n'
SUN = bytes.fromhex("59a66a95") + b"".join(
    number.to_bytes(4, "big") for number in (2, 1, 24, 6, 1, 0, 0)
)
WITHOUT_WRITER = {"XPM": XPM, "SUN": SUN + bytes([50, 100, 200, 50, 100, 200])}
NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def of_exif(**tags):
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[int(tag, 16)] = value
    return exif


@pytest.mark.parametrize(
    "format_name", ["BMP", "DIB", "PNG", "PPM", "TIFF", "QOI", "SGI", "TGA", "PCX"]
)
def test_lossless_formats_give_their_pixels(format_name):
    pixels = NOISE[:5, :7]
    picture = decode(encode(Image.fromarray(pixels), format_name))
    assert np.array_equal(picture.pixels, pixels)
    assert picture.alpha is None
    assert (picture.source_format, picture.mode, picture.notes) == (format_name, "RGB", ())


@pytest.mark.parametrize("format_name", BY_PILLOW)
def test_every_format_is_read(format_name):
    source = WITHOUT_WRITER.get(format_name)
    if source is None:
        source = encode(Image.new("RGB", (16, 16), (200, 100, 50)), format_name, quality=100)
    picture = decode(source)
    assert np.abs(picture.pixels[0, 0].astype(int) - [200, 100, 50]).max() <= 3
    assert picture.source_format == format_name


def test_a_transparent_color_of_xpm_is_seen():
    assert decode(XPM).alpha.tolist() == [[255, 0]]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[1, 2, 3], [4, 5, 6]]),
        (2, [[3, 2, 1], [6, 5, 4]]),
        (3, [[6, 5, 4], [3, 2, 1]]),
        (4, [[4, 5, 6], [1, 2, 3]]),
        (5, [[1, 4], [2, 5], [3, 6]]),
        (6, [[4, 1], [5, 2], [6, 3]]),
        (7, [[6, 3], [5, 2], [4, 1]]),
        (8, [[3, 6], [2, 5], [1, 4]]),
    ],
)
@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_orientation_is_applied(format_name, orientation, expected):
    image = Image.fromarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8))
    source = encode(image, format_name, exif=of_exif(**{"0112": orientation}))
    assert decode(source).pixels[..., 0].tolist() == expected


@pytest.mark.parametrize("format_name", ["JPEG", "WEBP", "AVIF"])
def test_orientation_is_applied_in_every_format_that_has_it(format_name):
    source = encode(Image.new("RGB", (8, 5), (9, 9, 9)), format_name, exif=of_exif(**{"0112": 6}))
    assert decode(source).pixels.shape == (8, 5, 3)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_an_orientation_in_xmp_alone_is_left_as_browsers_leave_it(format_name):
    xmp = xmp_of_orientation(6)
    chunk = PngImagePlugin.PngInfo()
    chunk.add_itxt("XML:com.adobe.xmp", xmp.decode())
    options = {"PNG": {"pnginfo": chunk}, "TIFF": {"tiffinfo": {700: xmp}}}
    options = options.get(format_name, {"xmp": xmp})
    image = Image.fromarray(NOISE[:16, :32])
    source = encode(image, format_name, **options)
    assert decode(source).pixels.shape == (16, 32, 3)
    assert is_turned_by_xmp_alone(Image.open(io.BytesIO(source)))
    if format_name == "TIFF":
        options["tiffinfo"][0x112] = 8
    else:
        options["exif"] = of_exif(**{"0112": 8})
    both = encode(image, format_name, **options)
    assert decode(both).pixels.shape == (32, 16, 3)
    assert not is_turned_by_xmp_alone(Image.open(io.BytesIO(both)))
    assert not is_turned_by_xmp_alone(image)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP"])
def test_damaged_metadata_does_not_harm_the_picture(format_name):
    image = Image.new("RGB", (8, 5), (9, 9, 9))
    exif = of_exif(**{"0112": 1, "010E": "a picture"})
    source = encode(image, format_name, exif=exif)
    start = source.index(exif.tobytes().removeprefix(b"Exif\0\0"))
    for at in range(start, start + 30):
        damaged = bytearray(source)
        damaged[at] ^= 0x55
        if format_name == "PNG":  # the checksum of the chunk is right again
            kind = source.index(b"eXIf")
            end = kind + 4 + int.from_bytes(source[kind - 4 : kind], "big")
            damaged[end : end + 4] = zlib.crc32(damaged[kind:end]).to_bytes(4, "big")
        assert sorted(decode(bytes(damaged)).pixels.shape) == [3, 5, 8]


def test_resolution_is_that_of_the_upright_picture():
    image = Image.new("RGB", (8, 5))
    assert decode(encode(image, "JPEG", dpi=(300, 150))).dpi == (300, 150)
    turned = encode(image, "JPEG", dpi=(300, 150), exif=of_exif(**{"0112": 6}))
    assert decode(turned).dpi == (150, 300)
    turned = encode(image, "TIFF", dpi=(300, 150), exif=of_exif(**{"0112": 6}))
    assert decode(turned).dpi == (150, 300)


def test_the_resolution_of_a_reduced_picture_is_told_where_it_is_of_use():
    square = encode(Image.new("RGB", (8, 4)), "PNG", dpi=(300, 300))
    assert decode(square, Reading(reduce=4)).dpi is None
    assert decode(square, Reading(reduce=4, keeps_size=True)).dpi == pytest.approx((150, 150), 1e-4)
    fax = encode(Image.new("1", (8, 4)), "TIFF", dpi=(204, 98))
    assert decode(fax, Reading(reduce=4)).dpi == (102, 49)


@pytest.mark.parametrize(
    ("tags", "dpi"),
    [
        ({"011A": 204.0, "011B": 98.0, "0128": 2}, (204, 98)),
        ({"011A": 80.0, "011B": 40.0, "0128": 3}, (203.2, 101.6)),  # a centimeter
        ({"011A": 300.0, "0128": 2}, (300, 300)),
        ({"011A": 300.0, "011B": 0.0, "0128": 2}, (300, 300)),
        ({"011A": 300.0, "011B": 299.0, "0128": 2}, (300, 300)),
        ({"011B": 98.0, "0128": 2}, None),
    ],
)
def test_exif_tells_both_resolutions(tags, dpi):
    """Of which Pillow 13 takes the horizontal one for both."""
    source = encode(Image.new("RGB", (8, 5)), "JPEG", exif=of_exif(**tags))
    assert decode(source).dpi == (dpi and pytest.approx(dpi))


@pytest.mark.parametrize(("dpi", "is_odd"), [((204, 98), True), ((204, 204), False)])
def test_pixels_that_are_not_square_are_noted(dpi, is_odd):
    source = encode(Image.new("1", (8, 5)), "TIFF", dpi=dpi)
    assert has_odd_pixels(Image.open(io.BytesIO(source))) == is_odd
    assert decode(source).notes == (("pixels are not square: 204 x 98 dpi",) if is_odd else ())


@pytest.mark.parametrize(
    "source",
    [
        encode(Image.new("RGB", (8, 5)), "PNG"),
        encode(Image.new("RGB", (8, 5)), "TIFF"),
        encode(Image.new("RGB", (8, 5)), "JPEG", exif=of_exif(**{"0112": 1})),
        encode(Image.new("RGB", (8, 5)), "JPEG", dpi=(1, 1)),
        encode(Image.new("RGB", (8, 5)), "PCX", dpi=(320, 200)),
        png(8, 5, 8, 0, bytes(40), (b"pHYs", struct.pack(">IIB", 2, 1, 0))),  # only a ratio
    ],
)
def test_a_resolution_that_is_not_stated_or_makes_no_sense_is_none(source):
    assert decode(source).dpi is None


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "unreadable: the file is empty"),
        (b"just text, named .jpg", "unreadable: no picture of a format that is read"),
        (b"ab", "unreadable: no picture of a format that is read"),
        (b"/* a C file */\n#define X 1\n", "unreadable: no picture of a format that is read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "unreadable: no picture of a format that is read"),
        (encode(Image.new("RGB", (64, 64)))[:60], "unreadable: "),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(20),
            r"unreadable: a damaged PNG file, or of an unknown kind \(broken PNG file .*\)$",
        ),
        (
            png_of_size(20_000, 20_000),
            "too_large: 20000 x 20000 pixels, more than the 250,000",
        ),
        (png_of_size(2_000_000, 2_000_000), "too_large: 2000000 x 2000000 pixels"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(source, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        decode(source)
    assert "0x" not in str(caught.value)


def test_the_limit_is_the_readers_and_pillows_own_is_left_alone():
    source = encode(Image.new("1", (100, 100)))
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(
        ImageError, match=r"too_large: 100 x 100 pixels, more than the 9,999 that are allowed"
    ):
        decode(source, Reading(max_pixels=9_999))
    assert decode(source, Reading(max_pixels=10_000)).pixels.shape == (100, 100, 3)
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_large_limit_lets_pass_what_pillow_alone_would_refuse(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decode(encode(Image.new("L", (100, 100)))).pixels.shape == (100, 100, 3)


def test_an_icon_larger_than_its_directory_says_is_refused():
    source = bytearray(encode(Image.new("RGB", (64, 64)), "ICO", sizes=[(64, 64)]))
    source[6:8] = bytes([16, 16])
    assert decode(bytes(source)).pixels.shape == (64, 64, 3)
    with pytest.raises(ImageError, match="too_large: "):
        decode(bytes(source), Reading(max_pixels=1_000))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_half_a_file_is_refused_or_accepted_as_asked(format_name):
    whole = encode(Image.fromarray(NOISE), format_name)
    half = whole[: len(whole) // 2]
    with pytest.raises(ImageError, match=r"^unreadable: the file ends too early$"):
        decode(half)
    picture = decode(half, Reading(truncated="accept"))
    assert np.array_equal(picture.pixels[:8], decode(whole).pixels[:8])
    assert picture.notes[0] == "damaged, shown as far as it could be read: the file ends too early"
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert decode(whole, Reading(truncated="accept")).notes == ()


def test_accepting_damage_does_not_make_text_a_picture():
    with pytest.raises(ImageError, match="unreadable: no picture of a format that is read"):
        decode(b"just text", Reading(truncated="accept"))


@pytest.mark.parametrize(
    "error", [SyntaxError("x"), KeyError("x"), ValueError(), IndexError(), RuntimeError("x")]
)
def test_whatever_a_decoder_raises_becomes_a_reason(monkeypatch, error):
    source = encode(Image.new("RGB", (4, 4)))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: (_ for _ in ()).throw(error))
    told = f" ({error})" if str(error) else ""
    with pytest.raises(ImageError, match=rf"^unreadable: its content is damaged{re.escape(told)}$"):
        decode(source)


def test_want_of_memory_is_told_apart(monkeypatch):
    source = encode(Image.new("RGB", (4, 4)))
    failing = (_ for _ in ()).throw
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: failing(MemoryError()))
    with pytest.raises(ImageError, match="too_large: not enough memory to decode it"):
        decode(source, Reading(truncated="accept"))


def test_heic_is_read():
    image = Image.new("RGB", (64, 32), (200, 100, 50))
    stream = io.BytesIO()
    pillow_heif.from_pillow(image).save(stream, quality=100)
    picture = decode(stream.getvalue())
    assert (picture.source_format, picture.mode) == ("HEIF", "RGB")
    assert np.abs(picture.pixels.astype(int) - [200, 100, 50]).max() <= 3


def test_heic_without_its_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(opening, "is_installed", lambda reader: False)
    source = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    with pytest.raises(ImageError, match="unreadable: needs pillow-heif, which reads HEIC"):
        decode(source)


@pytest.mark.parametrize(
    ("brand", "name"), [(b"heic", "HEIF"), (b"mif1", "HEIF"), (b"avif", "AVIF")]
)
def test_what_is_damaged_is_called_by_its_name(brand, name):
    others = b"avifmif1" if name == "AVIF" else b"mif1heic"
    source = b"\0\0\0\x1cftyp" + brand + bytes(4) + others + bytes(100)
    with pytest.raises(ImageError, match=f"a damaged {name} file"):
        decode(source)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("image file is truncated (32 bytes not processed)", "the file ends too early"),
        ("Truncated File Read", "the file ends too early"),
        (
            "broken data stream when reading image file",
            "its pixels are damaged (broken data stream when reading image file)",
        ),
        ("cannot load this image", "its content is damaged (cannot load this image)"),
        ("", "its content is damaged"),
    ],
)
def test_what_pillow_says_is_said_in_plain_words(told, words, monkeypatch):
    source = encode(Image.new("RGB", (4, 4)))
    failing = (_ for _ in ()).throw
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: failing(OSError(told)))
    with pytest.raises(ImageError, match=f"^unreadable: {re.escape(words)}$"):
        decode(source)
