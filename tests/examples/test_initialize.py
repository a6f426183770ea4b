import numpy as np
import pytest

from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.octree import build_octree
from batchquant.quantization.restarts import WITHOUT_CHANCE

POINTS = np.arange(30, dtype=np.float64).reshape(10, 3)
WEIGHTS = np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 91])


def draw(init, k, seed):
    return INITS[init](build_octree(POINTS, WEIGHTS), k, np.random.default_rng(seed))


@pytest.mark.parametrize("init", INITS)
def test_the_same_generator_gives_the_same_start(init):
    assert np.array_equal(draw(init, 4, seed=3), draw(init, 4, seed=3))


@pytest.mark.parametrize("init", sorted(set(INITS) - WITHOUT_CHANCE))
def test_another_generator_gives_another_start(init):
    assert not np.array_equal(draw(init, 4, seed=3), draw(init, 4, seed=4))


@pytest.mark.parametrize("init", sorted(set(INITS) - {"random"}))
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


def on_line(*values):
    points = np.zeros((len(values), 3))
    points[:, 0] = values
    return points


def test_maximin_goes_from_the_mean_to_the_farthest():
    octree = build_octree(on_line(0, 4, 6, 10), np.array([1, 1, 1, 1]))
    start = INITS["maximin"](octree, 4, np.random.default_rng(0))
    # 4 and 6 are as near to the mean, 5: the first row. From 4: 10; then 0; then 6.
    assert start[:, 0].tolist() == [4, 10, 0, 6]


def test_maximin_weighs_only_the_mean():
    octree = build_octree(on_line(0, 4, 6, 10), np.array([99, 1, 1, 1]))
    start = INITS["maximin"](octree, 2, np.random.default_rng(0))
    assert start[:, 0].tolist() == [0, 10]


def test_kmeans_plusplus_draws_by_weighted_squared_distance():
    # After 0 the potentials of 1 and 3 are 9 * 1 and 1 * 9. With k = 1 + 1 two draws compete: 3
    # leaves 9, 1 leaves 4. The better is missed where neither draw finds it: 1 time in 4.
    octree = build_octree(on_line(0, 1, 3), np.array([10**9, 9, 1]))
    starts = [INITS["kmeans++"](octree, 2, np.random.default_rng(seed)) for seed in range(2000)]
    seconds = [int(start[1, 0]) for start in starts if start[0, 0] == 0]
    assert len(seconds) == 2000
    assert 1430 < seconds.count(1) < 1570  # expected 1500, standard deviation 19


def test_kmeans_plusplus_finds_what_lies_apart():
    octree = build_octree(on_line(0, 1, 100, 101, 200, 201), np.ones(6, dtype=np.int64))
    for seed in range(20):
        start = INITS["kmeans++"](octree, 3, np.random.default_rng(seed))
        assert sorted(start[:, 0] // 100) == [0, 1, 2]
