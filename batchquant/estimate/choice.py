"""Pictures to be made → a few that stand for all. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from batchquant.plan.records import Variant
from batchquant.steps.task import Task


def choose_tasks(tasks: Sequence[Task], n: int) -> list[tuple[Task, int]]:
    """Choose pictures that stand for all, and few variants of each.

    Parameters
    ----------
    tasks : sequence of Task
        Of one job, one for each picture.
    n : int
        How many at most.

    Returns
    -------
    list of tuple of Task and int
        Each with its weight. Also the first few of them are spread over all.

    Notes
    -----
    All work, pixels times variants, is laid out in a line: by kind of file, then by size. The
    pictures that lie at n points of it are chosen, each as often as points meet it. So the chance
    of one is its share of the work, and the weighted mean of a cost per pixel tends to that of all.

    References
    ----------
    M. H. Hansen and W. N. Hurwitz (1943), On the Theory of Sampling from Finite Populations,
    Ann. Math. Statist. 14(4), 333-362, doi:10.1214/aoms/1177731356.
    """
    in_line = sorted(tasks, key=lambda task: (task.source.suffix.lower(), task.pixels, task.index))
    ends = np.cumsum([task.pixels * len(task.variants) for task in in_line])
    if not len(ends) or not ends[-1]:
        return []
    points = [van_der_corput(number) * ends[-1] for number in range(1, n + 1)]
    met = Counter(np.searchsorted(ends, points, side="right").tolist())  # keeps the order of points
    return [
        (_with_few_variants(in_line[place], turn), weight)
        for turn, (place, weight) in enumerate(met.items())
    ]


def van_der_corput(number: int) -> float:
    """Return a member of a sequence whose every beginning is spread evenly between 0 and 1.

    Parameters
    ----------
    number : int
        From 1 up.

    Returns
    -------
    float
        The binary digits of the number mirrored at the point.

    Examples
    --------
    >>> [van_der_corput(number) for number in range(1, 8)]
    [0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]
    """
    digits = f"{number:b}"
    return int(digits[::-1], 2) / (1 << len(digits))


def _with_few_variants(task: Task, turn: int) -> Task:
    """Keep the smallest, a middle and the largest K, with starts that change from task to task."""
    by_k: dict[int, list[Variant]] = {}
    for variant in sorted(task.variants, key=lambda variant: (variant.k, variant.init)):
        by_k.setdefault(variant.k, []).append(variant)
    k = list(by_k)
    few = [by_k[number] for number in dict.fromkeys((k[0], k[len(k) // 2], k[-1]))]
    variants = (starts[(turn + place) % len(starts)] for place, starts in enumerate(few))
    return replace(task, variants=tuple(variants))
