"""Records of one image → how its error falls with K, and which K to look at."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from batchquant.metrics.registry import metrics
from batchquant.metrics.target import Target
from batchquant.store import VariantRecord

MIN_POINTS = 4  # of fewer, every curve has its knee wherever one wants it
SENSITIVITY = 1.0  # S of Kneedle; the paper's choice for data that is complete
ROUNDING = 1e-9  # of differences of numbers from 0 to 1


@dataclass(frozen=True, slots=True)
class Curve:
    """How one start gets on with more colors."""

    init: str
    k: tuple[int, ...]  # of what is done, rising
    psnr_db: tuple[float, ...]  # for each K; infinite for an exact copy
    inertia: tuple[float, ...]  # for each K, in the job's color space


def trace_curves(records: Iterable[VariantRecord]) -> tuple[Curve, ...]:
    """Gather the curve of each start of an image, as they first occur; failures are left out."""
    by_init: dict[str, dict[int, VariantRecord]] = {}
    for record in records:
        if "psnr_db" in record.figures and record.inertia is not None:
            by_init.setdefault(record.init, {})[record.k] = record
    return tuple(
        Curve(
            init,
            tuple(sorted(made)),
            tuple(made[k].figures["psnr_db"] for k in sorted(made)),
            tuple(made[k].inertia or 0.0 for k in sorted(made)),
        )
        for init, made in by_init.items()
    )


def knee_of(curves: Iterable[Curve]) -> int | None:
    """Find the K of an image from which more colors stop paying, by the best start of each K.

    None where PSNR over K has no knee, or is finite for fewer than four K.
    """
    return knee_at(point for curve in curves for point in zip(curve.k, curve.psnr_db, strict=True))


def knee_at(points: Iterable[tuple[int, float]]) -> int | None:
    """Find the same by K and PSNR of all variants, in any order."""
    best: dict[int, float] = {}
    for k, level in points:
        if k not in best or best[k] < level:
            best[k] = level
    finite = sorted((k, level) for k, level in best.items() if level < math.inf)
    return find_knee([k for k, _ in finite], [level for _, level in finite])


def k_to_show(numbers: Sequence[int], knee: int | None, exact: Iterable[int]) -> int:
    """Return the K that stands for all, as ``choice.js`` does where there is no target.

    The knee, if it is among the `numbers`, in order; else their middle, or a smaller one that is
    `exact`.
    """
    if knee is not None and knee in numbers:
        return knee
    return min([numbers[(len(numbers) - 1) // 2], *exact])


def find_knee(x: Sequence[int], y: Sequence[float]) -> int | None:
    """Find where a rising curve that flattens bends most, by Kneedle.

    Parameters
    ----------
    x : sequence of int
        Strictly rising.
    y : sequence of float
        For each x; finite.

    Returns
    -------
    int or None
        An element of `x`: of all knees the one farthest above the straight line from end to end;
        None of fewer than four points, or where nothing bends by more than the sensitivity.

    Notes
    -----
    Both axes are scaled to 0..1. A local maximum of y - x is a knee where y - x, before it rises
    again, falls below that maximum by more than the mean step of x. The curve is not smoothed
    first, as the paper does with noisy measurements: each point here is exact.

    The library `kneed` finds the same where it keeps the best of all knees, but needs scipy, which
    is many times as large as everything else we depend on, for what is written here.

    References
    ----------
    V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan (2011), Finding a "kneedle" in a haystack:
    detecting knee points in system behavior, ICDCSW 2011, 166-171, doi:10.1109/ICDCSW.2011.20.

    Examples
    --------
    >>> find_knee([2, 3, 4, 5, 6], [10.0, 20.0, 30.0, 31.0, 32.0])
    4
    """
    if len(x) < MIN_POINTS or max(y) == min(y):
        return None
    low, height = min(y), max(y) - min(y)
    differences = [
        (level - low) / height - (at - x[0]) / (x[-1] - x[0])
        for at, level in zip(x, y, strict=True)
    ]
    tolerated = SENSITIVITY / (len(x) - 1)  # the mean step of x, scaled
    knees = []
    for i in range(1, len(x) - 1):
        before, here, after = differences[i - 1 : i + 2]
        if before < here >= after and _falls(differences[i:], here - tolerated):
            knees.append(i)
    return x[max(knees, key=differences.__getitem__)] if knees else None


def _falls(differences: Sequence[float], below: float) -> bool:
    """Tell whether a difference falls below a level before it rises again."""
    for before, after in pairwise(differences):
        if after > before:
            return False
        if after < below - ROUNDING:
            return True
    return False


def best_for_target(
    records: Iterable[VariantRecord], target: Target | None
) -> VariantRecord | None:
    """Choose the variant of an image that reaches the target with fewest colors.

    Among those of one K the one that comes closest by the same figure, then by the mean squared
    error; the earlier of equal ones. None without a target.
    """
    if target is None:
        return None
    made = list(records)
    best = place_of_best([(record.k, record.figures) for record in made], target)
    return None if best is None else made[best]


def place_of_best(
    made: Sequence[tuple[int, Mapping[str, float | None]]], target: Target
) -> int | None:
    """Choose likewise among K and figures; returns a place in `made`."""
    way = 1 if metrics()[target.metric].better == "lower" else -1

    def rank(place: int) -> tuple[int, float, float]:
        k, figures = made[place]
        return k, way * (figures[target.metric] or 0.0), figures.get("mse") or 0.0

    met = (i for i, (_, figures) in enumerate(made) if target.is_met(figures.get(target.metric)))
    return min(met, key=rank, default=None)
