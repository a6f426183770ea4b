"""Colors that are told by numbers, not by a profile. What browsers show: tests/e2e."""

import io
import struct

import numpy as np
import pytest
from color_sources import (
    ADOBE_RGB,
    COLORS,
    SRGB,
    avif,
    bmp_with_profile,
    chrm,
    chunk,
    cicp,
    gama,
    heic,
    jp2_with_profile,
    png_with,
    stripes,
)
from PIL import Image
from sources import (
    SRGB_PROFILE,
    SWAPPED_PROFILE,
    black_ink_profile,
    display_p3_profile,
    encode,
    png,
)

from batchquant.images.read import light
from batchquant.images.read.color_profile import plan_conversion
from batchquant.images.read.color_space import PRIMARIES, ColorSpace
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading
from batchquant.images.read.primaries import rgb_to_linear_srgb
from batchquant.images.read.told_colors import is_told, read_space

LINEAR = [56, 96, 188]  # sRGB's levels for light of 10, 30 and 128 of 255
P3_RED = [250, 31, 49]  # 230, 60, 60 of Display P3, as browsers show it
STRIPES = stripes(1, 1)
SRGB_CHUNK = (b"sRGB", b"\0")


def shown(source, reading=None, x=3):
    picture = decode(source, *([reading] if reading else []))
    return picture.pixels[0, x].tolist(), picture.notes


@pytest.mark.parametrize("reading", [Reading(), Reading(color_profile="srgb")])
def test_gama_1_is_linear_light(reading):
    picture = decode(png_with(STRIPES, gama(1)), reading)
    assert picture.pixels[0, :3, 0].tolist() == LINEAR
    assert picture.pixels[0, 3].tolist() == [244, 133, 133]
    assert (picture.icc_profile, picture.notes) == (None, ("gAMA 1 converted to sRGB",))


def test_primaries_beside_gama_are_heeded():
    pixels = decode(png_with(STRIPES, gama(1 / 2.2), chrm(ADOBE_RGB))).pixels
    assert pixels[0, 3].tolist() == [255, 57, 57]
    assert pixels[0, 2].tolist() == [129, 129, 129]


@pytest.mark.parametrize(
    "chunks",
    [
        (gama(0.432),),  # 5 % away: libpng and browsers leave it as it is
        (gama(0.477),),
        (gama(0.451), chrm(SRGB)),
        (gama(0.45455), chrm([number + 50 for number in SRGB])),
        (SRGB_CHUNK, gama(1)),
        (cicp(1, 13), gama(1)),
        (chrm(ADOBE_RGB),),
        (cicp(12, 13, full_range=0),),
        (cicp(12, 13, matrix=1),),
        (cicp(12, 2),),
        (cicp(2, 13),),
        (cicp(3, 13),),
        (cicp(12, 9),),
        (cicp(0, 255),),
        ((b"cICP", b"\x0c\x0d\0"),),
        ((b"gAMA", bytes(4)),),
        (gama(1000),),
    ],
)
def test_what_is_srgb_or_makes_no_sense_changes_nothing(chunks):
    picture = decode(png_with(STRIPES, *chunks))
    assert picture.pixels[0].tolist() == [list(color) for color in COLORS]
    assert picture.notes == ()


@pytest.mark.parametrize(
    "chunks",
    [
        (gama(0.431),),
        (gama(0.478),),
        (gama(0.449), chrm(SRGB)),
        (gama(0.45455), chrm([number + 51 for number in SRGB])),
    ],
)
def test_what_is_nearly_srgb_is_converted(chunks):
    assert len(decode(png_with(STRIPES, *chunks)).notes) == 1


