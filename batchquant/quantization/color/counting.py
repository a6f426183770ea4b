"""Which colors a picture has, and where: compiled."""

import numpy as np
from numpy.typing import NDArray

from batchquant.quantization.compiler import kernel

N_WORDS = 1 << 18  # of 64 bits: one for every 8-bit RGB color


@kernel
def mark_colors(pixels: NDArray[np.uint8], weights: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the set of colors of pixels (N, 3) that weigh something, a bit each; 2 MB."""
    is_there = np.zeros(N_WORDS, np.uint64)
    for i in range(len(pixels)):
        if len(weights) and not weights[i]:
            continue
        code = np.uint32(pixels[i, 0]) << 16 | np.uint32(pixels[i, 1]) << 8 | pixels[i, 2]
        is_there[code >> 6] |= np.uint64(1) << np.uint64(code & 63)
    return is_there


@kernel
def _count_bits(word: np.uint64) -> np.uint64:
    """Count bits; compilers know it by its form, and take the one instruction that does it."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def count_marked(is_there: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return how many colors stand before each word, and behind the last."""
    before = np.zeros(N_WORDS + 1, np.uint32)
    for i in range(N_WORDS):
        before[i + 1] = before[i] + np.uint32(_count_bits(is_there[i]))
    return before


@kernel
def look_up_colors(
    pixels: NDArray[np.uint8],
    weights: NDArray[np.uint8],
    is_there: NDArray[np.uint64],
    before: NDArray[np.uint32],
    rows: NDArray[np.uint32],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Write the row of each pixel's color, 0 where it weighs nothing, into `rows`.

    Returns colors (N, 3), in order, and the sum of weights of each; of pixels, where there are
    none.
    """
    colors = np.empty((before[N_WORDS], 3), np.uint8)
    sums = np.zeros(before[N_WORDS], np.int64)
    last, row = np.uint32(0xFFFFFFFF), np.uint32(0)  # no color's code
    weight = np.int64(1)
    for i in range(len(pixels)):
        if len(weights):
            weight = np.int64(weights[i])
            if weight == 0:
                rows[i] = 0
                continue
        code = np.uint32(pixels[i, 0]) << 16 | np.uint32(pixels[i, 1]) << 8 | pixels[i, 2]
        if code != last:
            last = np.uint32(code)
            lower = (np.uint64(1) << np.uint64(code & 63)) - np.uint64(1)
            row = before[code >> 6] + np.uint32(_count_bits(is_there[code >> 6] & lower))
            for channel in range(3):
                colors[row, channel] = pixels[i, channel]
        rows[i] = row
        sums[row] += weight
    return colors, sums
