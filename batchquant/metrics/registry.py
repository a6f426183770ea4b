"""Every figure of a variant, by its name: built in, or from an extension."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.errors import UsageError
from batchquant.extensions import load_extensions
from batchquant.metrics.delta_e import DeltaE
from batchquant.metrics.max_error import MaxError
from batchquant.metrics.metric import Metric, Pairs
from batchquant.metrics.mse import Mse
from batchquant.metrics.psnr_db import PsnrDb

BUILT_IN: tuple[type[Metric], ...] = (Mse, PsnrDb, MaxError, DeltaE)
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
CACHED = 1 << 20  # distinct colors that are kept in sRGB for other variants: 3 MB

Colors = NDArray[np.uint8]


@cache
def metrics() -> dict[str, Metric]:
    """Return all metrics by name, in the order of the report's columns.

    Raises
    ------
    UsageError
        If an extension gives one a name that is none, or that another has.
    """
    found: dict[str, Metric] = {}
    for made in (*BUILT_IN, *load_extensions(Metric)):
        if not NAME.fullmatch(made.name) or made.name in found:
            raise UsageError(
                f"extension {made.__module__}.{made.__qualname__}: found the name {made.name!r},"
                " expected one of its own, of small letters, digits and _. Rename the metric."
            )
        found[made.name] = made()
    return found


def names_beside(others: Collection[str]) -> tuple[str, ...]:
    """Return the names of all metrics; raises UsageError if another column has one of them."""
    for name, metric in metrics().items():
        if name in others:
            kind = type(metric)
            raise UsageError(
                f"extension {kind.__module__}.{kind.__qualname__}: found the name {name!r}, which"
                " another column of report or ledger has. Rename the metric."
            )
    return tuple(metrics())


def compute_figures(
    pairs: Pairs, to_srgb: Callable[[Colors], Colors] | None = None
) -> dict[str, float]:
    """Compute every figure of a variant.

    Parameters
    ----------
    pairs : Pairs
        What the pixels of the picture are, and what they are shown as.
    to_srgb : callable, optional
        Brings colors (N, 3) to sRGB, where they stand under a color profile.

    Returns
    -------
    dict of str to float
        By name, in the order of the report's columns.

    Raises
    ------
    ValueError
        If a metric, of an extension, gives no number.
    """
    figures = {}
    for name, metric in metrics().items():
        seen = _convert(pairs, to_srgb) if to_srgb is not None and metric.in_srgb else pairs
        value = float(metric.compute(seen))
        if math.isnan(value):
            raise ValueError(f"metric {name}: found nan, expected a number")
        figures[name] = value
    return figures


def _convert(pairs: Pairs, to_srgb: Callable[[Colors], Colors]) -> Pairs:
    """Bring colors to sRGB: those of the picture once for all its variants, unless too many."""
    known: dict[str, Any] = pairs.memo.get("in_srgb", {})
    distinct = known["distinct"] if known else to_srgb(pairs.distinct)
    if not known and len(distinct) <= CACHED:
        known = pairs.memo["in_srgb"] = {"distinct": distinct, "memo": {}}
    return replace(
        pairs, distinct=distinct, palette=to_srgb(pairs.palette), memo=known.get("memo", {})
    )


def tell_figures(figures: Mapping[str, float]) -> list[str]:
    """Say those figures that stand beside a picture; of an exact copy just that it is one."""
    told = (
        metric.tell(figures[name]) for name, metric in told_metrics().items() if name in figures
    )
    return ["exact"] if figures.get("mse") == 0 else list(told)


@cache
def told_metrics() -> dict[str, Metric]:
    """Return the metrics whose figures stand beside a picture, by name."""
    return {name: metric for name, metric in metrics().items() if metric.is_told}
