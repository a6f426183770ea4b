"""Stored values → light, by the transfer functions that color spaces name.

All are computed for 256 values once, and are then looked up. Light is relative to white; what PQ
and HLG hold above it is rolled off.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.color.spaces import decode_srgb

Floats = NDArray[np.float64]

# SMPTE ST 2084:2014 (PQ): light of 0 to 10,000 cd/m2 ↔ values of 0 to 1.
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
PQ_PEAK = 10_000.0  # cd/m2
# ITU-R BT.2100-2, table 5 (HLG).
HLG_A = 0.17883277
HLG_B, HLG_C = 1 - 4 * HLG_A, 0.55991073  # 0.5 - a ln(4 a)
HLG_GAMMA = 1.2  # of the display, at a peak of 1,000 cd/m2
# ITU-R BT.2408-7: how bright the white of a page or of paper is, and what nominal content reaches.
WHITE, PEAK = 203.0, 1_000.0  # cd/m2


def decode(transfer: float | str) -> Floats:
    """Return the light, 0 to 1 and never falling, that each 8-bit value stands for.

    Of ``pq`` rolled off; of ``hlg`` light of the scene, for `HLG_GAMMA` and `roll_off` to follow.
    Curves of ITU-T H.273 (09/2023), table 3.
    """
    value = np.arange(256) / 255
    if not isinstance(transfer, str):
        return value**transfer
    if transfer == "srgb":
        return decode_srgb(value)
    if transfer == "smpte240m":
        return np.where(value < 0.0912, value / 4, ((value + 0.1115) / 1.1115) ** (1 / 0.45))
    if transfer == "smpte428":
        return np.minimum(value**2.6 * (52.37 / 48), 1)
    if transfer == "pq":
        return roll_off(_pq_to_light(value))
    logarithmic = (np.exp((value - HLG_C) / HLG_A) + HLG_B) / 12
    return np.minimum(np.where(value <= 0.5, value**2 / 3, logarithmic), 1)


def roll_off(light: NDArray[np.floating[Any]]) -> Floats:
    """Bring what is brighter than white into standard range.

    Parameters
    ----------
    light : ndarray of any shape, float
        In cd/m2, of one channel.

    Returns
    -------
    ndarray of the same shape, float64
        0 to 1, never falling: up to 88 cd/m2 in proportion, 203 (white) gives 0.78 and 1,000 or
        more 1.

    References
    ----------
    Report ITU-R BT.2390-11 (2023), 5.4.1, the EETF: a Hermite spline above a knee, in PQ. Black is
    not lifted. Levels are those of Report ITU-R BT.2408-7.
    """
    of_peak = float(_light_to_pq(np.array(PEAK)))
    ceiling = float(_light_to_pq(np.array(WHITE))) / of_peak
    knee = 1.5 * ceiling - 0.5
    value = np.minimum(_light_to_pq(light) / of_peak, 1)
    t = (np.maximum(value, knee) - knee) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * ceiling
    )
    return _pq_to_light(np.where(value < knee, value, spline) * of_peak) / WHITE


def _pq_to_light(value: Floats) -> Floats:
    root = value ** (1 / M2)
    light: Floats = PQ_PEAK * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1)
    return light


def _light_to_pq(light: NDArray[np.floating[Any]]) -> Floats:
    power = (light / PQ_PEAK) ** M1
    value: Floats = ((C1 + C2 * power) / (1 + C3 * power)) ** M2
    return value
