"""What densities tell of the shape of a pixel."""

import pytest

from batchquant.images.read.density import dpi_after, dpi_of_png, pixel_aspect, true_size


@pytest.mark.parametrize(
    ("dpi", "aspect"),
    [
        (None, 1),
        ((300, 300), 1),
        ((98, 204), 204 / 98),
        ((204, 196), 196 / 204),
        ((100, 101), 1),
        ((100, 101.1), 1.011),
        ((100, 25), 0.25),
        ((100, 24), 1),  # nobody means that
        ((100, 400), 4),
        ((100, 401), 1),
        ((100, 0), 1),
        ((100, float("nan")), 1),
    ],
)
def test_the_shape_of_a_pixel(dpi, aspect):
    assert pixel_aspect(dpi) == pytest.approx(aspect, rel=1e-12)


def test_no_pixel_is_lost_in_the_true_shape():
    assert true_size(10, 10, 0.25) == (10, 40)
    assert true_size(10, 10, 4.0) == (40, 10)
    assert true_size(1, 1, 1.2) == (1, 1)
    assert true_size(1728, 1151, 98 / 204) == (1728, 2396)  # a fax


@pytest.mark.parametrize("dpi", [10, 72, 98, 150, 204, 300, 600, 1200, 9600])
def test_png_gives_back_what_it_rounded(dpi):
    assert dpi_of_png(round(dpi / 0.0254), round(dpi / 0.0254)) == (dpi, dpi)


def test_png_may_tell_less_than_whole_numbers_or_nothing():
    assert dpi_of_png(2854, 2834) == pytest.approx((72.4916, 71.9836))
    assert dpi_of_png(0, 2835) is None


@pytest.mark.parametrize(
    ("dpi", "scale", "keeps_size", "expected"),
    [
        (None, 0.5, True, None),
        ((300, 300), 0.5, False, None),
        ((300, 300), 0.5, True, (150, 150)),
        ((200, 100), 0.5, False, (100, 50)),
        ((200, 100), 0.009, False, None),  # less than a pixel an inch
    ],
)
def test_a_reduced_picture_tells_a_lower_density(dpi, scale, keeps_size, expected):
    assert dpi_after(dpi, scale, keeps_size=keeps_size) == expected
