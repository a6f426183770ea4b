import subprocess
import sys

import numpy as np
import pytest
from openimageio_sources import (
    GRAY_WITH_ALPHA_JXL,
    MOVING_JXL,
    bits_of,
    deep_exr,
    packed_tiff,
    ramp,
    write,
    write_pages,
)
from sources import SWAPPED_PROFILE, tiff

from batchquant.errors import ImageError
from batchquant.images.read import by_openimageio
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe
from batchquant.images.read.linear import encode_srgb, to_srgb_primaries
from batchquant.images.read.picture import Reading
from batchquant.images.read.version import FIRST, MENDED

LINEAR = "linear light, clipped at 1, converted to sRGB"
RGB = {"photometric": 2, "interleaved": True}


def planes_of(*values, dtype):
    return [np.full((2, 3), value, dtype) for value in values]


def color(source, **reading):
    """The one color of a picture."""
    picture = decode(source, Reading(**reading))
    assert (picture.pixels == picture.pixels[0, 0]).all()
    return tuple(picture.pixels[0, 0].tolist())


# TIFF


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_shown_by_255(dtype, interleaved, byte_order):
    planes = planes_of(1, 0.5, 0, dtype=dtype)
    source = tiff(
        planes, photometric=2, sample_format=3, interleaved=interleaved, byte_order=byte_order
    )
    assert color(source) == (255, 128, 0)


