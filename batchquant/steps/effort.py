"""How long a picture takes beside others, and how long it may. Pure: knows no clock."""

import math
from typing import TYPE_CHECKING

from batchquant.engine.work import Limit
from batchquant.quantization.restarts import restarts_of
from batchquant.quantization.ways import MAX_TRIED, n_ways

if TYPE_CHECKING:  # the command line asks before it has loaded numpy
    from batchquant.plan.records import Settings

MIN_MEGAPIXELS = 1e-3  # below, the time goes into other things
# Colors, which K-Means goes by, grow slower than pixels. In four runs over photographs, the largest
# first, the time left that was told was 0.7 of the true one at a power of 1, and 1.0 at this.
POWER = 0.7

SEARCHES_OF_SWAPS = 5  # of 256 colors; 1 of up to 64

AUTO_LIMIT_S, AUTO_S_PER_MEGAPIXEL = 60.0, 1.0
# What is allowed for one search suffices for four times as many ways to choose out of a palette, or
# colors of it, on noise, where each pixel is a color of its own.
WAYS_A_SEARCH, COLORS_A_SEARCH = 100, 10


def work_of(pixels: int, n_steps: int) -> float:
    """Tell how long a picture takes beside others.

    Parameters
    ----------
    pixels : int
        Of the picture.
    n_steps : int
        How often it is worked through.

    Returns
    -------
    float
        1 for a picture of one megapixel, worked through once.
    """
    return float(max(MIN_MEGAPIXELS, pixels / 1e6) ** POWER) * n_steps


def n_searches(settings: "Settings", k: int, init: str) -> int:
    """Tell how long a variant's colors may be searched for, beside one run of K-Means."""
    n_colors, n_fixed = len(settings.palette), len(settings.pin)
    if not n_colors:
        n_restarts = restarts_of(settings.n_init, k, init)
        return n_restarts + (SEARCHES_OF_SWAPS if settings.refine != "none" else 0)
    if k >= n_colors:
        return 1
    ways = n_ways(n_colors, k, n_fixed)
    more = ways // WAYS_A_SEARCH if ways <= MAX_TRIED else n_colors // COLORS_A_SEARCH
    return 1 + more


def limit_of(timeout: float | str, pixels: int, n_steps: int) -> Limit:
    """Return how long a task may take.

    Parameters
    ----------
    timeout : float or str
        The job file's: seconds, 0 for no limit, or ``auto``.
    pixels, n_steps : int
        As in `work_of`.

    Returns
    -------
    Limit
        Of ``auto``, 60 seconds of processor time, and one more for each step and each megapixel
        begun: a busy machine is no fault of the picture. Seconds that somebody wrote down are those
        of a clock.
    """
    if timeout == "auto":
        megapixels = max(1, math.ceil(pixels / 1e6))
        seconds = AUTO_LIMIT_S + AUTO_S_PER_MEGAPIXEL * n_steps * megapixels
        return Limit(seconds, is_of_processor=True)
    return Limit(float(timeout) or math.inf)
