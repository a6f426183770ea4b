"""The words on sheets and on the page."""

from builders import decibels

from batchquant.metrics.target import Target
from batchquant.report.captions import reach_of, subtitle_of


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
