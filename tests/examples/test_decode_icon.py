import pytest
from picture_sources import bitmap, icon
from PIL import Image
from sources import encode

from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading

RED, GREEN = (255, 0, 0), (0, 255, 0)

FEW, MANY = (4, 16, bitmap(4, RED)), (32, 0, bitmap(32, GREEN))
PNG = (32, 0, encode(Image.new("RGBA", (16, 16), (*GREEN, 255))))


@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize(
    "entries",
    [
        (FEW, MANY),
        (MANY, FEW),
        (FEW, PNG),
        (PNG, FEW),
        ((8, 16, bitmap(8, RED, 16)), (8, 0, bitmap(8, GREEN))),
    ],
)
def test_of_equal_sizes_the_deepest_comes_first_then_the_one_of_most_colors(entries, says):
    source = icon(*entries, says=says)
    assert decode(source).pixels[3, 3].tolist() == [*GREEN]
    assert decode(source, Reading(frame=1)).pixels[3, 3].tolist() == [*RED]
