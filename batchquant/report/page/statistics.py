"""Images of a job → how K and start did over all of them, as far as they are looked at."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from batchquant.report.page.records import ShownImage

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


@dataclass(slots=True)
class JobFigures:
    """What the page says of a job as a whole: counted for some images, and merged.

    Attributes
    ----------
    name : str
        Of the job; empty in a job file without entries.
    n_images : int
        Pictures of the job.
    statuses : dict of str to int
        Variants that are ``done``, ``failed`` and ``pending``.
    psnr_db : dict of int to list of float
        Of the best start of each image, by K; infinite of exact copies.
    n_iter : dict of str to list of int
        Of each variant, by start.
    excess : dict of str to list of float
        By start: percent of inertia above the best start of the same image and K, where there is
        another.
    n_asked, n_reached : dict of str to int
        By what is asked: of how many pictures, and how many reach it.
    """

    name: str
    n_images: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    psnr_db: dict[int, list[float]] = field(default_factory=dict)
    n_iter: dict[str, list[int]] = field(default_factory=dict)
    excess: dict[str, list[float]] = field(default_factory=dict)
    n_asked: dict[str, int] = field(default_factory=dict)
    n_reached: dict[str, int] = field(default_factory=dict)

    def add(self, image: ShownImage) -> None:
        """Count an image."""
        self.n_images += 1
        if image.target is not None:
            _add(self.n_asked, {image.target.phrase: 1})
            _add(self.n_reached, {image.target.phrase: int(image.best is not None)})
        best: dict[int, float] = {}
        inertias: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for variant in image.variants:
            self.statuses[variant.status] = self.statuses.get(variant.status, 0) + 1
            if variant.status == "done":
                level = variant.figures.get("psnr_db", 0.0)
                best[variant.k] = max(level, best.get(variant.k, 0.0))
                self.n_iter.setdefault(variant.init, []).append(variant.n_iter or 0)
                inertias[variant.k][variant.init] = variant.inertia or 0.0
        for k, level in best.items():
            self.psnr_db.setdefault(k, []).append(level)
        for by_init in inertias.values():
            if len(by_init) > 1:
                least = min(by_init.values())
                for init, inertia in by_init.items():
                    self.excess.setdefault(init, []).append(_percent_above(inertia, least))

    def merge(self, other: "JobFigures") -> None:
        """Add what was counted for images behind these."""
        self.n_images += other.n_images
        _add(self.statuses, other.statuses)
        for k, levels in other.psnr_db.items():
            self.psnr_db.setdefault(k, []).extend(levels)
        for init, counts in other.n_iter.items():
            self.n_iter.setdefault(init, []).extend(counts)
        for init, percents in other.excess.items():
            self.excess.setdefault(init, []).extend(percents)
        _add(self.n_asked, other.n_asked)
        _add(self.n_reached, other.n_reached)


def _add(counts: dict[str, int], others: Mapping[str, int]) -> None:
    for name, n in others.items():
        counts[name] = counts.get(name, 0) + n


def psnr_by_k(figures: JobFigures) -> tuple[tuple[int, Spread | None, int], ...]:
    """Tell how close the images of a job came at each K: K, spread of PSNR, number of exact copies.

    Of each image its best start counts. Exact copies, whose PSNR is infinite, are left out of the
    spread.
    """
    rows = []
    for k, levels in sorted(figures.psnr_db.items()):
        finite = [level for level in levels if math.isfinite(level)]
        rows.append((k, spread_of(finite) if finite else None, len(levels) - len(finite)))
    return tuple(rows)


def compare_starts(figures: JobFigures) -> tuple[StartFigures, ...]:
    """Tell which start of a job does better; in the order in which they first occur."""
    return tuple(
        StartFigures(
            init=init,
            n_iter=spread_of(iterations),
            n_compared=len(excess),
            n_best=sum(percent <= 100 * SAME for percent in excess),
            excess=spread_of(excess) if excess else None,
        )
        for init, iterations in figures.n_iter.items()
        for excess in (figures.excess.get(init, []),)
    )


def _percent_above(inertia: float, best: float) -> float:
    """Of an exact copy nothing is a multiple: whatever is worse is taken for twice as bad."""
    if best == 0:
        return 0.0 if inertia == 0 else 100.0
    return 100 * (inertia / best - 1)
