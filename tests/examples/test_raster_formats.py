"""WebP, GIF, TIFF and BMP: what they hold, shown by other decoders."""

import io
import struct
import subprocess
from dataclasses import replace

import numpy as np
import OpenImageIO
import pytest
from PIL import Image
from sources import SWAPPED_PROFILE

from batchquant.formats.format import Painted
from batchquant.formats.painted import flatten, in_srgb, paint_from
from batchquant.formats.registry import formats
from batchquant.formats.written import open_written
from batchquant.images.read.density import as_in_png

BACKGROUND = (255, 128, 0)
SETTINGS = {"background": BACKGROUND, "dpi": 150.0}
KINDS = ["webp", "gif", "tiff", "bmp"]


def painted(n_colors, opacity="none", shape=(23, 31), **more):
    """A picture that wears all of its colors; of one with alpha, its first row is hidden."""
    rng = np.random.default_rng(n_colors)
    codes = rng.choice(2**24, n_colors, replace=False)
    palette = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], 1).astype(np.uint8)
    indices = np.arange(shape[0] * shape[1]).reshape(shape) % n_colors
    alpha = None
    if opacity != "none":
        alpha = np.full(shape, 255, np.uint8)
        alpha[0] = 0
        if opacity == "soft":
            alpha[1] = 77
    return paint_from(palette[indices], alpha, **more)


def encode(kind, picture):
    return formats()[kind].encode(picture, "a", SETTINGS)


def seen(kind, picture):
    """What a person is to see, (H, W, 3) or (H, W, 4)."""
    held = formats()[kind].held(picture, SETTINGS)
    pixels = held.palette[np.minimum(held.indices, len(held.palette) - 1)]
    if held.alpha is None:
        return pixels
    pixels[held.alpha == 0] = 0
    return np.dstack([pixels, held.alpha])


def same_where_seen(found, expected):
    """Compare; what lies below hidden pixels is for each decoder to say."""
    if expected.shape[2] == 4:
        visible = expected[..., 3] > 0
        assert np.array_equal(found[..., 3], expected[..., 3])
        found, expected = found[visible], expected[visible]
    assert np.array_equal(found[..., :3], expected[..., :3])


@pytest.mark.parametrize("opacity", ["none", "binary", "soft"])
@pytest.mark.parametrize("n_colors", [1, 2, 3, 16, 17, 255, 256, 300])
@pytest.mark.parametrize("kind", ["webp", "gif", "tiff"])
def test_libvips_sees_the_same_pixels(kind, n_colors, opacity, vips, tmp_path):
    picture = painted(n_colors, opacity)
    if formats()[kind].refuse(picture, SETTINGS):
        assert kind == "gif" and n_colors + {"none": 0, "binary": 1, "soft": 32}[opacity] > 256
        return
    (tmp_path / f"picture.{kind}").write_bytes(encode(kind, picture))
    subprocess.run([vips, "rawsave", f"picture.{kind}", "pixels"], cwd=tmp_path, check=True)
    expected = seen(kind, picture)
    found = np.fromfile(tmp_path / "pixels", np.uint8).reshape(*expected.shape[:2], -1)
    same_where_seen(found, expected)


@pytest.mark.parametrize("opacity", ["none", "binary", "soft"])
@pytest.mark.parametrize("n_colors", [1, 2, 16, 256, 300])
@pytest.mark.parametrize("kind", ["tiff", "bmp"])
def test_openimageio_sees_the_same_pixels(kind, n_colors, opacity, tmp_path):
    picture = painted(n_colors, opacity)
    path = tmp_path / f"picture.{kind}"
    path.write_bytes(encode(kind, picture))
    how = OpenImageIO.ImageSpec()
    how["oiio:UnassociatedAlpha"] = 1
    source = OpenImageIO.ImageInput.open(str(path), how)
    same_where_seen(source.read_image(OpenImageIO.UINT8), seen(kind, picture))
    source.close()


