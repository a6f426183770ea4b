import struct

import numpy as np
import pytest
from PIL import Image
from sources import encode

from batchquant.errors import ImageError
from batchquant.images.read import tga
from batchquant.images.read.decode import decode

PIXELS = np.random.default_rng(0).integers(0, 3, (9, 7)).astype(np.uint8) * 100


def of_runs(packets, *, bits=24, width=3, height=2):
    head = bytes([0, 0, 11 if bits == 8 else 10]) + bytes(9)
    return head + struct.pack("<HHBB", width, height, bits, 0x20) + b"".join(packets)


def test_a_run_may_go_on_into_the_next_row():
    picture = decode(of_runs([bytes([0x80 | 3, 30, 20, 10]), bytes([1, 1, 2, 3, 4, 5, 6])]))
    assert picture.pixels.tolist() == [[[10, 20, 30]] * 3, [[10, 20, 30], [3, 2, 1], [6, 5, 4]]]
    assert picture.source_format == "TGA"


def test_packets_that_stop_too_early_are_refused():
    with pytest.raises(ImageError, match="unreadable: "):
        decode(of_runs([bytes([0x80 | 4, 30, 20, 10])]))


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("id_section", [b"", b"made by hand"])
def test_without_runs_it_is_the_same_picture(mode, id_section):
    image = Image.fromarray(PIXELS)
    image = image.quantize(3) if mode == "P" else image.convert(mode)
    source = encode(image, "TGA", rle=True, id_section=id_section)
    plain, whole = decode(tga.without_runs(source)), decode(source)
    assert np.array_equal(plain.pixels, whole.pixels)
    assert tga.without_runs(encode(image, "TGA")) is None


@pytest.mark.parametrize(("attributes", "alpha"), [(0, None), (3, [[9] * 3] * 2)])
def test_what_version_2_says_of_alpha_holds(attributes, alpha):
    source = of_runs([bytes([0x80 | 5, 30, 20, 10, 9])], bits=32)
    extension = bytes(494) + bytes([attributes])
    source += extension + struct.pack("<II", len(source), 0) + b"TRUEVISION-XFILE.\0"
    picture = decode(source)
    assert (picture.alpha if alpha is None else picture.alpha.tolist()) == alpha
