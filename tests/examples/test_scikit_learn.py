"""The field's reference, started where we start and run on all pixels, ends where we end."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image

from batchquant import quantize
from batchquant.color.histogram import count_colors
from batchquant.kmeans.initialize import INITS
from batchquant.quantization import octree_of


@pytest.mark.parametrize("k", [3, 5, 7, 9, 11])
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_inertia_equals_that_of_scikit_learn(name, k):
    pixels = load_sample_image(name)
    histogram = count_colors(pixels)
    start = INITS["in_pixel"](octree_of(histogram), k, np.random.default_rng(k))

    ours = quantize(pixels, k, init=start)
    peer = KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd")
    peer.fit(pixels.reshape(-1, 3).astype(np.float64))

    assert ours.converged
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-6)
