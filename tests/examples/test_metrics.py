"""Figures, against tables and formulas of others."""

import dataclasses
import importlib
import math
import warnings

import numpy as np
import pytest

from batchquant.errors import UsageError
from batchquant.metrics import delta_e as module
from batchquant.metrics.metric import Metric, Pairs
from batchquant.metrics.registry import compute_figures, metrics, tell_figures
from batchquant.metrics.target import Target
from batchquant.quantization.color import difference
from batchquant.quantization.color.difference import ciede2000, srgb_to_lab
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.pairs import count_pairs

# Sharma, Wu and Dalal (2005), table 1: L*, a* and b* of two colors, and how far they are apart.
SHARMA = """
50.0000   2.6772 -79.7751  50.0000   0.0000 -82.7485  2.0425
50.0000   3.1571 -77.2803  50.0000   0.0000 -82.7485  2.8615
50.0000   2.8361 -74.0200  50.0000   0.0000 -82.7485  3.4412
50.0000  -1.3802 -84.2814  50.0000   0.0000 -82.7485  1.0000
50.0000  -1.1848 -84.8006  50.0000   0.0000 -82.7485  1.0000
50.0000  -0.9009 -85.5211  50.0000   0.0000 -82.7485  1.0000
50.0000   0.0000   0.0000  50.0000  -1.0000   2.0000  2.3669
50.0000  -1.0000   2.0000  50.0000   0.0000   0.0000  2.3669
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0009  7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0010  7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0011  7.2195
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0012  7.2195
50.0000  -0.0010   2.4900  50.0000   0.0009  -2.4900  4.8045
50.0000  -0.0010   2.4900  50.0000   0.0010  -2.4900  4.8045
50.0000  -0.0010   2.4900  50.0000   0.0011  -2.4900  4.7461
50.0000   2.5000   0.0000  50.0000   0.0000  -2.5000  4.3065
50.0000   2.5000   0.0000  73.0000  25.0000 -18.0000 27.1492
50.0000   2.5000   0.0000  61.0000  -5.0000  29.0000 22.8977
50.0000   2.5000   0.0000  56.0000 -27.0000  -3.0000 31.9030
50.0000   2.5000   0.0000  58.0000  24.0000  15.0000 19.4535
50.0000   2.5000   0.0000  50.0000   3.1736   0.5854  1.0000
50.0000   2.5000   0.0000  50.0000   3.2972   0.0000  1.0000
50.0000   2.5000   0.0000  50.0000   1.8634   0.5757  1.0000
50.0000   2.5000   0.0000  50.0000   3.2592   0.3350  1.0000
60.2574 -34.0099  36.2677  60.4626 -34.1751  39.4387  1.2644
63.0109 -31.0961  -5.8663  62.8187 -29.7946  -4.0864  1.2630
61.2901   3.7196  -5.3901  61.4292   2.2480  -4.9620  1.8731
35.0831 -44.1164   3.7933  35.0232 -40.0716   1.5901  1.8645
22.7233  20.0904 -46.6940  23.0331  14.9730 -42.5619  2.0373
36.4612  47.8580  18.3852  36.2715  50.5065  21.2231  1.4146
90.8027  -2.0831   1.4410  91.1528  -1.6435   0.0447  1.4441
90.9257  -0.5406  -0.9208  88.6381  -0.8985  -0.7239  1.5381
 6.7747  -0.2908  -2.4247   5.8714  -0.0985  -2.2286  0.6377
 2.0776   0.0795  -1.1350   0.9033  -0.0636  -0.5514  0.9082
"""
TABLE = np.array([line.split() for line in SHARMA.split("\n") if line], dtype=float)
ONE, OTHER = (np.ascontiguousarray(TABLE[:, at : at + 3].T) for at in (0, 3))


def test_ciede2000_is_that_of_the_published_table():
    assert len(TABLE) == 34
    assert np.abs(ciede2000(ONE, OTHER) - TABLE[:, 6]).max() < 5.1e-5  # it has four digits
    assert np.abs(ciede2000(OTHER, ONE) - TABLE[:, 6]).max() < 5.1e-5


