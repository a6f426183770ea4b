"""Whole photographs, to the fixed point, against loops that compare everything with everything."""

import numpy as np
import plain_loops
import pytest
from sklearn.datasets import load_sample_image

from batchquant.quantization import arrange
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.lloyd import lloyd


@pytest.mark.parametrize("k", [3, 16, 100])
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_photograph_gives_the_same_bits(name, k):
    histogram = count_colors(load_sample_image(name))
    octree = arrange(histogram).octree
    start = INITS["in_pixel"](octree, k, np.random.default_rng(k))
    ours = lloyd(octree, start)
    plain = plain_loops.kmeans(histogram.colors.astype(np.float64), histogram.counts, start)
    assert ours.converged
    assert np.array_equal(ours.centroids, plain[0])
    assert np.array_equal(ours.labels, plain[1])
    assert (ours.inertia, ours.n_iter, ours.converged) == plain[2:]
