"""Lloyd's iteration on an octree: most points are assigned in boxes, without being looked at."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel
from batchquant.quantization.kmeans.assignment import Assignment, Contenders
from batchquant.quantization.kmeans.octree import Octree

# Both as in `assignment`: a kernel uses no constant of another file.
UNSETTLED = -1
WORDS = 4
# Relative to the largest squared distance: far above the rounding of a test, so that it never drops
# a centroid that is as near as another, and far below any difference that would cost time.
MARGIN = 1e-12


@kernel
def assign(
    octree: Octree, centroids: NDArray[np.float64], state: Assignment, room: Contenders
) -> int:
    """Give every point to its nearest centroid, the lower of equals.

    A centroid competes for the points of a node only if it competes for those of the node above,
    and no other centroid is nearer to the whole box. A node with one contender left is not
    searched below, and neither is one for which nobody competes that has moved since, or did then;
    points change hands only where the nearest centroid is a new one.

    Parameters
    ----------
    octree : Octree
        Points.
    centroids : ndarray of shape (K, 3), float64
        Where the centroids are.
    state : Assignment
        Of the iteration before; brought up to date.
    room : Contenders
        Working arrays.

    Returns
    -------
    int
        Distances computed.

    References
    ----------
    T. Kanungo et al. (2002), An efficient k-means clustering algorithm: analysis and
    implementation, IEEE Trans. Pattern Anal. Mach. Intell. 24(7), 881-892,
    doi:10.1109/TPAMI.2002.1017616. D. Pelleg and A. Moore (1999), Accelerating exact k-means
    algorithms with geometric reasoning, Proc. KDD '99, 277-281, doi:10.1145/312129.312248. Their
    trees hold sums in the nodes; here the sums follow what changes hands, late in a run little.
    """
    labels, owners, rivals = state.labels, state.owners, state.rivals
    number, which, xyz, squared, nearest, least, has_moved = room
    k = len(centroids)
    reach = 0.0  # no squared distance exceeds it
    for axis in range(3):
        farthest = 0.0
        for j in range(k):
            apart = abs(centroids[j, axis] - octree.center[0, axis]) + octree.half[0, axis]
            farthest = max(farthest, apart)
        reach += farthest * farthest
    margin = MARGIN * reach
    number[0] = k
    for j in range(k):
        which[0, j] = j
        for axis in range(3):
            xyz[0, axis, j] = centroids[j, axis]
    moved = np.zeros(WORDS, np.uint64)
    for j in range(k):
        has_moved[j] = False
        for axis in range(3):
            has_moved[j] |= centroids[j, axis] != state.seen[j, axis]
            state.seen[j, axis] = centroids[j, axis]
        if has_moved[j]:
            moved[_word_of(j)] |= _bit_of(j)

    n_distances = 0
    v = 0
    while v < len(octree.begin):
        above = octree.depth[v]
        level = above + 1
        x, y, z = octree.center[v, 0], octree.center[v, 1], octree.center[v, 2]
        ex, ey, ez = 2 * octree.half[v, 0], 2 * octree.half[v, 1], 2 * octree.half[v, 2]

        near = state.nearest[v]
        is_still = near != UNSETTLED
        for word in range(WORDS):
            is_still &= rivals[v, word] & moved[word] == 0
        if is_still:  # all that competed; any other that has moved may have come near
            bx, by, bz = centroids[near, 0], centroids[near, 1], centroids[near, 2]
            dx, dy, dz = x - bx, y - by, z - bz
            limit = (dx * dx + dy * dy) + dz * dz + margin
            for j in range(number[above]):
                if has_moved[which[above, j]]:
                    cx, cy, cz = xyz[above, 0, j], xyz[above, 1, j], xyz[above, 2, j]
                    dx, dy, dz = x - cx, y - cy, z - cz
                    gain = ex * abs(cx - bx) + ey * abs(cy - by) + ez * abs(cz - bz)
                    if (dx * dx + dy * dy) + dz * dz - gain <= limit:
                        is_still = False
                        break
        if is_still:
            v = octree.after[v]
            continue

        best, shortest = 0, np.inf
        for j in range(number[above]):
            dx, dy, dz = x - xyz[above, 0, j], y - xyz[above, 1, j], z - xyz[above, 2, j]
            distance = (dx * dx + dy * dy) + dz * dz
            squared[j] = distance
            best = j if distance < shortest else best
            shortest = distance if distance < shortest else shortest
        n_distances += number[above]

        # The difference of two squared distances is linear in the point: over the box it is least
        # at the corner that lies farthest in the direction of the rival.
        bx, by, bz = xyz[above, 0, best], xyz[above, 1, best], xyz[above, 2, best]
        limit = shortest + margin
        kept = 0
        for j in range(number[above]):
            cx, cy, cz = xyz[above, 0, j], xyz[above, 1, j], xyz[above, 2, j]
            # Written in any case and counted if it holds: a branch here is mostly mispredicted.
            which[level, kept] = which[above, j]
            xyz[level, 0, kept], xyz[level, 1, kept], xyz[level, 2, kept] = cx, cy, cz
            gain = ex * abs(cx - bx) + ey * abs(cy - by) + ez * abs(cz - bz)
            kept += int(squared[j] - gain <= limit)
        number[level] = kept
        state.nearest[v] = which[above, best]
        rivals[v] = 0
        for j in range(kept):
            rivals[v, _word_of(which[level, j])] |= _bit_of(which[level, j])

        if kept == 1:
            if owners[v] != which[level, 0]:
                owners[v] = which[level, 0]
                for i in range(octree.begin[v], octree.end[v]):
                    if labels[i] != owners[v]:
                        _hand_over(octree, state, i, owners[v])
            v = octree.after[v]
            continue
        if owners[v] != UNSETTLED:  # what its owner took as a whole the nodes below must know
            child = v + 1
            while child < octree.after[v]:
                owners[child] = owners[v]
                state.nearest[child] = UNSETTLED
                child = octree.after[child]
            owners[v] = UNSETTLED
        if octree.after[v] == v + 1:
            begin, end = octree.begin[v], octree.end[v]
            has_changed = _find_nearest(
                octree.x[begin:end],
                octree.y[begin:end],
                octree.z[begin:end],
                which[level, :kept],
                xyz[level],
                labels[begin:end],
                nearest[: end - begin],
                least[: end - begin],
            )
            n_distances += kept * (end - begin)
            if has_changed:
                for i in range(end - begin):
                    if nearest[i] != labels[begin + i]:
                        _hand_over(octree, state, begin + i, nearest[i])
        v += 1
    return n_distances


@kernel
def _word_of(j: int) -> int:
    return (j >> 6) % WORDS


@kernel
def _bit_of(j: int) -> np.uint64:
    return np.uint64(1) << np.uint64(j & 63)


@kernel
def _find_nearest(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    which: NDArray[np.int64],
    xyz: NDArray[np.float64],
    labels: NDArray[np.int32],
    nearest: NDArray[np.int64],
    least: NDArray[np.float64],
) -> bool:
    """Compare two or more contenders for the points of a leaf; say whether a label is outdated.

    Slices and loops without a branch let the compiler handle several points at a time.
    """
    ax, ay, az = xyz[0, 0], xyz[1, 0], xyz[2, 0]
    bx, by, bz = xyz[0, 1], xyz[1, 1], xyz[2, 1]
    a, b = which[0], which[1]
    for i in range(len(x)):  # many leaves have two: nothing is stored between them
        dx, dy, dz = x[i] - ax, y[i] - ay, z[i] - az
        one = (dx * dx + dy * dy) + dz * dz
        dx, dy, dz = x[i] - bx, y[i] - by, z[i] - bz
        other = (dx * dx + dy * dy) + dz * dz
        nearest[i] = b if other < one else a
        least[i] = other if other < one else one
    for j in range(2, len(which)):
        c, cx, cy, cz = which[j], xyz[0, j], xyz[1, j], xyz[2, j]
        for i in range(len(x)):
            dx, dy, dz = x[i] - cx, y[i] - cy, z[i] - cz
            distance = (dx * dx + dy * dy) + dz * dz
            nearest[i] = c if distance < least[i] else nearest[i]
            least[i] = distance if distance < least[i] else least[i]
    difference = 0
    for i in range(len(x)):
        difference |= nearest[i] ^ labels[i]
    return difference != 0


@kernel
def _hand_over(octree: Octree, state: Assignment, i: int, label: int) -> None:
    """Make another centroid the owner of a point."""
    weight, former = octree.weights[i], state.labels[i]
    share = (weight, weight * octree.x[i], weight * octree.y[i], weight * octree.z[i])
    for column in range(4):
        if former != UNSETTLED:
            state.sums[former, column] -= share[column]
        state.sums[label, column] += share[column]
    state.labels[i] = label


@kernel
def iterate(
    octree: Octree,
    centroids: NDArray[np.float64],
    state: Assignment,
    room: Contenders,
    n_fixed: int,
    max_iter: int,
    tol: float,
    budget: int,
) -> tuple[int, bool, bool]:
    """Assign and update until the centroids rest, one of them owns nothing, or it takes long.

    The centroids (K, 3) are moved, but for the first `n_fixed`; `tol` is the summed squared move
    that counts as rest, `budget` the distances to compute before the caller is asked again. Returns
    the iterations completed, whether the last one was at rest, and whether one more assignment left
    a centroid without points: the update is the caller's then.
    """
    sums = state.sums
    n_distances = 0
    for n_iter in range(max_iter):
        if n_distances >= budget:
            return n_iter, False, False
        n_distances += assign(octree, centroids, state, room)
        for j in range(n_fixed, len(centroids)):
            if sums[j, 0] == 0:
                return n_iter, False, True
        shift = 0.0
        for j in range(n_fixed, len(centroids)):
            x, y, z = sums[j, 1] / sums[j, 0], sums[j, 2] / sums[j, 0], sums[j, 3] / sums[j, 0]
            dx, dy, dz = x - centroids[j, 0], y - centroids[j, 1], z - centroids[j, 2]
            shift += (dx * dx + dy * dy) + dz * dz
            centroids[j, 0], centroids[j, 1], centroids[j, 2] = x, y, z
        if shift <= tol:
            return n_iter + 1, True, False
    return max_iter, False, False


@kernel
def settle(
    octree: Octree,
    centroids: NDArray[np.float64],
    state: Assignment,
    room: Contenders,
    n_fixed: int,
    max_iter: int,
) -> None:
    """Do what `iterate` does after a change in one place, where only centroids near it move.

    These are the ones whose move lowers the inertia three times as much as a move does on average.
    An iteration is a move and an assignment here, but the first, which is an assignment.
    """
    sums = state.sums
    gains = np.zeros(len(centroids))
    assign(octree, centroids, state, room)
    for _ in range(max_iter - 1):
        for j in range(n_fixed, len(centroids)):
            weight = sums[j, 0] if sums[j, 0] > 0 else np.inf
            dx = sums[j, 1] - sums[j, 0] * centroids[j, 0]
            dy = sums[j, 2] - sums[j, 0] * centroids[j, 1]
            dz = sums[j, 3] - sums[j, 0] * centroids[j, 2]
            gains[j] = ((dx * dx + dy * dy) + dz * dz) / weight
        least = 3 * gains.mean()
        for j in range(n_fixed, len(centroids)):
            if gains[j] > least:
                for axis in range(3):
                    centroids[j, axis] = sums[j, axis + 1] / sums[j, 0]
        assign(octree, centroids, state, room)
