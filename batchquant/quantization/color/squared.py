"""Squared errors of pairs, compiled."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel


@kernel
def squared_errors(
    distinct: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    row: NDArray[np.uint32],
    entry: NDArray[np.uint32],
    weights: NDArray[np.int64],
) -> tuple[np.int64, np.int64]:
    """Return the sum of squared distances of pairs, by weight, and the largest distance."""
    total, largest = np.int64(0), np.int64(0)
    for i in range(len(row)):
        squared = np.int64(0)
        for channel in range(3):
            error = np.int64(distinct[row[i], channel]) - np.int64(palette[entry[i], channel])
            squared += error * error
        total += weights[i] * squared
        largest = max(largest, squared)
    return total, largest
