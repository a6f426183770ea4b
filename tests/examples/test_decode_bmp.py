import struct

import numpy as np
import pytest
from picture_sources import bit_fields

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe
from batchquant.images.read.picture import Reading

EMPTY = "alpha channel ignored: it is empty"
A1R5G5B5 = (0x7C00, 0x3E0, 0x1F, 0x8000)
A4R4G4B4 = (0xF00, 0xF0, 0xF, 0xF000)
A2R10G10B10 = (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)


@pytest.mark.parametrize("is_dib", [False, True])
@pytest.mark.parametrize("header", [56, 108, 124])
def test_an_alpha_mask_of_which_something_is_seen_is_alpha(header, is_dib):
    source = bit_fields(16, A1R5G5B5, [[0x7C00, 0xFC00, 0x83E0]], header=header, is_dib=is_dib)
    picture = decode(source)
    assert picture.pixels.tolist() == [[[255, 0, 0], [255, 0, 0], [0, 255, 0]]]
    assert picture.alpha.tolist() == [[0, 255, 255]]
    assert (picture.mode, picture.source_format) == ("RGBA", "DIB" if is_dib else "BMP")
    assert picture.dpi == pytest.approx((150, 150), abs=0.1)


@pytest.mark.parametrize(
    ("bits", "masks"),
    [(16, A1R5G5B5), (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), (32, A2R10G10B10)],
)
def test_an_alpha_mask_of_which_nothing_is_seen_is_unused(bits, masks):
    picture = decode(bit_fields(bits, masks, [[masks[0], masks[2]]]))
    assert picture.pixels.tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert picture.alpha is None
    assert EMPTY in picture.notes


def test_five_bits_are_the_same_with_an_alpha_mask_and_without():
    grays = [[v << 10 | v << 5 | v for v in range(32)]]
    plain = decode(bit_fields(16, (*A1R5G5B5[:3], 0), grays))
    assert np.array_equal(plain.pixels, decode(bit_fields(16, A1R5G5B5, grays)).pixels)
    assert plain.notes == ()


@pytest.mark.parametrize(
    ("header", "compression", "masks"),
    [(40, 3, (0xF00, 0xF0, 0xF, 0)), (40, 6, A4R4G4B4), (52, 3, A4R4G4B4), (108, 3, A4R4G4B4)],
)
def test_four_bits_a_channel(header, compression, masks):
    rows = [[0xFF80], [0x4123]]
    source = bit_fields(16, masks, rows, header=header, compression=compression)
    picture = decode(source)
    assert picture.pixels.tolist() == [[[17, 34, 51]], [[255, 136, 0]]]
    if masks[3] and header != 52:
        assert picture.alpha.tolist() == [[68], [255]]
    else:
        assert picture.alpha is None


@pytest.mark.parametrize("alpha", [0, A2R10G10B10[3]])
def test_ten_bits_a_channel_are_rounded(alpha):
    red, green, blue = 1023, 514, 2  # 255, 128.12, 0.4985
    pixel = red << 20 | green << 10 | blue | alpha
    picture = decode(bit_fields(32, (*A2R10G10B10[:3], alpha), [[pixel]]))
    assert picture.pixels.tolist() == [[[255, 128, 0]]]
    assert picture.notes == ("10 bits a channel reduced to 8",)


def test_masks_of_all_widths_are_scaled_by_their_range():
    picture = decode(bit_fields(32, (0xFFFF0000, 0xFF80, 0x7E, 0x1), [[0x80FFFFFF]]))
    assert picture.pixels.tolist() == [[[128, 255, 255]]]  # 33,023 of 65,535; all of 9 and 6 bits


@pytest.mark.parametrize(
    "masks",
    [(0xF00, 0xF00, 0xF, 0), (0xF0F, 0xF0, 0xF000, 0), (0xF0000, 0xF0, 0xF, 0), (0xFF, 0, 0, 0)],
)
def test_masks_that_make_no_sense_are_refused(masks):
    with pytest.raises(ImageError, match=r"a kind that is not read \(Unsupported BMP"):
        decode(bit_fields(16, masks, [[0xFFFF]]))


def test_the_rows_of_a_picture_may_run_downwards():
    source = bytearray(bit_fields(16, A4R4G4B4, [[0xF00F], [0xFF00]]))
    source[22:26] = struct.pack("<i", -2)
    assert decode(bytes(source)).pixels[:, 0].tolist() == [[0, 0, 255], [255, 0, 0]]


def test_planning_knows_the_size_and_the_limit_holds(tmp_path):
    source = bit_fields(16, A4R4G4B4, [[1, 2, 3], [4, 5, 6]])
    (tmp_path / "a.bmp").write_bytes(source)
    assert probe(tmp_path / "a.bmp").sizes == ((3, 2),)
    with pytest.raises(ImageError, match="too_large: 3 x 2"):
        decode(source, Reading(max_pixels=5))


def test_bit_fields_that_break_off_are_refused_or_accepted_as_asked():
    source = bit_fields(16, A4R4G4B4, [[0xFF00], [0xFF00]])[:-2]
    with pytest.raises(ImageError, match="unreadable: the file ends too early"):
        decode(source)
    assert decode(source, Reading(truncated="accept")).is_damaged