def test_of_several_statements_the_first_of_cicp_profile_srgb_and_gama_holds():
    swapped = png_with(STRIPES, gama(1), icc_profile=SWAPPED_PROFILE)
    picture = decode(swapped)
    assert picture.icc_profile == SWAPPED_PROFILE
    assert picture.pixels[0].tolist() == [list(color) for color in COLORS]
    by_cicp = decode(png_with(STRIPES, cicp(12, 13), gama(1), icc_profile=SWAPPED_PROFILE))
    assert by_cicp.pixels[0, 3].tolist() == P3_RED
    assert by_cicp.notes == ("Display P3 (cICP) converted to sRGB",)
    assert by_cicp.icc_profile is None
    is_srgb = decode(png_with(STRIPES, cicp(1, 13), icc_profile=SWAPPED_PROFILE))
    assert (is_srgb.pixels[0, 3].tolist(), is_srgb.icc_profile) == ([230, 60, 60], None)
    misfit = png_with(STRIPES, gama(1), icc_profile=black_ink_profile())
    assert decode(misfit).pixels[0, :3, 0].tolist() == LINEAR
    no_cicp = png_with(STRIPES, cicp(2, 2), gama(1))
    assert decode(no_cicp).pixels[0, :3, 0].tolist() == LINEAR
    assert shown(png_with(STRIPES, gama(1), gama(0.45455)))[0] == [244, 133, 133]


@pytest.mark.parametrize(
    "primaries",
    [
        [0] * 8,
        [31270, 0, *SRGB[2:]],
        [31270, 32900, 30000, 30000, 40000, 40000, 20000, 20000],  # on a line
        [90000, 5000, *SRGB[2:]],  # white outside
    ],
)
def test_primaries_that_give_no_colors_are_ignored(primaries):
    assert shown(png_with(STRIPES, gama(1), chrm(primaries))) == (
        [244, 133, 133],
        ("gAMA 1 converted to sRGB",),
    )


def test_what_stands_behind_the_pixels_or_is_damaged_says_nothing():
    plain = encode(STRIPES)
    late = plain[:-12] + chunk(*gama(1)) + plain[-12:]
    assert shown(late) == ([230, 60, 60], ())
    told = bytearray(png_with(STRIPES, cicp(12, 13)))
    told[33 + 8] = 9  # its checksum is another
    assert read_space(io.BytesIO(told), "PNG") is None
    for size in range(33, 50):
        assert read_space(io.BytesIO(png_with(STRIPES, gama(1))[:size]), "PNG") is None or size > 48


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "I;16"])
def test_every_mode_is_converted_and_alpha_kept(mode):
    gray = Image.new("L", (2, 1), 128)
    options = {}
    if mode == "P":
        gray = Image.frombytes("P", (2, 1), b"\0\1")
        gray.putpalette([9, 9, 9, 128, 128, 128])
        options = {"transparency": 0}
    elif mode == "1":
        gray = Image.new("1", (2, 1), 1)
    elif mode == "I;16":
        gray = Image.fromarray(np.full((1, 2), 128 * 257, np.uint16))
    elif mode != "L":
        gray = Image.new(mode, (2, 1), (128, 7) if mode == "LA" else (128, 128, 128, 7))
    picture = decode(png_with(gray, gama(1), **options))
    assert picture.pixels[0, 1].tolist() == [255 if mode == "1" else 188] * 3
    alpha = {"P": [[0, 255]], "LA": [[7, 7]], "RGBA": [[7, 7]]}.get(mode)
    assert (picture.alpha if picture.alpha is None else picture.alpha.tolist()) == alpha


def test_16_bits_a_channel_with_a_transparent_color():
    samples = np.array([128 * 257] * 3 + [60_000] * 3, ">u2").tobytes()
    picture = decode(png(2, 1, 16, 2, samples, gama(1), (b"tRNS", b"\xea\x60" * 3)))
    assert picture.pixels[0, 0].tolist() == [188] * 3
    assert picture.alpha.tolist() == [[255, 0]]


def test_every_frame_of_an_animation_is_converted():
    frames = [Image.new("RGB", (2, 2), (level,) * 3) for level in (30, 128)]
    source = png_with(frames[0], gama(1), save_all=True, append_images=frames[1:])
    assert [decode(source, Reading(frame=n)).pixels[0, 0, 0] for n in (0, 1)] == LINEAR[1:]


def test_transparent_pixels_are_laid_onto_a_background_of_srgb():
    image = Image.new("RGBA", (1, 1), (128, 128, 128, 0))
    reading = Reading(alpha="flatten", background=(1, 2, 3))
    assert shown(png_with(image, gama(1)), reading, 0)[0] == [1, 2, 3]