@pytest.fixture(scope="module")
def colour():
    """The library colour-science, which says that it lacks Matplotlib and has arrays print anew."""
    with warnings.catch_warnings(action="ignore"), np.printoptions():
        return importlib.import_module("colour")


def shown(n=20_000, seed=1):
    """Colors and what they are shown as: near ones and far ones, gray ones among them."""
    rng = np.random.default_rng(seed)
    colors = rng.integers(0, 256, (n, 3)).astype(np.uint8)
    colors[: n // 20] = colors[: n // 20, :1]
    moves = rng.integers(-20, 21, (n, 3))
    moves[n // 2 :] *= 9
    return colors, np.clip(colors + moves, 0, 255).astype(np.uint8)


def test_lab_and_ciede2000_are_those_of_colour_science(colour):
    space = colour.RGB_COLOURSPACES["sRGB"].copy()
    space.use_derived_transformation_matrices(True)
    labs = []
    for colors in shown():
        xyz = colour.RGB_to_XYZ(colors / 255, space, space.whitepoint, apply_cctf_decoding=True)
        labs.append(colour.XYZ_to_Lab(xyz, space.whitepoint))
        assert np.abs(srgb_to_lab(colors) - labs[-1].T).max() < 1e-11
    one, other = labs
    expected = colour.delta_E(one, other, method="CIE 2000")
    found = ciede2000(*(np.ascontiguousarray(lab.T) for lab in labs))
    assert np.abs(found - expected).max() < 1e-9


def pairs_of(colors, painted, weights):
    """Pairs as a picture has them that is a single row, each color by its weight."""
    picture = np.repeat(colors, weights, axis=0)[np.newaxis]
    palette, entry = np.unique(painted, axis=0, return_inverse=True)
    indices = np.repeat(entry.reshape(-1), weights)[np.newaxis].astype(np.uint32)
    return count_pairs(count_colors(picture), palette, indices)


def test_delta_e_is_the_mean_over_pixels():
    colors, painted = shown(500)
    weights = np.arange(500) % 7 + 1
    apart = ciede2000(srgb_to_lab(colors), srgb_to_lab(painted))
    expected = np.average(apart, weights=weights)
    found = metrics()["delta_e"].compute(pairs_of(colors, painted, weights))
    assert found == pytest.approx(expected, abs=2**-16)


@pytest.mark.parametrize("change", [("CACHED", 0), ("STEPS", 1 << 16)])
def test_delta_e_is_the_same_bits_in_any_order(change, monkeypatch):
    pairs = pairs_of(*shown(3000), np.arange(3000) % 5 + 1)
    expected = metrics()["delta_e"].compute(pairs)
    monkeypatch.setattr(module, *change)
    order = np.random.default_rng(3).permutation(len(pairs.weights))
    mixed = dataclasses.replace(
        pairs, row=pairs.row[order], entry=pairs.entry[order], weights=pairs.weights[order], memo={}
    )
    halves = [mixed.weights // 2, mixed.weights - mixed.weights // 2]
    split = dataclasses.replace(
        mixed,
        row=np.tile(mixed.row, 2),
        entry=np.tile(mixed.entry, 2),
        weights=np.concatenate(halves),
    )
    assert [metrics()["delta_e"].compute(each) for each in (mixed, split)] == [expected] * 2


def test_the_lab_of_a_picture_is_computed_once_for_all_its_variants(monkeypatch):
    colors, painted = shown(100)
    pairs = pairs_of(colors, painted, np.ones(100, int))
    asked = []
    monkeypatch.setattr(
        difference, "srgb_to_lab", lambda colors: asked.append(len(colors)) or srgb_to_lab(colors)
    )
    for k in (3, 5):
        few = dataclasses.replace(pairs, palette=pairs.palette[:k], entry=pairs.entry % k)
        metrics()["delta_e"].compute(few)
    assert asked == [3, len(pairs.distinct), 5]


@pytest.mark.parametrize("name", ["mse", "psnr_db", "max_error", "delta_e"])
def test_an_exact_copy_and_a_picture_of_nothing(name):
    colors, _ = shown(50)
    copy = pairs_of(colors, colors, np.ones(50, int))
    best = math.inf if name == "psnr_db" else 0.0
    assert [metrics()[name].compute(each) for each in (copy, Pairs.of_nothing())] == [best] * 2


def test_gray_has_no_hue():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
    assert np.abs(srgb_to_lab(gray)[1:]).max() < 1e-12


def test_black_and_white_are_100_apart():
    ends = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    assert ciede2000(srgb_to_lab(ends[:1]), srgb_to_lab(ends[1:])) == pytest.approx(100)


def test_colors_under_a_profile_become_srgb_for_those_figures_that_need_it():
    colors, painted = shown(60)
    pairs = pairs_of(colors, painted, np.arange(60) % 3 + 1)
    asked = []

    def swap(some):
        asked.append(len(some))
        return some[:, ::-1]

    swapped = pairs_of(colors[:, ::-1], painted[:, ::-1], np.arange(60) % 3 + 1)
    expected = compute_figures(pairs) | {"delta_e": compute_figures(swapped)["delta_e"]}
    assert expected != compute_figures(pairs)
    assert [compute_figures(pairs, swap) for _ in range(2)] == [expected] * 2
    n_palette = len(pairs.palette)
    assert asked == [len(pairs.distinct), n_palette, n_palette]  # the picture once


def test_a_metric_that_gives_no_number_is_named(extended):
    extended("toy")["toy"].compute = lambda pairs: math.nan
    with pytest.raises(ValueError, match="metric toy: found nan, expected a number"):
        compute_figures(Pairs.of_nothing())


@pytest.mark.parametrize(
    ("better", "bounds", "told", "goals", "others"),
    [
        ("lower", (0.0, 9.0), "a number from 0, below 9", [0, 8.9], [-1, 9]),
        ("higher", (0.0, 9.0), "a number above 0, up to 9", [0.1, 9], [0, 9.1]),
        ("lower", (0.0, math.inf), "a number from 0", [0, 1e300], [-1, math.inf]),
    ],
)
def test_what_can_be_a_target(better, bounds, told, goals, others):
    made = type("Toy", (Metric,), {"better": better, "bounds": bounds, "compute": None})()
    assert made.goals == told
    assert all(map(made.is_goal, goals))
    assert not any(map(made.is_goal, [*others, math.nan]))


def test_what_people_read():
    figures = {"mse": 12.345, "psnr_db": 31.24, "max_error": 8.0, "delta_e": 2.26}
    assert tell_figures(figures) == ["31.2 dB", "dE 2.3"]
    assert tell_figures({"mse": 0.0, "psnr_db": math.inf, "delta_e": 0.0}) == ["exact"]
    assert tell_figures({"mse": 1.0, "psnr_db": 48.13}) == ["48.1 dB"]  # of an older ledger
    assert metrics()["mse"].tell(12.345) == "mean squared error 12.35"


@pytest.mark.parametrize(
    ("metric", "goal", "phrase", "met", "missed"),
    [
        ("psnr_db", 32.0, "32 dB", 32.0, 31.9),
        ("delta_e", 2.5, "dE 2.5", 2.5, 2.6),
        ("mse", 40.0, "mean squared error 40", 39.0, 41.0),
        ("max_error", 9.0, "largest error 9", 0.0, 9.1),
    ],
)
def test_targets(metric, goal, phrase, met, missed):
    target = Target(metric, goal)
    assert target.phrase == phrase
    assert [target.is_met(value) for value in (met, missed, None)] == [True, False, False]


def test_a_target_of_no_metric():
    with pytest.raises(ValueError, match="found 'ssim', expected mse, psnr_db, max_error, delta_e"):
        Target("ssim", 0.9)


def test_an_extension_stands_behind_what_is_built_in(extended):
    assert list(extended("toy")) == ["mse", "psnr_db", "max_error", "delta_e", "toy"]


@pytest.mark.parametrize("name", ["mse", "Toy", "a-b", "", "1st"])
def test_a_name_that_no_column_can_have(name, extended):
    with pytest.raises(UsageError, match=r"found the name .*, expected one of its own"):
        extended(name)
