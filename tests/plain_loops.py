"""The definition of K-Means of `oracle` once more, over arrays and compiled: for whole photographs.

Every point is compared with every centroid. A law holds it to `oracle`, which is easier to read.
"""

import numba
import numpy as np


@numba.njit(cache=True)
def distance(p, q):
    dr, dg, db = p[0] - q[0], p[1] - q[1], p[2] - q[2]
    return (dr * dr + dg * dg) + db * db


@numba.njit(cache=True)
def assign(points, centroids):
    labels = np.zeros(len(points), np.int32)
    distances = np.empty(len(points))
    for i in range(len(points)):
        distances[i] = distance(points[i], centroids[0])
        for j in range(1, len(centroids)):
            d = distance(points[i], centroids[j])
            if d < distances[i]:
                labels[i], distances[i] = j, d
    return labels, distances


@numba.njit(cache=True)
def update(points, weights, labels, distances, k):
    totals, sums = np.zeros(k), np.zeros((k, 3))
    for i in range(len(points)):
        totals[labels[i]] += weights[i]
        sums[labels[i]] += weights[i] * points[i]
    for j in range(k):
        if totals[j] > 0:
            sums[j] /= totals[j]
        else:
            sums[j] = points[np.argmax(distances)]
            for i in range(len(points)):
                distances[i] = min(distances[i], distance(points[i], sums[j]))
    return sums, bool(np.any(totals == 0))


@numba.njit(cache=True)
def kmeans(points, weights, start, max_iter=1000, tol=0.0):
    """Return centroids, labels, inertia, n_iter and converged."""
    centroids = start
    n_iter, converged = 0, False
    while not converged and n_iter < max_iter:
        labels, distances = assign(points, centroids)
        moved, had_empty = update(points, weights, labels, distances, len(centroids))
        shift = 0.0
        for j in range(len(centroids)):
            shift += distance(moved[j], centroids[j])
        converged = shift <= tol and not had_empty
        centroids = moved
        n_iter += 1
    labels, distances = assign(points, centroids)
    inertia = 0.0
    for i in range(len(points)):
        inertia += weights[i] * distances[i]
    return centroids, labels, inertia, n_iter, converged
