"""Laws of transparency: a pixel counts as much as is seen of it."""

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchquant.quantization import quantize
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.weights import weights_of
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.kmeans.lloyd import lloyd
from batchquant.quantization.kmeans.octree import build_octree

SPACES = st.sampled_from(["srgb", "oklab"])
# Few levels make equal colors of different alpha, equal distances and empty clusters common.
LEVELS = st.sampled_from([[0, 255], [0, 1, 2], [0, 64, 128, 255], list(range(256))])


@st.composite
def pictures(draw, alphas):
    """Pixels and alpha, some of it visible."""
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    pixels = rng.choice(np.array(draw(LEVELS), np.uint8), (height, width, 3))
    alpha = rng.choice(np.array(alphas, np.uint8), (height, width))
    alpha[0, 0] = max(alphas)
    return pixels, alpha


def figures(found):
    plain = found.centroids.tolist(), found.palette.tolist(), found.counts.tolist()
    return *plain, found.inertia, found.mse, found.max_error, found.n_iter, found.converged


@given(pictures([0, 255]), st.integers(1, 9), st.sampled_from(list(INITS)), SPACES)
def test_alpha_that_is_on_or_off_gives_what_the_seen_pixels_give(picture, k, init, space):
    pixels, alpha = picture
    seen = pixels[alpha > 0]
    ours = quantize(pixels, k, alpha=alpha, init=init, color_space=space)
    theirs = quantize(seen[np.newaxis], k, init=init, color_space=space)
    assert figures(ours) == figures(theirs)
    assert np.array_equal(ours.indices[alpha > 0], theirs.indices[0])
    assert (ours.unit, ours.counts.sum()) == (1, len(seen))


@given(
    pictures([0, 1, 2, 3]),
    st.integers(1, 9),
    st.sampled_from(["random", "in_pixel", "maximin"]),
    SPACES,
)
def test_a_picture_that_fades_as_a_whole_keeps_its_colors(picture, k, init, space):
    pixels, alpha = picture
    # Once: of restarts that are equally good another may be kept, since what they leave is rounded.
    faint, clear = (
        quantize(pixels, k, alpha=shown, init=init, n_init=1, color_space=space)
        for shown in (alpha, alpha * np.uint8(85))
    )
    assert figures(faint)[:2] == figures(clear)[:2]
    assert np.array_equal(faint.indices[alpha > 0], clear.indices[alpha > 0])
    assert (faint.mse, faint.max_error, faint.n_iter) == (clear.mse, clear.max_error, clear.n_iter)


@given(pictures([0, 3, 7, 200, 255]), st.integers(1, 9), st.integers(0, 9))
def test_weights_that_are_all_255_times_as_large_change_no_centroid(picture, k, seed):
    histogram = count_colors(picture[0], weights_of(picture[1]))
    points = histogram.colors.astype(np.float64)
    start = np.random.default_rng(seed).uniform(0, 255, (k, 3))
    once, more = (
        lloyd(build_octree(points, factor * histogram.counts), start) for factor in (1, 255)
    )
    assert once.centroids.tolist() == more.centroids.tolist()
    assert once.labels.tolist() == more.labels.tolist()
    assert (once.n_iter, once.converged) == (more.n_iter, more.converged)
    assert 255 * once.inertia == pytest.approx(more.inertia)


@given(pictures([0, 1, 26, 128, 254, 255]), st.integers(1, 9), st.integers(0, 9))
def test_figures_are_those_of_loops_over_all_pixels(picture, k, seed):
    pixels, alpha = picture
    start = np.random.default_rng(seed).uniform(0, 255, (k, 3))
    found = quantize(pixels, k, alpha=alpha, init=start)
    visible = [at for at in np.ndindex(alpha.shape) if alpha[at]]
    visible.sort(key=lambda at: pixels[at].tolist())  # of equally far ones the first is taken
    places = [pixels[at].tolist() for at in visible]
    weights = [int(alpha[at]) for at in visible]
    if len({tuple(place) for place in places}) > k:
        theirs = oracle.kmeans(places, weights, start.tolist())
        assert found.centroids.tolist() == theirs.centroids
        assert (found.n_iter, found.converged) == (theirs.n_iter, theirs.converged)
        assert found.inertia == pytest.approx(theirs.inertia / 255)

    counts = [0] * found.n_colors
    total = squared = largest = 0
    for at, place, weight in zip(visible, places, weights, strict=True):
        entry = int(found.indices[at])
        error = oracle.distance(place, found.palette[entry].tolist())
        counts[entry] += weight
        total += weight
        squared += weight * error
        largest = max(largest, error)
    assert (found.counts * (255 // found.unit)).tolist() == counts
    assert found.mse == squared / (3 * total)
    assert found.max_error == np.sqrt(largest)