@pytest.mark.parametrize("opacity", ["none", "binary", "soft"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_is_read_again(kind, opacity):
    picture = painted(7, opacity, icc_profile=SWAPPED_PROFILE, dpi=as_in_png((300.0, 72.5)))
    output = formats()[kind]
    back = output.read(encode(kind, picture))
    held = output.held(picture, SETTINGS)
    assert np.array_equal(back.palette, held.palette)
    assert back.counts.tolist() == held.counts.tolist()
    assert (back.unit, back.icc_profile) == (held.unit, held.icc_profile)
    assert (back.icc_profile is not None) == output.keeps_profile
    assert back.dpi == (picture.dpi if output.keeps_dpi else None)
    with open_written(encode(kind, picture), kind) as image:
        assert image.mode in ("P", "RGB", "RGBA")
        same_where_seen(np.asarray(image.convert("RGBA")), seen(kind, picture))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_picture_gives_the_same_bytes(kind):
    first, again = (encode(kind, painted(9, "binary", dpi=(300.0, 300.0))) for _ in range(2))
    assert first == again


def test_a_file_says_no_more_than_colors_profile_and_dpi():
    with Image.open(io.BytesIO(encode("gif", painted(5)))) as image:
        assert set(image.info) == {"version", "background"}
        assert not hasattr(image, "n_frames") or image.n_frames == 1
    with Image.open(io.BytesIO(encode("tiff", painted(5)))) as image:
        assert not {"Software", "DateTime", "ImageDescription"} & set(image.tag_v2.named())
    with Image.open(io.BytesIO(encode("webp", painted(5)))) as image:
        assert not {"exif", "xmp", "icc_profile"} & set(image.info)


def test_white_in_the_color_map_of_a_tiff_is_white_to_everybody():
    """Pillow alone would write 65,280, which is 254 to those who divide by 257."""
    picture = paint_from(np.array([[[255, 0, 128]]], np.uint8))
    with Image.open(io.BytesIO(encode("tiff", picture))) as image:
        color_map = image.tag_v2[320]
    assert [color_map[at] for at in (0, 256, 512)] == [65535, 0, 128 * 257]


@pytest.mark.parametrize(
    ("n_colors", "bits"), [(1, 1), (2, 1), (3, 4), (16, 4), (17, 8), (256, 8), (257, 24)]
)
def test_a_bmp_takes_as_few_bits_as_will_do(n_colors, bits):
    content = encode("bmp", painted(n_colors))
    size_bytes, begin = struct.unpack_from("<I4xI", content, 2)
    assert size_bytes == len(content) == begin + 23 * ((31 * bits + 31) // 32 * 4)
    assert begin == 54 + (4 * n_colors if bits < 24 else 0)
    assert struct.unpack_from("<H", content, 28) == (bits,)


def test_a_bmp_states_pixels_a_meter_or_nothing():
    stated = encode("bmp", painted(5, dpi=as_in_png((300.0, 72.5))))
    assert struct.unpack_from("<2I", stated, 38) == (11811, 2854)  # as in a PNG
    assert struct.unpack_from("<2I", encode("bmp", painted(5)), 38) == (0, 0)


@pytest.mark.parametrize("gray", [[0, 255], [0, 1, 2], [1, 2, 3]])
@pytest.mark.parametrize("kind", KINDS)
def test_grays_that_need_no_palette_are_read_as_well(kind, gray):
    """Pillow opens such files in modes of their own."""
    pixels = np.array([gray], np.uint8)[..., np.newaxis].repeat(3, axis=2)
    alpha = np.full((1, len(gray)), 255, np.uint8)
    alpha[0, 0] = 0
    for picture in (paint_from(pixels), paint_from(pixels, alpha)):
        back = formats()[kind].read(encode(kind, picture))
        assert back.palette.tolist() == formats()[kind].held(picture, SETTINGS).palette.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_which_nothing_is_seen_can_be_written(kind):
    picture = paint_from(np.zeros((3, 4, 3), np.uint8), np.zeros((3, 4), np.uint8))
    back = formats()[kind].read(encode(kind, picture))
    expected = [list(BACKGROUND)] if kind == "bmp" else []
    assert back.palette.tolist() == expected


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [0, 3, 30, 0.5, 0.9])
def test_a_damaged_file_is_told(kind, cut):
    content = encode(kind, painted(60))
    with pytest.raises(ValueError, match="damaged"):
        formats()[kind].read(content[: int(cut * len(content)) if cut < 1 else cut])


def test_flattening_mixes_soft_alpha_and_counts_what_comes_of_it():
    picture = paint_from(
        np.array([[[10, 0, 255], [10, 0, 255], [9, 9, 9]]], np.uint8),
        np.array([[100, 255, 0]], np.uint8),
    )
    flat = flatten(picture, (255, 1, 255))
    # (10 * 100 + 255 * 155) / 255 = 158.92, and 1 * 155 / 255 = 0.61
    assert flat.palette.tolist() == [[10, 0, 255], [159, 1, 255], [255, 1, 255]]
    assert (flat.counts.tolist(), flat.unit, flat.alpha) == ([1, 1, 1], 1, None)
    assert flat.indices.tolist() == [[1, 0, 2]]


def test_flattening_hidden_pixels_shares_the_entry_of_an_equal_color():
    picture = paint_from(
        np.array([[[200, 0, 0], [9, 9, 9], [7, 7, 7]]], np.uint8),
        np.array([[255, 255, 0]], np.uint8),
    )
    flat = flatten(picture, (200, 0, 0))
    assert flat.palette.tolist() == [[9, 9, 9], [200, 0, 0]]
    assert (flat.counts.tolist(), flat.indices.tolist()) == ([1, 2], [[1, 0, 1]])


def test_hidden_pixels_may_have_any_index_where_a_profile_is_converted():
    indices = np.array([[0, 99]], np.uint8)
    alpha = np.array([[255, 0]], np.uint8)
    palette = np.array([[1, 2, 3]], np.uint8)
    picture = Painted(indices, palette, np.array([1]), 1, alpha, SWAPPED_PROFILE)
    assert in_srgb(picture).counts.tolist() == [1]


@pytest.mark.parametrize(
    ("kind", "n_colors", "opacity", "reason"),
    [
        ("gif", 256, "none", None),
        ("gif", 257, "none", "257 colors, at most 256; take fewer colors"),
        ("gif", 255, "binary", None),
        (
            "gif",
            256,
            "binary",
            "256 colors beside transparency, at most 255; take fewer colors",
        ),
        ("gif", 250, "soft", "282 colors once laid, at most 256; set alpha: flatten"),
        ("tiff", 300, "soft", None),
        ("bmp", 300, "soft", None),
        ("webp", 300, "soft", None),
    ],
)
def test_what_a_format_cannot_hold_is_told(kind, n_colors, opacity, reason):
    picture = painted(n_colors, opacity)
    assert formats()[kind].refuse(picture, SETTINGS) == reason


@pytest.mark.parametrize(("kind", "most"), [("webp", 16_383), ("gif", 65_535)])
def test_the_longest_side_is_told(kind, most):
    picture = painted(2, shape=(1, most))
    assert formats()[kind].refuse(picture, SETTINGS) is None
    assert formats()[kind].read(encode(kind, picture)).counts.sum() == most
    longer = painted(2, shape=(most + 1, 1))
    assert formats()[kind].refuse(longer, SETTINGS) == (
        f"1 x {most + 1:,} pixels, at most {most:,} a side; set reduce"
    )


@pytest.mark.parametrize("kind", ["tiff", "bmp"])
def test_the_most_pixels_are_told(kind):
    indices = np.broadcast_to(np.uint8(0), (40_000, 30_000))
    large = Painted(indices, np.zeros((1, 3), np.uint8), np.array([indices.size]))
    assert formats()[kind].refuse(large, SETTINGS) == (
        "30,000 x 40,000 pixels, at most 1,000,000,000 of them; set reduce"
    )
    small = replace(large, indices=indices[:33_333], counts=np.array([33_333 * 30_000]))
    assert formats()[kind].refuse(small, SETTINGS) is None


@pytest.mark.parametrize(
    ("kind", "opacity", "profile", "note"),
    [
        ("gif", "binary", None, None),
        ("gif", "soft", None, "GIF laid onto #ff8000"),
        ("bmp", "binary", SWAPPED_PROFILE, "BMP laid onto #ff8000, converted to sRGB"),
        ("gif", "none", SWAPPED_PROFILE, "GIF converted to sRGB"),
        ("pdf", "binary", SWAPPED_PROFILE, "PDF laid onto #ff8000"),
        ("webp", "soft", SWAPPED_PROFILE, None),
        ("tiff", "soft", SWAPPED_PROFILE, None),
    ],
)
def test_what_a_person_may_not_expect_is_noted(kind, opacity, profile, note):
    picture = replace(painted(3, opacity), icc_profile=profile)
    assert formats()[kind].note(picture, SETTINGS) == note
