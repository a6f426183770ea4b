"""The words on sheets and on the page."""

import pytest
from builders import decibels

from batchquant.metrics.target import Target
from batchquant.plan.groups import Group
from batchquant.report.captions import reach_of, sharing_of, subtitle_of, tell_shared_inertia


def test_a_target_is_met_at_a_k_or_from_a_k_once_nothing_smaller_is_to_be_made():
    told = list(reach_of(decibels(32.0), (8, "random"), {8, 16}))
    assert told == ["32 dB is met at K 8 so far, start random", "2 K still to be made"]
    assert list(reach_of(decibels(32.0), (8, "random"), ())) == [
        "32 dB is met from K 8, start random"
    ]


def test_a_subtitle_tells_of_colors_knee_and_target():
    told = subtitle_of(1000, 5, None, decibels(32.0), ())
    assert told == "1,000 colors · knee at K 5 · 32 dB is not reached"
    told = subtitle_of(1, None, None, decibels(32.0), {16, 32})
    assert told == "1 color · 32 dB is not reached so far · 2 K still to be made"


def test_a_target_of_another_figure():
    told = list(reach_of(Target("delta_e", 2.5), (8, "random"), ()))
    assert told == ["dE 2.5 is met from K 8, start random"]


@pytest.mark.parametrize(
    ("kind", "n_pictures", "told"),
    [
        ("file", 12, "12 frames of this file"),
        ("folder", 2, "2 pictures of this folder"),
        ("input", 1234, "1,234 pictures of this input"),
        ("job", 2, "2 pictures of this job"),
        ("folder", 1, ""),  # a group of one is that picture alone
        ("folder", 0, ""),  # not all are counted yet
    ],
)
def test_with_whom_a_palette_is_shared(kind, n_pictures, told):
    assert sharing_of(Group("", "photos", kind=kind, n_pictures=n_pictures)) == told
    assert sharing_of(None) == ""


def test_a_subtitle_tells_of_a_shared_palette():
    told = subtitle_of(1000, None, None, None, (), "3 pictures of this folder")
    assert told == "1,000 colors · palette shared by 3 pictures of this folder"


@pytest.mark.parametrize(
    ("inertia", "told"),
    [
        (643904814.0, "inertia of all 6.439e8"),
        (1e12, "inertia of all 1e12"),
        (0.0, "inertia of all 0"),
        (12.3456, "inertia of all 12.35"),
        (None, ""),  # made before there was this figure
    ],
)
def test_the_inertia_of_all_pictures_of_a_palette(inertia, told):
    assert tell_shared_inertia(inertia) == told