@pytest.mark.parametrize(
    ("stated", "red", "note"),
    [
        ((12, 13), P3_RED, "Display P3"),
        ((12, 2), P3_RED, "Display P3"),
        ((9, 14), [255, 0, 50], "BT.2020"),
        ((1, 8), [244, 133, 133], "BT.709 linear"),
        ((1, 13), [230, 60, 60], None),
        ((1, 1), [230, 60, 60], None),  # as of most that come of video tools
        ((2, 2), [230, 60, 60], None),
    ],
)
def test_code_points_of_avif_and_heic(stated, red, note):
    notes = (f"{note} (nclx) converted to sRGB",) if note else ()
    for source in (avif(stripes(), *stated), heic(stripes(), *stated)):
        found, told = shown(source, x=3 * 16 + 8)
        assert np.abs(np.subtract(found, red)).max() <= 2
        assert told == notes


def test_a_profile_comes_before_code_points():
    source = avif(stripes(), 12, 13, icc_profile=SWAPPED_PROFILE)
    assert b"nclx" in source
    assert decode(source).icc_profile == SWAPPED_PROFILE


def test_code_points_of_the_main_picture_count():
    # Pillow writes one picture, whose properties are: ..., colr. Here a second one states another.
    plain = avif(stripes(), 1, 13)
    colr = b"\0\0\0\x13colrnclx\0\x0c\0\x0d\0\0\x80"
    at = plain.index(b"ipco")
    start = plain.index(b"iprp") - 4
    other = plain[: at + 4] + colr + plain[at + 4 :]
    for place in (at - 4, start, plain.index(b"meta") - 4):
        (size,) = struct.unpack_from(">I", other, place)
        other = other[:place] + struct.pack(">I", size + len(colr)) + other[place + 4 :]
    # Each property has moved by one place; the main picture still names the old ones, so that its
    # first is the new box now.
    assert read_space(io.BytesIO(plain), "AVIF").is_srgb
    assert read_space(io.BytesIO(other), "AVIF").name == "Display P3 (nclx)"


def test_an_animation_without_a_main_picture_is_told_by_its_track():
    frames = [stripes(), Image.new("RGB", (80, 16))]
    source = avif(frames[0], 12, 13, save_all=True, append_images=frames[1:])
    assert shown(source, x=56)[1] == ("1 more frame left", "Display P3 (nclx) converted to sRGB")
    alone = source.replace(b"meta", b"free")
    assert read_space(io.BytesIO(alone), "AVIF").name == "Display P3 (nclx)"


@pytest.mark.parametrize("source", [avif(stripes(), 12, 13), png_with(STRIPES, cicp(12, 13))])
def test_damage_never_raises(source):
    rng = np.random.default_rng(1)
    kind = "PNG" if source.startswith(b"\x89PNG") else "AVIF"
    head = source[:400]
    for _ in range(2000):
        damaged = bytearray(head[: rng.integers(len(head) + 1)])
        for _ in range(rng.integers(4) if damaged else 0):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        for of in (kind, "BMP", "JPEG2000"):
            is_told(io.BytesIO(damaged), of)


def test_profiles_of_bmp_and_jpeg_2000_are_carried_on():
    for write in (bmp_with_profile, jp2_with_profile):
        picture = decode(write(stripes(4, 4), SWAPPED_PROFILE))
        assert picture.icc_profile == SWAPPED_PROFILE
        assert picture.pixels[0, ::4].tolist() == [list(color) for color in COLORS]
    assert decode(jp2_with_profile(stripes(4, 4), b"no profile")).notes[0].startswith("color prof")


