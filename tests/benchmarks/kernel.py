"""K-Means itself, on one thread, against other libraries on the same picture and start."""

import os
import warnings

import numpy as np
import threadpoolctl
from PIL import Image

from batchquant.quantization import arrange
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.kmeans.assignment import room_for_contenders, unassigned
from batchquant.quantization.kmeans.filtering import assign
from batchquant.quantization.kmeans.initialize import init_in_pixel
from batchquant.quantization.kmeans.lloyd import lloyd
from benchmarks.clock import iteration_seconds, median_seconds, seconds
from benchmarks.photos import most_colorful, scaled
from benchmarks.tables import Table

KS = (8, 64, 256, 1024)
SIZES = (0.25, 1, 4, 16)  # megapixels
TO_THE_END_S = 90  # a peer that would take longer is not run to its fixed point
MIN_PIXELS = 4_000_000
COLUMNS = ("K", "what", "s in all", "n_iter", "ms / iteration", "times ours", "inertia")


def measure(photos, work):
    """Yield tables: preparations, the fixed point for each K, growth with pixels."""
    photo, pixels, histogram = next(
        entry for entry in most_colorful(photos) if entry[1].size // 3 >= MIN_PIXELS
    )
    octree = arrange(histogram).octree
    megapixels = pixels.size / 3e6
    told = f"{photo.name}: {megapixels:.1f} megapixels, {len(histogram.colors):,} colors"
    yield Table(
        f"Once for all K ({told})",
        ("what", "ms"),
        (
            ("histogram", 1000 * median_seconds(lambda: count_colors(pixels))),
            ("octree", 1000 * median_seconds(lambda: arrange(histogram).octree)),
        ),
    )
    yield Table(
        f"To the fixed point ({told})",
        COLUMNS,
        tuple(row for k in KS for row in _rows(pixels, histogram, octree, k)),
        "One start for all but Pillow, which has its own (median cut) and at most 256 colors."
        " Where 's in all' is empty, a peer would have taken over"
        f" {TO_THE_END_S} s and ran a few iterations only. Peers' milliseconds are the difference"
        " of two runs; ours are the whole call divided by n_iter.",
    )
    yield Table(
        f"Growth with pixels, K = 64 ({photo.name}, resized)",
        ("megapixels", "colors", "ours, ms / iteration", "scikit-learn, all pixels", "ratio"),
        tuple(_growth(scaled(pixels, size)) for size in SIZES),
    )


def _start(octree, k):
    return init_in_pixel(octree, k, np.random.default_rng(0))


def _ours(octree, start):
    found = lloyd(octree, start)
    return median_seconds(lambda: lloyd(octree, start), times=3), found


def _rows(pixels, histogram, octree, k):
    start = _start(octree, k)
    ours_s, found = _ours(octree, start)
    ours_ms = 1000 * ours_s / found.n_iter
    yield k, "batchquant", ours_s, found.n_iter, ours_ms, 1.0, found.inertia
    every = pixels.reshape(-1, 3).astype(np.float64)
    colors, counts = histogram.colors.astype(np.float64), histogram.counts.astype(np.float64)
    peers = {
        "scikit-learn, all pixels": ScikitLearn(every, None, start),
        "scikit-learn, weighted colors": ScikitLearn(colors, counts, start),
        "OpenCV, all pixels": OpenCV(every, _labels(histogram, octree, start), k),
    }
    for name, peer in peers.items():
        peer_s = iteration_seconds(peer.run)
        total_s = inertia = n_iter = None
        if peer_s * found.n_iter < TO_THE_END_S:
            total_s, (n_iter, inertia) = seconds(lambda peer=peer: peer.run(found.n_iter))
        told = f"{name}, {peer.told}"
        yield k, told, total_s, n_iter, 1000 * peer_s, 1000 * peer_s / ours_ms, inertia
    if k <= 256:
        total_s, inertia = _pillow(pixels, k)
        yield k, "Pillow quantize(kmeans=1)", total_s, None, None, None, inertia


def _growth(pixels):
    histogram = count_colors(pixels)
    octree = arrange(histogram).octree
    start = _start(octree, 64)
    ours_s, found = _ours(octree, start)
    ours_ms = 1000 * ours_s / found.n_iter
    peer = ScikitLearn(pixels.reshape(-1, 3).astype(np.float64), None, start)
    peer_ms = 1000 * iteration_seconds(peer.run, budget_s=5)
    megapixels = round(pixels.size / 3e6, 2)
    return megapixels, len(histogram.colors), ours_ms, peer_ms, peer_ms / ours_ms


class ScikitLearn:
    """Its KMeans, with the number of threads that is fastest here."""

    def __init__(self, points, weights, start):
        self._points, self._weights, self._start = points, weights, start
        self._threads = 1
        times = {n: self._time(n) for n in {1, os.cpu_count() or 1}}
        self._threads = min(times, key=times.get)
        self.told = f"{self._threads} threads" if self._threads > 1 else "1 thread"

    def _time(self, n_threads):
        self._threads = n_threads
        return min(seconds(lambda: self.run(3))[0] for _ in range(2))

    def run(self, max_iter):
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        kmeans = KMeans(
            n_clusters=len(self._start),
            init=self._start,
            n_init=1,
            max_iter=max_iter,
            tol=0,
            algorithm="lloyd",
        )
        with threadpoolctl.threadpool_limits(self._threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            kmeans.fit(self._points, sample_weight=self._weights)
        return kmeans.n_iter_, kmeans.inertia_


class OpenCV:
    """Its kmeans, which takes 32-bit points, and a start as the labels it gives."""

    told = "all threads"

    def __init__(self, points, labels, k):
        self._points, self._labels, self._k = points.astype(np.float32), labels, k

    def run(self, max_iter):
        import cv2

        criteria = (cv2.TERM_CRITERIA_MAX_ITER, max_iter, 0)
        inertia, _, _ = cv2.kmeans(
            self._points, self._k, self._labels.copy(), criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS
        )
        return None, inertia


def _labels(histogram, octree, start):
    """Return the label of each pixel in a start."""
    state = unassigned(octree, len(start))
    assign(octree, start, state, room_for_contenders(octree, len(start)))
    return state.labels[octree.places()][histogram.color_index].reshape(-1, 1)


def _pillow(pixels, k):
    """Time Pillow's quantization until no pixel changes; return it with the inertia."""
    image = Image.fromarray(pixels)
    method = Image.Quantize.MEDIANCUT
    total_s, few = seconds(lambda: image.quantize(k, method=method, kmeans=1, dither=0))
    difference = np.asarray(few.convert("RGB")).astype(np.int32) - pixels
    return total_s, float(np.square(difference).sum())
