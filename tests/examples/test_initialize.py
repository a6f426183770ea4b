import numpy as np
import pytest

from batchquant.kmeans.initialize import INITS
from batchquant.kmeans.octree import build_octree

POINTS = np.arange(30, dtype=np.float64).reshape(10, 3)
WEIGHTS = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 91])


def draw(init, k, seed):
    return INITS[init](build_octree(POINTS, WEIGHTS), k, np.random.default_rng(seed))


@pytest.mark.parametrize("init", INITS)
def test_the_same_generator_gives_the_same_start(init):
    assert np.array_equal(draw(init, 4, seed=3), draw(init, 4, seed=3))


@pytest.mark.parametrize("init", INITS)
def test_another_generator_gives_another_start(init):
    assert not np.array_equal(draw(init, 4, seed=3), draw(init, 4, seed=4))


@pytest.mark.parametrize("init", ["in_pixel"])
def test_a_start_on_points_takes_different_ones(init):
    assert sorted(draw(init, 10, seed=0).tolist()) == POINTS.tolist()


def test_random_fills_the_cube():
    start = draw("random", 4096, seed=0)
    assert start.shape == (4096, 3)
    assert 0 <= start.min() < 2
    assert 253 < start.max() < 255
    assert np.abs(start.mean(axis=0) - 127.5).max() < 5


def test_in_pixel_follows_the_weights():
    heavy = sum(draw("in_pixel", 1, seed).tolist() == [POINTS[9].tolist()] for seed in range(1000))
    assert 870 < heavy < 950  # expected 910, standard deviation 9
