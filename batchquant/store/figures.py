"""Figures of a variant ↔ cells of its row, in the order of `batchquant.store.tables`."""

from collections.abc import Mapping, Sequence
from typing import Any

from batchquant.metrics.registry import metrics


def cells_of(figures: Mapping[str, float]) -> list[float | None]:
    """Return the values of all figures, then the versions that they are of."""
    values = [figures.get(name) for name in metrics()]
    versions = [
        None if value is None else metric.version
        for value, metric in zip(values, metrics().values(), strict=True)
    ]
    return [*values, *versions]


def figures_in(cells: Sequence[Any]) -> dict[str, float]:
    """Return those figures that are of the version which their metric has today."""
    n_metrics = len(metrics())
    return {
        name: cells[place]
        for place, (name, metric) in enumerate(metrics().items())
        if cells[n_metrics + place] == metric.version and cells[place] is not None
    }
