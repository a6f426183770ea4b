"""Images of a job → how K and start did over all of them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from batchquant.report.page.records import ShownImage, ShownVariant

SAME = 1e-9  # relative difference of inertias that counts as none


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie: smallest, quartiles, largest."""

    n: int
    low: float
    q1: float
    median: float
    q3: float
    high: float


@dataclass(frozen=True, slots=True)
class StartFigures:
    """How one start did over a job.

    Attributes
    ----------
    init : str
        Start method.
    n_iter : Spread
        Iterations of its variants.
    n_compared : int
        Pairs of image and K that another start was done for, too.
    n_best : int
        How many of them no other start beat.
    excess : Spread or None
        Inertia above that of the best start of the same image and K, in percent: inertias of
        different pictures cannot be compared. None where there is no other start.
    """

    init: str
    n_iter: Spread
    n_compared: int
    n_best: int
    excess: Spread | None


def spread_of(values: Sequence[float]) -> Spread:
    """Summarize values.

    Parameters
    ----------
    values : sequence of float
        At least one; finite.

    Returns
    -------
    Spread
        Quartiles by linear interpolation.

    Examples
    --------
    >>> spread_of([4, 1, 2, 3, 5])
    Spread(n=5, low=1.0, q1=2.0, median=3.0, q3=4.0, high=5.0)
    """
    low, q1, median, q3, high = np.percentile(values, [0, 25, 50, 75, 100]).tolist()
    return Spread(len(values), low, q1, median, q3, high)


def psnr_by_k(images: Iterable[ShownImage]) -> tuple[tuple[int, Spread | None, int], ...]:
    """Tell how close images came at each K.

    Parameters
    ----------
    images : iterable of ShownImage
        Of one job.

    Returns
    -------
    tuple of tuple
        By K: K, the spread of PSNR in decibels, of each image its best start, and the number of
        exact copies, which are left out of it.
    """
    levels: defaultdict[int, list[float]] = defaultdict(list)
    for image in images:
        best: dict[int, float] = {}
        for variant in _done(image):
            best[variant.k] = max(variant.psnr_db or 0.0, best.get(variant.k, 0.0))
        for k, level in best.items():
            levels[k].append(level)
    rows = []
    for k in sorted(levels):
        finite = [level for level in levels[k] if math.isfinite(level)]
        rows.append((k, spread_of(finite) if finite else None, len(levels[k]) - len(finite)))
    return tuple(rows)


def compare_starts(images: Iterable[ShownImage]) -> tuple[StartFigures, ...]:
    """Tell which start does better.

    Parameters
    ----------
    images : iterable of ShownImage
        Of one job.

    Returns
    -------
    tuple of StartFigures
        In the order in which starts first occur.
    """
    n_iter: defaultdict[str, list[float]] = defaultdict(list)
    excess: defaultdict[str, list[float]] = defaultdict(list)
    for image in images:
        inertias: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for variant in _done(image):
            n_iter[variant.init].append(float(variant.n_iter or 0))
            inertias[variant.k][variant.init] = variant.inertia or 0.0
        for by_init in inertias.values():
            if len(by_init) > 1:
                best = min(by_init.values())
                for init, inertia in by_init.items():
                    excess[init].append(_percent_above(inertia, best))
    return tuple(
        StartFigures(
            init=init,
            n_iter=spread_of(iterations),
            n_compared=len(excess[init]),
            n_best=sum(percent <= 100 * SAME for percent in excess[init]),
            excess=spread_of(excess[init]) if excess[init] else None,
        )
        for init, iterations in n_iter.items()
    )


def _percent_above(inertia: float, best: float) -> float:
    """Of an exact copy nothing is a multiple: whatever is worse is taken for twice as bad."""
    if best == 0:
        return 0.0 if inertia == 0 else 100.0
    return 100 * (inertia / best - 1)


def _done(image: ShownImage) -> Iterator[ShownVariant]:
    return (variant for variant in image.variants if variant.status == "done")
