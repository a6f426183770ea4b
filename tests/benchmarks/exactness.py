"""The kernel against plain loops on large photographs: equal to the last bit, or this fails."""

import numpy as np
import plain_loops

from batchquant.quantization import arrange
from batchquant.quantization.kmeans.initialize import init_in_pixel
from batchquant.quantization.kmeans.lloyd import lloyd
from benchmarks.clock import seconds
from benchmarks.photos import most_colorful
from benchmarks.tables import Table

KS = (3, 16, 100)
PHOTOGRAPHS = 3


def measure(photos, work):
    """Yield a table: the photographs with the most colors, to the fixed point."""
    rows = []
    for photo, _, histogram in most_colorful(photos)[:PHOTOGRAPHS]:
        octree = arrange(histogram).octree
        points = histogram.colors.astype(np.float64)
        for k in KS:
            start = init_in_pixel(octree, k, np.random.default_rng(0))
            ours_s, ours = seconds(lambda o=octree, s=start: lloyd(o, s))
            plain_s, plain = seconds(
                lambda p=points, c=histogram.counts, s=start: plain_loops.kmeans(p, c, s)
            )
            found = ours.centroids, ours.labels, ours.inertia, ours.n_iter, ours.converged
            if not all(np.array_equal(*pair) for pair in zip(found, plain, strict=True)):
                raise SystemExit(f"{photo}, K = {k}: found another result than plain loops give")
            rows.append((photo.name, len(points), k, ours.n_iter, "yes", plain_s / ours_s))
    yield Table(
        "Bit for bit the same as loops over all colors and centroids",
        ("photograph", "colors", "K", "n_iter", "same", "times as fast as the loops"),
        tuple(rows),
    )