def test_other_floats_are_shown_by_the_range_that_all_channels_use():
    planes = [np.array([[value, 0.0]], np.float32) for value in (-1, 1, 4)]
    planes[0][0, 1] = np.nan
    picture = decode(tiff(planes, sample_format=3, **RGB))
    assert picture.pixels.tolist() == [[[0, 102, 255], [0, 51, 51]]]
    assert picture.notes == ("values from -1 to 4 shown as 0 to 255",)
    assert picture.mode == "RGB;32F"


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_whole_numbers_fill_their_range(dtype):
    white = np.iinfo(dtype).max
    planes = planes_of(white, white // 2 + 1, 0, 7, dtype=dtype)
    # Two channels more than Pillow takes; neither is told to be alpha.
    source = tiff([*planes, planes[0]], extra_samples=[0, 0], **RGB)
    assert color(source) == (255, 128, 0)
    assert decode(source).alpha is None
    assert decode(source).notes[-1] == "2 more channels left out"


def test_signed_colors_are_shown_by_the_range_they_use():
    assert color(tiff(planes_of(-100, 0, 100, dtype=np.int16), sample_format=2, **RGB)) == (
        0,
        128,
        255,
    )


@pytest.mark.parametrize(("bits", "half"), [(2, 1), (4, 5), (10, 341), (12, 1365), (14, 5461)])
def test_bits_that_fill_no_byte(bits, half):
    white = 2**bits - 1
    row = bits_of([white, half, 0, 0, half, white], bits)
    source = packed_tiff(2, 2, 3, bits, row * 2, photometric=2)
    picture = decode(source)
    assert picture.pixels.tolist() == [[[255, 85, 0], [0, 85, 255]]] * 2
    assert picture.mode == f"RGB;{bits}"


@pytest.mark.parametrize("order", ["<", ">"])
def test_24_bits_are_in_no_order_that_is_sure(order):
    source = packed_tiff(1, 1, 1, 24, bytes(3), photometric=1, order=order)
    with pytest.raises(ImageError, match="TIFF of 24 bits a channel, in no order that is sure"):
        decode(source)


def test_gray_and_alpha_in_planes():
    planes = planes_of(20, 51, dtype=np.uint8)
    picture = decode(tiff(planes, extra_samples=[2]))
    assert (picture.pixels[0, 0].tolist(), picture.alpha[0, 0]) == ([20] * 3, 51)
    picture = decode(tiff(planes, extra_samples=[1]))  # multiplied
    assert (picture.pixels[0, 0].tolist(), picture.alpha[0, 0]) == ([100] * 3, 51)


def test_colors_are_divided_by_alpha_before_they_are_rounded():
    planes = planes_of(0.01, 0.02, 0.0, 0.04, dtype=np.float32)
    picture = decode(tiff(planes, sample_format=3, extra_samples=[1], **RGB))
    assert picture.pixels[0, 0].tolist() == [64, 128, 0]
    assert picture.alpha[0, 0] == 10


@pytest.mark.parametrize(("dtype", "white"), [(np.uint16, 65_535), (np.uint32, 2**32 - 1)])
def test_white_is_zero(dtype, white):
    plane = np.array([[0, white // 5, white]], dtype)
    picture = decode(tiff([plane, plane], photometric=0, extra_samples=[2]))
    assert picture.pixels[0, :, 0].tolist() == [255, 204, 0]


@pytest.mark.parametrize("interleaved", [False, True])
def test_lab_of_16_bits_goes_through_littlecms(interleaved):
    """L 50 is a neutral 119; OpenImageIO alone makes 133, 122, 107 of it."""
    planes = planes_of(32_768, 0, 0, dtype=np.uint16)
    source = tiff(planes, photometric=8, interleaved=interleaved)
    assert np.abs(np.array(color(source)) - 119).max() <= 1
    planes = planes_of(35_389, 81 * 256, 70 * 256, dtype=np.uint16)  # red; a and b are signed
    red = color(tiff(planes, photometric=8, interleaved=interleaved))
    assert np.abs(np.array(red) - [255, 0, 0]).max() <= 6


@pytest.mark.parametrize("order", ["<", ">"])
def test_big_tiff_of_either_order(order):
    source = packed_tiff(2, 1, 1, 8, bytes([7, 200]), photometric=1, order=order, big=True)
    assert decode(source).pixels[0, :, 0].tolist() == [7, 200]


def test_tiff_compressed_by_webp():
    pixels = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    source = write(".tif", pixels, compression="webp", CompressionQuality=100)
    assert np.abs(np.array(color(source)) - [200, 100, 50]).max() <= 3


def test_what_stands_beside_the_pixels():
    pixels = np.zeros((2, 4, 3), np.float32)
    source = write(
        ".tif", pixels, Orientation=6, XResolution=300.0, YResolution=300.0, ResolutionUnit="in"
    )
    picture = decode(source)
    assert (picture.pixels.shape, picture.dpi) == ((4, 2, 3), (300.0, 300.0))


def test_a_volume_and_foreign_channels_are_refused():
    planes = planes_of(1, 2, 3, 4, dtype=np.uint8)
    with pytest.raises(ImageError, match="TIFF with 4 channels, expected 1 of color"):
        decode(tiff(planes, extra_samples=[0, 0, 0], interleaved=True))
    with pytest.raises(ImageError, match="TIFF of CMYK in other than 8 or 16 bits"):
        decode(tiff(planes_of(0, 0, 0, 0, dtype=np.uint32), photometric=5, interleaved=True))


def test_pages_are_read_by_whoever_knows_them(tmp_path):
    gray = np.full((4, 5, 1), 7, np.uint8)
    colors = np.full((7, 6, 3), (1, 0.5, 0), np.float32)
    source = write_pages(gray, colors)
    assert (color(source), color(source, frame=1)) == ((7, 7, 7), (255, 128, 0))
    assert decode(source).notes == ("1 more frame left",)
    for pages, since in ((source, MENDED), (write_pages(gray, gray), FIRST)):
        (tmp_path / "pages.tif").write_bytes(pages)
        assert probe(tmp_path / "pages.tif").since == since
    with pytest.raises(ImageError, match="there is no frame 3, it has 2 frames"):
        decode(source, Reading(frame=2))


# JPEG XL


@pytest.mark.parametrize("n_channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_jpeg_xl(n_channels, dtype):
    pixels = np.rint(ramp(n_channels) * np.iinfo(dtype).max).astype(dtype)
    source = write(".jxl", pixels, compression="jpegxl:100")
    picture = decode(source)
    shown = np.rint(ramp(n_channels) * 255)
    assert np.abs(picture.pixels - shown[..., :3]).max() <= 2
    assert (picture.alpha is None) == (n_channels < 4)
    if picture.alpha is not None:
        assert np.abs(picture.alpha - shown[..., -1]).max() <= 1
    assert (picture.source_format, picture.icc_profile) == ("JXL", None)


def test_gray_of_jpeg_xl_with_alpha():
    picture = decode(GRAY_WITH_ALPHA_JXL)
    assert picture.pixels[0].tolist() == [[level] * 3 for level in (255, 170, 85, 0)]
    assert picture.alpha[0].tolist() == [0, 85, 170, 255]


def test_jpeg_xl_that_moves_is_refused():
    with pytest.raises(ImageError, match="JXL that moves, of which OpenImageIO shows the last"):
        decode(MOVING_JXL)


def test_a_profile_of_jpeg_xl_is_carried_on_and_linear_light_encoded():
    pixels = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    told = decode(write(".jxl", pixels, ICCProfile=SWAPPED_PROFILE))
    assert told.icc_profile == SWAPPED_PROFILE
    light = np.full((8, 8, 3), 0.5, np.float32)
    picture = decode(write(".jxl", light, oiio__ColorSpace="lin_rec709"))
    assert np.abs(picture.pixels.astype(int) - 188).max() <= 1
    assert picture.notes == (LINEAR,)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("n_channels", [3, 4])
def test_high_dynamic_range_of_jpeg_xl_is_mapped_to_srgb(transfer, n_channels):
    row = np.linspace(0, 1, 16, dtype=np.float32)[None, :, None]
    pixels = np.repeat(np.repeat(row, 3, axis=2), 8, axis=0)
    pixels = np.dstack([pixels, np.ones((8, 16), np.float32)])[..., :n_channels]
    pixels[4:, :, 3:] = 0.2
    picture = decode(write(".jxl", pixels, "uint16", CICP=(9, transfer, 0, 1)))
    levels = picture.pixels[0].astype(int)
    assert np.abs(levels - levels[:, :1]).max() <= 1  # gray stays gray
    assert (np.diff(levels[:, 0]) >= 0).all()
    assert (levels[0, 0], levels[-1, 0]) == (0, 255)
    assert picture.icc_profile is None
    assert picture.notes[-1] == "high dynamic range mapped to sRGB by its profile"
    assert n_channels == 3 or picture.alpha[:, 0].tolist() == [255] * 4 + [51] * 4


# EXR, HDR, DPX


@pytest.mark.parametrize("kind", ["half", "float"])
@pytest.mark.parametrize("tile", [0, 2])
def test_exr_is_linear_light(kind, tile):
    picture = decode(write(".exr", ramp() * 2, kind, tile=tile))
    assert np.abs(picture.pixels.astype(int) - encode_srgb(ramp() * 2)).max() <= 1
    assert (picture.source_format, picture.notes) == ("EXR", (LINEAR,))


def test_linear_light_by_the_curve_of_srgb():
    assert encode_srgb(np.array([0.0, 0.5, 1.0, 7.5, np.nan])).tolist() == [0, 188, 255, 255, 0]


def test_colors_of_exr_are_multiplied_by_alpha():
    pixels = np.full((2, 2, 4), (0.25, 0.1, 0, 0.5), np.float32)
    picture = decode(write(".exr", pixels))
    assert picture.pixels[0, 0].tolist() == encode_srgb(np.array([0.5, 0.2, 0])).tolist()
    assert picture.alpha[0, 0] == 128


def test_channels_of_exr_are_chosen_by_their_names():
    pixels = np.dstack([np.full((2, 2), level, np.float32) for level in (0.1, 0.2, 0.3, 0.4)])
    shown = encode_srgb(pixels[0, 0]).tolist()
    picture = decode(write(".exr", pixels, names=("R", "G", "B", "Z")))
    assert picture.pixels[0, 0].tolist() == shown[:3]
    assert picture.notes == (LINEAR, "1 more channel left out")
    picture = decode(write(".exr", pixels, names=("Z", "key.R", "key.G", "key.B")))
    assert picture.pixels[0, 0].tolist() == shown[1:]
    assert picture.notes == (LINEAR, "layer key shown", "1 more channel left out")
    gray = decode(write(".exr", pixels[..., :1], names=("Y",)))
    assert gray.pixels[0, 0].tolist() == [shown[0]] * 3


def test_exr_shows_its_display_window():
    pixels = np.full((4, 4, 3), 1.0, np.float32)
    picture = decode(write(".exr", pixels, display=(0, 0, 6, 5), offset=(3, 2)))
    expected = np.zeros((5, 6), np.uint8)
    expected[2:, 3:] = 255
    assert picture.pixels[..., 1].tolist() == expected.tolist()
    assert "shown as far as its display window reaches" in picture.notes


def test_chromaticities_of_exr_are_followed():
    bt2020 = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)
    pixels = np.full((2, 2, 3), (0.2, 0.5, 0.1), np.float32)
    # BT.2087-0, annex 2, has the inverse: 0.6274 0.3293 0.0433 / 0.0691 0.9195 0.0114 / ...
    from_709 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    expected = encode_srgb(np.linalg.solve(from_709, [0.2, 0.5, 0.1]))
    found = decode(write(".exr", pixels, "float", chromaticities=bt2020)).pixels[0, 0]
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_primaries_of_srgb_or_of_no_color_change_nothing():
    assert to_srgb_primaries([0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]) is None
    assert to_srgb_primaries([0.0] * 8) is None
    assert to_srgb_primaries([float("nan")] * 8) is None
    assert to_srgb_primaries([0.3]) is None
    aces = [0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767]
    assert np.array(to_srgb_primaries(aces)) @ np.ones(3) == pytest.approx(
        np.ones(3)
    )  # white stays white


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (write(".exr", ramp(1), names=("Z",)), "EXR without colors, only Z"),
        (write(".exr", np.ones((2, 2, 3), np.uint32), "uint"), "EXR of whole numbers"),
        (write(".exr", ramp(), names=("Y", "RY", "BY")), "luminance and chroma|subsampling"),
        (deep_exr(), "EXR of deep pixels"),
        (write(".hdr", ramp()).replace(b"rle_rgbe", b"rle_xyze"), "HDR of XYZ colors"),
        (write(".dpx", ramp(), "uint16", dpx__Transfer="Logarithmic"), "DPX of transfer 'Logari"),
    ],
)
def test_what_would_come_out_otherwise_is_refused(source, reason):
    with pytest.raises(ImageError, match=reason):
        decode(source)


def test_radiance():
    picture = decode(write(".hdr", ramp() * 2))
    assert np.abs(picture.pixels.astype(int) - encode_srgb(ramp() * 2)).max() <= 2  # 8 bits of it
    assert (picture.source_format, picture.notes) == ("HDR", (LINEAR,))


@pytest.mark.parametrize(
    ("bits", "note"), [(8, ()), (10, "10 bits a channel reduced to 8"), (12, "12"), (16, "16")]
)
def test_dpx(bits, note):
    source = write(".dpx", ramp(), "uint8" if bits == 8 else "uint16", oiio__BitsPerSample=bits)
    picture = decode(source)
    assert np.abs(picture.pixels - ramp() * 255).max() <= 0.6
    assert "".join(picture.notes).startswith("".join(note))


def test_dpx_of_linear_light():
    picture = decode(write(".dpx", ramp(), "uint16", dpx__Transfer="Linear"))
    assert np.abs(picture.pixels.astype(int) - encode_srgb(ramp())).max() <= 1


# What it is asked, and what not


SAMPLES = {
    "tiff": tiff(planes_of(1, 0.5, 0, dtype=np.float32), sample_format=3, **RGB),
    "jxl": write(".jxl", np.rint(ramp(3, 40) * 255).astype(np.uint8)),
    "exr": write(".exr", ramp(3, 40)),
    "hdr": write(".hdr", ramp(3, 40)),
    "dpx": write(".dpx", ramp(3, 40), "uint8"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_that_breaks_off_is_refused(name):
    source = SAMPLES[name]
    assert decode(source).pixels.shape[2] == 3
    for end in [*range(12, len(source), max(1, len(source) // 40)), len(source) - 1]:
        with pytest.raises(ImageError, match="unreadable: "):
            decode(source[:end])


@pytest.mark.parametrize("name", SAMPLES)
def test_too_large_a_picture_is_refused(name):
    with pytest.raises(ImageError, match=r"too_large: .* pixels, more than the 5 that are allowed"):
        decode(SAMPLES[name], Reading(max_pixels=5))


def test_it_is_not_asked_for_formats_beyond_the_list(monkeypatch):
    monkeypatch.setattr(by_openimageio, "load_by_openimageio", pytest.fail)
    for begin in (b"DDS ", b"SIMPLE  =   T", b"BM", b"\x80\x2a\x5f\xd7", b"FOR4", b"\1\xda", b""):
        with pytest.raises(ImageError):
            decode(begin + bytes(200))


def test_without_it_the_reason_says_what_reads_the_file(monkeypatch):
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)
    with pytest.raises(ImageError, match="needs OpenImageIO, which reads this EXR: pip install"):
        decode(SAMPLES["exr"])
    with pytest.raises(ImageError, match="unknown pixel mode"):
        decode(SAMPLES["tiff"])


def test_it_is_imported_only_when_it_is_asked():
    code = "import sys, batchquant.steps; print('OpenImageIO' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
