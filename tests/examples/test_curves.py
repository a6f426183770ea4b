import dataclasses
import math

import numpy as np
import pytest
from test_ledger import IMAGE, OTHER, RESULT, VARIANT

from batchquant import quantize
from batchquant.color.fidelity import psnr_db
from batchquant.ledger import records_of
from batchquant.report.curves import find_knee, knee_of, trace_curves

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
    return dataclasses.replace(MADE, k=k, init=init, mse=mse, inertia=inertia)


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
