import pytest
from picture_sources import cga_screen

from batchquant.images.read.decode import decode

BLACK, BLUE, WHITE = (0, 0, 0), (0, 0, 170), (255, 255, 255)


@pytest.mark.parametrize(
    ("first", "fourth", "colors"),
    [
        (0x0F, 0xE0, [BLACK, (85, 255, 255), (255, 85, 255), WHITE]),
        (0x1F, 0xC0, [BLUE, (0, 170, 170), (170, 0, 170), (170, 170, 170)]),
        (0x00, 0x60, [BLACK, (85, 255, 255), (255, 85, 85), WHITE]),
        (0x0F, 0xA0, [BLACK, (85, 255, 85), (255, 85, 85), (255, 255, 85)]),
        (0x00, 0x80, [BLACK, (0, 170, 0), (170, 0, 0), (170, 85, 0)]),
    ],
)
def test_a_screen_of_a_cga_has_its_colors(first, fourth, colors):
    picture = decode(cga_screen([first, 15, 15, fourth]))
    assert picture.pixels[199, 316:].tolist() == [[*color] for color in colors]


def test_four_colors_that_are_no_screen_are_as_stored():
    stored = [9, 8, 7, 60, 50, 40, 1, 2, 3, 255, 254, 253]
    picture = decode(cga_screen(stored, dpi=(300, 300)))
    assert picture.pixels[0, :4].ravel().tolist() == stored
