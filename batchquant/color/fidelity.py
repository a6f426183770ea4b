"""How close a picture comes to the one it was made of."""

import math


def psnr_db(mse: float) -> float:
    """Turn a mean squared error into a peak signal-to-noise ratio.

    Parameters
    ----------
    mse : float
        Mean squared error on the 0-255 scale, >= 0.

    Returns
    -------
    float
        Decibels, to the peak 255; infinite for 0.

    Examples
    --------
    >>> psnr_db(65.025), psnr_db(0.0)
    (30.0, inf)
    """
    return 10 * math.log10(255**2 / mse) if mse > 0 else math.inf
