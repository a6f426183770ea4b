"""The definition of K-Means, written down as naively as it can be.

Every line here is one of the definition in README and in the notes of `lloyd`; nothing is fast. The
kernel is compared with it bit for bit.
"""

from typing import NamedTuple


class Clustering(NamedTuple):
    centroids: list[list[float]]
    labels: list[int]
    inertia: float
    n_iter: int
    converged: bool


def distance(p, c):
    dr, dg, db = p[0] - c[0], p[1] - c[1], p[2] - c[2]
    return (dr * dr + dg * dg) + db * db


def assign(points, centroids):
    labels, distances = [], []
    for p in points:
        label, least = 0, distance(p, centroids[0])
        for j, c in enumerate(centroids):
            if distance(p, c) < least:
                label, least = j, distance(p, c)
        labels.append(label)
        distances.append(least)
    return labels, distances


def update(points, weights, labels, distances, centroids, n_fixed):
    moved, empty = centroids[:n_fixed], []
    for j in range(n_fixed, len(centroids)):
        own = [i for i in range(len(points)) if labels[i] == j]
        weight = float(sum(weights[i] for i in own))
        if own:
            sums = [sum(weights[i] * points[i][axis] for i in own) for axis in range(3)]
            moved.append([total / weight for total in sums])
        else:
            moved.append(None)
            empty.append(j)
    had_empty = False
    for j in empty:
        if max(distances) == 0:
            moved[j] = centroids[j]
            continue
        had_empty = True
        farthest = distances.index(max(distances))
        moved[j] = [float(x) for x in points[farthest]]
        distances = [
            min(d, distance(p, points[farthest])) for p, d in zip(points, distances, strict=True)
        ]
    return moved, had_empty


def kmeans(points, weights, start, max_iter=1000, tol=0.0, n_fixed=0):
    points = [[float(x) for x in p] for p in points]
    centroids = [[float(x) for x in c] for c in start]
    n_iter, converged = 0, False
    while not converged and n_iter < max_iter:
        labels, distances = assign(points, centroids)
        moved, had_empty = update(points, weights, labels, distances, centroids, n_fixed)
        shift = 0.0
        for old, new in zip(centroids, moved, strict=True):
            shift += distance(new, old)
        converged = shift <= tol and not had_empty
        centroids = moved
        n_iter += 1
    labels, distances = assign(points, centroids)
    inertia = 0.0
    for weight, d in zip(weights, distances, strict=True):
        inertia += weight * d
    return Clustering(centroids, labels, inertia, n_iter, converged)
