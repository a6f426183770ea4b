"""A few colors out of many given ones, by hand; its laws are in tests/properties."""

import numpy as np
import pytest

from batchquant.jobfile import Job
from batchquant.plan.records import Settings
from batchquant.plan.sweep import Sweep, notes_of
from batchquant.quantization import arrange, choose_from_palette
from batchquant.quantization.color.histogram import count_colors
from batchquant.steps.effort import limit_of, n_searches

GRAYS = [(level, level, level) for level in (0, 40, 80, 120, 160, 200, 240)]
SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


def show(pixels, k, *, stock=GRAYS, space="srgb", favor_rare=0.0, **keys):
    colors = arrange(count_colors(np.array([pixels], np.uint8)), space, favor_rare)
    search = {"seed": 0, "max_iter": 1000, "tol": 0.0, **keys}
    return choose_from_palette(colors, stock, k, **search)


def gray(level, n=1):
    return [(level, level, level)] * n


@pytest.mark.parametrize(
    ("k", "expected"),
    # 40 of the pixels lie at 90, 10 at 10, 9 at 200.
    [(1, [80]), (2, [80, 200]), (3, [0, 80, 200]), (4, [0, 80, 200]), (9, [0, 80, 200])],
)
def test_each_k_has_the_best_of_its_own(k, expected):
    found = show(gray(90, 40) + gray(10, 10) + gray(200, 9), k)
    assert found.palette[:, 0].tolist() == expected
    assert (found.n_iter, found.converged) == (0, True)


def test_a_pinned_color_takes_part_and_the_others_are_chosen_beside_it():
    found = show(gray(90, 40) + gray(200, 9), 2, pin=[GRAYS[3]])
    assert found.palette[:, 0].tolist() == [120, 200]
    assert show(gray(90, 40) + gray(200, 9), 1, pin=[GRAYS[3]]).palette.tolist() == [[120] * 3]


def test_of_equals_the_first_of_the_stock_is_taken():
    assert show(gray(100), 1).palette.tolist() == [[80] * 3]
    assert show(gray(100), 1, stock=GRAYS[::-1]).palette.tolist() == [[120] * 3]


def test_distances_are_those_of_the_color_space():
    stock = [(0, 0, 255), (110, 110, 110)]
    blue = [(20, 20, 170)]
    assert show(blue, 1, stock=stock).palette.tolist() == [[0, 0, 255]]
    assert show([(90, 90, 160)], 1, stock=stock).palette.tolist() == [[110] * 3]
    oklab = show([(60, 60, 150)], 1, stock=stock, space="oklab")
    srgb = show([(60, 60, 150)], 1, stock=stock)
    assert (oklab.palette.tolist(), srgb.palette.tolist()) == ([[0, 0, 255]], [[110] * 3])


RED = (220, 30, 30)
MANY = [(level, level, level) for level in range(2, 250, 4)] + [RED]


@pytest.mark.parametrize("stock", [[*GRAYS, RED], MANY], ids=["all tried", "exchanged"])
def test_a_small_accent_has_a_color_of_the_stock_where_rare_ones_are_favored(stock):
    accent = (200, 20, 20)
    pixels = [color for level in range(40, 201, 8) for color in gray(level, 300)] + [accent] * 3
    plain, favored = show(pixels, 5, stock=stock), show(pixels, 5, stock=stock, favor_rare=1.0)
    assert RED not in map(tuple, plain.palette.tolist())
    assert RED in map(tuple, favored.palette.tolist())
    assert plain.inertia < favored.inertia  # by pixels that count alike, whatever was favored
    shown = favored.palette[favored.indices[0]].astype(int)
    assert favored.inertia == np.square(shown - pixels).sum()


@pytest.mark.parametrize("k", [3, 60, 99])
def test_more_colors_than_a_picture_has_are_its_nearest(k):
    stock = [(red, green, 0) for red in range(0, 250, 25) for green in range(0, 250, 25)]
    found = show([(1, 2, 3), (99, 101, 0), (240, 3, 9)], k, stock=stock)
    assert found.palette.tolist() == [[0, 0, 0], [225, 0, 0], [100, 100, 0]]


def test_a_picture_without_visible_pixels_wears_none_of_them():
    pixels, hidden = np.zeros((1, 2, 3), np.uint8), np.zeros((1, 2), bool)
    colors = arrange(count_colors(pixels, hidden))
    found = choose_from_palette(colors, GRAYS, 2, seed=0, max_iter=9, tol=0.0)
    assert found.n_colors == 0


@pytest.mark.parametrize("n", [7, 60])
def test_work_stops_where_it_is_told_to(n):
    class ToldError(Exception):
        pass

    def stop():
        raise ToldError

    rng = np.random.default_rng(1)
    stock = [tuple(color) for color in rng.integers(0, 256, (n, 3)).tolist()]
    with pytest.raises(ToldError):
        show(rng.integers(0, 256, (900, 3)), n // 2, stock=stock, checkpoint=stop)


def test_time_grows_with_the_ways_to_choose():
    def searches(n, k, **keys):
        stock = tuple((0, code >> 8, code & 255) for code in range(n))
        return n_searches(Settings(**dict(SETTINGS_AS, palette=stock, **keys)), k, "palette")

    assert n_searches(SETTINGS, 16, "random") == searches(24, 24) == searches(5, 2) == 1
    assert searches(24, 3) == 1 + 2024 // 100
    assert searches(24, 4) == 1 + 24 // 10  # too many to be all tried
    assert searches(24, 4, pin=((0, 0, 0),)) == 1 + 1771 // 100
    assert searches(4096, 64) == 1 + 409
    assert limit_of("auto", 2_000_000, searches(24, 3)).seconds == 60 + 2 * 21


SETTINGS_AS = {
    name: getattr(SETTINGS, name) for name in ("seed", "n_init", "max_iter", "tol", "dpi")
}


@pytest.mark.parametrize(
    ("k", "shown", "notes"),
    [
        ((7,), (7,), []),
        ((2, 6), (2, 6), []),
        ((2, 8), (2, 7), ["k 8: all 7 colors of the palette are taken, as k 7"]),
        ((7, 9, 30), (7,), ["k 9, 30: all 7 colors of the palette are taken, as k 7"]),
    ],
)
def test_a_k_larger_than_the_palette_is_all_of_it(k, shown, notes):
    job = Job.model_construct(inputs=(), palette=tuple(GRAYS), k=k, init=("palette",))
    assert Sweep.of(job, seed=0).k == shown
    assert [*notes_of(job)] == notes


def test_without_a_palette_k_is_as_large_as_it_is():
    job = Job.model_construct(inputs=(), k=(3, 4000), init=("random",))
    assert (Sweep.of(job, seed=0).k, [*notes_of(job)]) == ((3, 4000), [])
