import dataclasses
import math
from collections import Counter

import numpy as np
import pytest
from builders import decibels, figures_of
from test_ledger import IMAGE, OTHER, RESULT, VARIANT

from batchquant.jobfile.template import BEGINNING_K
from batchquant.metrics.target import Target
from batchquant.quantization import quantize
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.curves import best_for_target, find_knee, knee_of, trace_curves
from batchquant.store import records_of

MADE, FAILED = records_of(IMAGE, (VARIANT, OTHER), RESULT)
COLORS = np.array(
    [
        (20, 20, 30),
        (235, 230, 220),
        (200, 30, 40),
        (30, 90, 200),
        (40, 160, 60),
        (240, 200, 40),
        (130, 40, 150),
        (40, 200, 220),
    ]
)


def record(k, init="random", *, mse=1.0, inertia=3.0):
    return dataclasses.replace(MADE, k=k, init=init, figures=figures_of(mse), inertia=inertia)


@pytest.mark.parametrize("n_colors", [3, 5, 8])
def test_the_knee_is_the_number_of_well_parted_colors(n_colors):
    rng = np.random.default_rng(n_colors)
    pixels = COLORS[rng.integers(n_colors, size=(48, 64))] + rng.normal(0, 4, (48, 64, 3))
    pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    records = []
    for k in range(2, 13):
        for init in ("in_pixel", "random"):
            found = quantize(pixels, k, init=init, n_init=10, seed=k)
            records.append(record(k, init, mse=found.mse, inertia=found.inertia))
    assert knee_of(trace_curves(records)) == n_colors


def test_a_curve_for_each_start_by_k():
    records = [record(5, "maximin", mse=4.0, inertia=9.0), record(3), FAILED, record(2)]
    by_maximin, by_random = trace_curves(records)
    assert (by_maximin.init, by_maximin.k, by_maximin.inertia) == ("maximin", (5,), (9.0,))
    assert by_maximin.psnr_db == (psnr_db(4.0),)
    assert (by_random.init, by_random.k) == ("random", (2, 3))


def test_the_knee_is_of_the_best_start_of_each_k():
    falls = {2: 1000.0, 3: 10.0, 4: 9.0, 5: 8.0}
    worse = [record(k, "random", mse=1000.0 - k) for k in falls]
    better = [record(k, "kmeans++", mse=mse) for k, mse in falls.items()]
    assert knee_of(trace_curves(worse)) is None
    assert knee_of(trace_curves([*worse, *better])) == 3


def test_exact_copies_are_cut_off_the_curve():
    records = [record(k, mse=mse) for k, mse in [(2, 1000.0), (3, 10.0), (4, 9.0), (5, 8.0)]]
    exact = [record(k, mse=0.0) for k in (6, 7)]
    assert trace_curves(exact)[0].psnr_db == (math.inf, math.inf)
    assert knee_of(trace_curves([*records, *exact])) == 3
    assert knee_of(trace_curves([*records[:3], *exact])) is None  # three finite points


@pytest.mark.parametrize(
    ("y", "knee"),
    [
        ([0, 8, 9, 10], 3),
        ([0, 5, 6, 10], None),  # 0.17 above the line, 0.33 are tolerated
        ([0, 10 / 3, 20 / 3, 10], None),  # straight
        ([0, 1, 2, 10], None),  # bends the other way
        ([5, 5, 5, 5], None),
        ([0, 9, 10], None),
    ],
)
def test_knees_worked_out_by_hand(y, knee):
    assert find_knee(list(range(2, 2 + len(y))), [float(level) for level in y]) == knee


def test_of_two_knees_the_higher_counts():
    y = [0.0, 3.0, 3.1, 3.2, 9.0, 9.5, 9.8, 10.0]
    assert find_knee(list(range(2, 10)), y) == 6
    y = [0.0, 7.0, 7.1, 7.2, 9.0, 9.1, 9.2, 10.0]
    assert find_knee(list(range(2, 10)), y) == 3


@pytest.mark.parametrize("target_db", [10.0, 22.5, 27.0, 29.9, 35.0, 60.0])
def test_the_target_equals_brute_force(target_db):
    rng = np.random.default_rng(1)
    records = [
        record(k, init, mse=float(2000 / k**2 * rng.uniform(0.5, 2)))
        for init in ("random", "in_pixel", "kmeans++")
        for k in (11, 3, 7, 5, 9)
    ]
    expected = None
    for k in (3, 5, 7, 9, 11):
        level, init = max((r.figures["psnr_db"], r.init) for r in records if r.k == k)
        if level >= target_db:
            expected = (k, init)
            break
    best = best_for_target([*records, FAILED], decibels(target_db))
    assert (best and (best.k, best.init)) == expected