def test_gamma_and_end_points_of_bmp_are_ignored_as_by_browsers():
    picture = decode(bmp_with_profile(stripes(4, 4), b""))
    assert (picture.pixels[0, 0].tolist(), picture.icc_profile, picture.notes) == (
        [10, 10, 10],
        None,
        (),
    )


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        (png_with(STRIPES, gama(1)), "PNG", True),
        (png_with(STRIPES, gama(1 / 2.2)), "PNG", False),
        (png_with(STRIPES, cicp(1, 13)), "PNG", True),
        (encode(STRIPES, icc_profile=SWAPPED_PROFILE), "PNG", False),
        (avif(stripes(), 12, 13), "AVIF", True),
        (avif(stripes(), 1, 13), "AVIF", False),
        (bmp_with_profile(stripes(4, 4), SRGB_PROFILE), "BMP", True),
        (encode(STRIPES, "BMP"), "BMP", False),
        (encode(STRIPES, "JPEG"), "JPEG", False),
    ],
)
def test_a_cheap_look_tells_which_files_are_told_so(source, kind, expected):
    stream = io.BytesIO(source)
    stream.seek(5)
    assert is_told(stream, kind) is expected
    assert stream.tell() == 5


def test_high_dynamic_range_is_mapped_with_a_note_and_never_falls():
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[np.newaxis].repeat(3, 0))
    for transfer, name in ((16, "PQ"), (18, "HLG")):
        picture = decode(png_with(ramp, cicp(9, transfer)))
        gray = picture.pixels[0].astype(int)
        assert (np.diff(gray, axis=0) >= 0).all()
        assert np.ptp(gray, axis=1).max() <= 1  # gray stays gray
        assert (gray[0].max(), gray[-1].min()) == (0, 255)
        told = f"BT.2020 {name} (cICP) mapped to the standard range of sRGB"
        assert picture.notes == (told,)
        # White of 203 cd/m2 is 58 % of PQ's and 75 % of HLG's range (BT.2408-7, table 1).
        assert abs(gray[148 if name == "PQ" else 191, 0] - 230) <= 2


def test_the_roll_off_leaves_what_is_dark_and_ends_at_1000():
    cd_m2 = np.array([0, 1, 50, 87, 203, 600, 1000, 10_000.0])
    shown = light.roll_off(cd_m2)
    assert shown[:4] == pytest.approx(cd_m2[:4] / 203, abs=1e-9)
    assert shown[4:].round(2).tolist() == [0.78, 0.99, 1, 1]
    assert (np.diff(light.roll_off(np.geomspace(1e-4, 1000, 10_000))) > 0).all()


@pytest.mark.parametrize(
    "transfer", [1.0, 2.2, 2.4, 2.8, "srgb", "smpte240m", "smpte428", "pq", "hlg"]
)
@pytest.mark.parametrize("name", dict(PRIMARIES.values()))
def test_gray_stays_gray_and_never_falls(name, transfer):
    space = ColorSpace(name, dict(PRIMARIES.values())[name], transfer)
    levels = np.arange(256, dtype=np.uint8)
    ramp = Image.fromarray(np.stack([levels] * 3, axis=1)[np.newaxis])
    conversion = plan_conversion("RGB", None, space, to_srgb=False)
    pixels = np.asarray(conversion.apply(ramp))[0].astype(int)
    assert np.ptp(pixels, axis=1).max() <= 1
    assert (np.diff(pixels, axis=0) >= 0).all()
    assert (pixels[0].max(), pixels[-1].min()) == (0, 255)


def test_littlecms_agrees():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    source = encode(image, icc_profile=display_p3_profile())
    by_profile = decode(source, Reading(color_profile="srgb")).pixels
    by_numbers = decode(png_with(image, cicp(12, 13))).pixels
    assert np.abs(by_profile.astype(int) - by_numbers).max() <= 1
    assert np.abs(by_profile.astype(int) - np.asarray(image)).max() > 9


def test_heic_is_as_avif_of_the_same_values():
    for stated in ((12, 13), (9, 14), (9, 16), (9, 18)):
        one, other = (decode(write(stripes(), *stated)) for write in (avif, heic))
        middle = np.s_[8, 8:64:16]  # the last is at sRGB's border, where a level becomes seven
        assert np.abs(one.pixels[middle].astype(int) - other.pixels[middle]).max() <= 3
        assert one.notes == other.notes


def test_display_p3_in_linear_srgb():
    red, *_ = rgb_to_linear_srgb((31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
    assert [round(number, 4) for number in red] == [1.2249, -0.2249, 0.0]
