"""How far colors are apart to the eye: the mean of CIEDE2000."""

import numpy as np
from numpy.typing import NDArray

from batchquant.metrics.metric import Metric, Pairs

CACHED = 1 << 20  # distinct colors whose Lab is kept for other variants: 24 MB
STEPS = 1 << 16  # of each pair's difference: whole numbers, so that their sum is exact
DIGITS = 6  # of the mean: the last bits of powers and roots differ between processors


class DeltaE(Metric):
    """Mean over visible pixels of how far a color is from what it is shown as."""

    name, version = "delta_e", 1
    title, symbol = "color difference (CIEDE2000)", "dE"  # sheets are written in Latin letters
    doc = (
        "mean color difference CIEDE2000 of visible pixels, each by its alpha, in D65 Lab; about 1"
        " is what the eye just sees"
    )
    better, bounds, digits = "lower", (0.0, 100.0), 1
    in_srgb = True
    is_told = True

    def compute(self, pairs: Pairs) -> float:
        """Add up the differences of all pairs, each as a whole number of 1/65536."""
        # Late: numba takes 0.5 s to load, and who asks for the name of a figure needs none of it.
        from batchquant.quantization.color.difference import (
            ROTATIONS,
            srgb_to_lab,
            tell_differences,
        )

        palette, known, total = srgb_to_lab(pairs.palette), _known_lab(pairs), 0
        for some in pairs.blocks():
            apart = np.empty(len(some.row))
            lab, row = known, some.row
            if lab is None:
                lab, row = srgb_to_lab(some.colors), np.arange(len(row), dtype=np.uint32)
            entry = some.entry.astype(np.uint32, copy=False)
            tell_differences(lab, row, palette, entry, ROTATIONS, apart)
            total += int(some.weights @ np.rint(STEPS * apart).astype(np.int64))
        return round(total / STEPS / max(pairs.weight, 1), DIGITS)


def _known_lab(pairs: Pairs) -> NDArray[np.float64] | None:
    """Convert the colors of a picture once for all its variants; None of too many."""
    from batchquant.quantization.color.difference import srgb_to_lab

    if len(pairs.distinct) > CACHED:
        return None
    if "lab" not in pairs.memo:
        pairs.memo["lab"] = srgb_to_lab(pairs.distinct)
    found: NDArray[np.float64] = pairs.memo["lab"]
    return found
