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
    """How one start did over a job."""

    init: str
    n_iter: Spread  # of its variants
    n_compared: int  # pairs of image and K that another start was done for, too
    n_best: int  # how many of them no other start beat
    # percent of inertia above the best start of the same image and K, since inertias of different
    # pictures cannot be compared; None where there is no other start
    excess: Spread | None


def spread_of(values: Sequence[float]) -> Spread:
    """Summarize finite values, at least one; quartiles by linear interpolation."""
    low, q1, median, q3, high = np.percentile(values, [0, 25, 50, 75, 100]).tolist()
    return Spread(len(values), low, q1, median, q3, high)


def psnr_by_k(images: Iterable[ShownImage]) -> tuple[tuple[int, Spread | None, int], ...]:
    """Tell how close the images of a job came at each K: K, spread of PSNR, number of exact copies.

    Of each image its best start counts. Exact copies, whose PSNR is infinite, are left out of the
    spread.
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
    """Tell which start of a job does better; in the order in which they first occur."""
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