def test_ties_of_the_target_go_to_the_first():
    records = [record(3, mse=900.0), record(5, "random"), record(5, "maximin"), record(7, mse=0.0)]
    assert best_for_target(records, decibels(40.0)) == records[1]
    assert best_for_target(records, decibels(50.0)) == records[3]
    assert best_for_target(records[:3], decibels(50.0)) is None


def test_a_target_may_be_a_figure_that_falls_and_that_is_not_known_of_all():
    records = [
        dataclasses.replace(record(k, init), figures=figures_of(1.0, delta_e=apart))
        for k, init, apart in [(3, "a", 4.0), (5, "a", 2.0), (5, "b", 1.5), (7, "a", 0.5)]
    ]
    older = dataclasses.replace(records[0], figures={"mse": 1.0})
    assert best_for_target([older, *records], Target("delta_e", 2.0)) == records[2]
    assert best_for_target([older, *records[:2]], Target("delta_e", 2.0)) == records[1]
    assert best_for_target([older], Target("delta_e", 2.0)) is None


MEASURED = (
    (23.78, 26.11, 27.99, 29.85, 31.15, 33.26, 35.17),
    (25.50, 28.36, 30.37, 31.86, 32.79, 34.54, 36.37),
    (19.61, 21.90, 24.14, 25.32, 26.35, 28.37, 30.00),
    (21.48, 23.88, 25.86, 26.90, 27.79, 29.45, 31.44),
    (20.84, 23.14, 24.24, 25.28, 25.95, 27.53, 29.26),
    (21.88, 25.56, 27.45, 28.65, 29.73, 31.49, 33.25),
    (22.23, 24.83, 26.45, 27.61, 28.59, 30.10, 32.02),
    (20.98, 23.82, 25.38, 26.42, 27.44, 29.13, 30.82),
    (22.22, 25.29, 27.31, 28.79, 29.96, 31.79, 33.75),
    (22.34, 25.63, 27.46, 28.90, 29.76, 31.64, 33.29),
    (22.16, 25.09, 26.62, 27.72, 28.57, 30.51, 32.45),
    (23.03, 25.21, 26.50, 27.63, 28.76, 30.61, 33.00),
    (21.50, 24.98, 26.72, 27.96, 28.90, 30.53, 31.98),
    (19.76, 22.57, 24.51, 25.58, 26.55, 28.27, 30.11),
    (20.42, 23.04, 25.13, 26.24, 27.26, 29.21, 31.06),
    (22.96, 26.62, 28.31, 29.70, 30.81, 33.00, 35.14),
    (22.85, 26.29, 28.06, 29.36, 30.27, 32.31, 34.55),
    (21.97, 24.35, 25.78, 26.81, 27.59, 29.07, 30.57),
    (22.24, 25.32, 27.04, 28.35, 29.21, 31.21, 33.08),
    (21.50, 24.65, 26.58, 28.36, 29.62, 31.83, 33.86),
    (21.67, 24.87, 26.57, 28.18, 29.09, 30.92, 32.98),
    (21.53, 23.93, 25.41, 26.42, 27.37, 29.08, 30.62),
    (18.05, 20.93, 22.78, 24.15, 25.16, 26.74, 28.26),
    (21.74, 25.15, 27.05, 28.11, 28.84, 30.31, 31.70),
)
"""PSNR in dB of the 24 Kodak photographs at 600 pixels, for each K of the starter."""


def test_the_starter_shows_where_more_colors_stop_paying():
    knees = [find_knee(BEGINNING_K, psnr_db) for psnr_db in MEASURED]
    assert Counter(knees) == {9: 14, 11: 10}
    # Five points up to 11 bend too little: the mean step between them is as large as the bend.
    few = [find_knee(BEGINNING_K[:5], psnr_db[:5]) for psnr_db in MEASURED]
    assert set(few) == {None}
    # One more K finds it for most, and two for all.
    more = [find_knee(BEGINNING_K[:6], psnr_db[:6]) for psnr_db in MEASURED]
    assert sum(knee is not None for knee in more) == 22
