"""What a caller may ask of a search for colors; a job file is checked by `jobfile`."""

import math

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.arranging import SPACES
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.quantization.restarts import NInit

REFINEMENTS = ("none", "swaps")


def check_search(
    k: int,
    *,
    init: str | NDArray[np.float64],
    n_init: NInit,
    refine: str,
    seed: int,
    max_iter: int,
    tol: float,
    color_space: str,
    favor_rare: float,
) -> None:
    """Raise ValueError if an argument of `quantize` is none of what it may be."""
    whole = {"k": (k, 1), "n_init": (n_init, 1), "max_iter": (max_iter, 1), "seed": (seed, 0)}
    if n_init == "auto":
        del whole["n_init"]
    for name, (value, least) in whole.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: found {value!r}, expected a whole number from {least} up.")
    if not 0 <= tol < math.inf:
        raise ValueError(f"tol: found {tol!r}, expected a number from 0 up.")
    words = {"refine": (refine, REFINEMENTS), "color_space": (color_space, SPACES)}
    for name, (word, known) in words.items():
        if word not in known:
            expected = " or ".join(map(repr, known))
            raise ValueError(f"{name}: found {word!r}, expected {expected}.")
    if not 0 <= favor_rare <= 1:
        raise ValueError(f"favor_rare: found {favor_rare!r}, expected a number from 0 to 1.")
    _check_init(init, k)


def _check_init(init: str | NDArray[np.float64], k: int) -> None:
    if isinstance(init, str):
        if init not in INITS:
            known = ", ".join(repr(name) for name in INITS)
            raise ValueError(f"init: found {init!r}, expected one of {known} or a ({k}, 3) array.")
    elif np.shape(init) != (k, 3):
        raise ValueError(f"init: found shape {np.shape(init)}, expected ({k}, 3).")
    elif not np.isfinite(init).all():
        raise ValueError("init: found a number that is not finite, expected finite ones.")
