"""The field's reference, started where we start and run on all pixels, ends where we end."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image

from batchquant.quantization import arrange, quantize
from batchquant.quantization.color.histogram import Histogram, count_colors
from batchquant.quantization.color.merged import merge_colors
from batchquant.quantization.color.spaces import srgb_to_oklab
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.lloyd import lloyd


@pytest.mark.parametrize("k", [3, 5, 7, 9, 11])
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_inertia_equals_that_of_scikit_learn(name, k):
    pixels = load_sample_image(name)
    histogram = count_colors(pixels)
    start = INITS["in_pixel"](arrange(histogram).octree, k, np.random.default_rng(k))

    ours = quantize(pixels, k, init=start)
    peer = KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd")
    peer.fit(pixels.reshape(-1, 3).astype(np.float64))

    assert ours.converged
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-6)


@pytest.mark.parametrize("k", [3, 8, 32])
@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_inertia_in_oklab_equals_that_of_scikit_learn(name, k):
    histogram = count_colors(load_sample_image(name))
    octree = arrange(histogram, "oklab").octree
    points = np.stack([octree.x, octree.y, octree.z], axis=1)
    start = INITS["in_pixel"](octree, k, np.random.default_rng(k))

    ours = lloyd(octree, start)
    peer = KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd")
    peer.fit(points, sample_weight=octree.weights)

    assert ours.converged
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-9)


@pytest.mark.parametrize("k", [4, 12])
def test_a_palette_of_several_photographs_is_that_of_their_pixels_together(k):
    photographs = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    counted = [count_colors(pixels) for pixels in photographs]
    colors, counts, unit = merge_colors((each.colors, each.counts, 1) for each in counted)
    histogram = Histogram(colors, counts, np.zeros((1, 1), np.uint32), unit)
    start = INITS["in_pixel"](arrange(histogram).octree, k, np.random.default_rng(k))

    ours = lloyd(arrange(histogram).octree, start)
    peer = KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd")
    peer.fit(np.concatenate([pixels.reshape(-1, 3) for pixels in photographs]).astype(np.float64))

    assert ours.converged
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-9)


@pytest.mark.parametrize("k", [3, 7])
def test_pixels_of_soft_alpha_count_as_samples_of_scikit_learn_do(k):
    pixels = load_sample_image("flower.jpg")
    alpha = np.linspace(0, 511, pixels[..., 0].size).clip(0, 255).astype(np.uint8)
    alpha = alpha.reshape(pixels.shape[:2])  # from hidden to opaque, from the top to the middle
    octree = arrange(count_colors(pixels, alpha)).octree
    start = INITS["in_pixel"](octree, k, np.random.default_rng(k))

    ours = quantize(pixels, k, alpha=alpha, init=start)
    peer = KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd")
    peer.fit(pixels.reshape(-1, 3).astype(np.float64), sample_weight=alpha.reshape(-1) / 255)

    assert ours.converged
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-6)
    assert ours.centroids == pytest.approx(peer.cluster_centers_, abs=0.01)


def test_points_in_oklab_are_the_published_ones_to_2_to_the_minus_25():
    histogram = count_colors(load_sample_image("china.jpg"))
    octree = arrange(histogram, "oklab").octree
    points = np.stack([octree.x, octree.y, octree.z], axis=1)
    assert np.abs(points - srgb_to_oklab(histogram.colors[octree.order])).max() <= 2.0**-25
