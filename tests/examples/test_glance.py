"""Which variant of the newest pictures a served page shows: the one that its card begins with."""

import math

import pytest
from builders import decibels
from test_report_page import done, shown_image

from batchquant.report.page.records import ShownVariant
from batchquant.serve.glance import best_of

MADE = [done(k, psnr_db=10.0 + k) for k in (3, 5, 7, 9)]


@pytest.mark.parametrize(
    ("further", "shown"),
    [
        ({}, (5, "random")),  # the middle one
        ({"knee": 7}, (7, "random")),
        ({"knee": 8}, (5, "random")),  # which is not made
        ({"knee": 3, "target": decibels(32.0)}, (9, "random")),  # which comes closest
        ({"target": decibels(12.0), "best": (3, "random")}, (3, "random")),
    ],
)
def test_a_picture_shows_the_variant_that_its_card_begins_with(further, shown):
    assert best_of(shown_image("a.png", MADE, **further)) == shown


def test_without_a_knee_no_more_colors_are_shown_than_make_it_exact():
    exact = [done(k, psnr_db=math.inf) for k in (5, 9, 16, 24)]
    assert best_of(shown_image("a.png", [done(3, psnr_db=20.0), *exact])) == (5, "random")


def test_of_starts_the_closest_is_shown_and_of_nothing_none():
    starts = [done(3, "maximin", psnr_db=21.0), done(3, psnr_db=20.0)]
    assert best_of(shown_image("a.png", starts)) == (3, "maximin")
    assert best_of(shown_image("a.png", [ShownVariant(3, "random", "pending")])) is None
