"""Laws of pairs of a color and what it is shown as: those of plain loops over pixels."""

import math
from collections import Counter
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from batchquant.quantization.color import pairs as module
from batchquant.quantization.color.fidelity import max_error_of, mse_of
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.pairs import count_pairs
from batchquant.quantization.color.weights import weights_of

SHAPE = (7, 9)
FEW = st.sampled_from([0, 1, 80, 255])  # so that colors occur again
PIXELS = arrays(np.uint8, (*SHAPE, 3), elements=FEW)
ALPHA = st.none() | arrays(np.uint8, SHAPE, elements=st.sampled_from([0, 7, 255]))
PALETTE = arrays(np.uint8, (5, 3), unique=False)
INDICES = arrays(np.uint8, SHAPE, elements=st.integers(0, 4))


def by_loops(pixels, palette, indices, alpha):
    """What each pair of a color and a palette entry weighs, visible pixels only."""
    found = Counter()
    weights = weights_of(alpha)
    for y, x in np.ndindex(SHAPE):
        if weight := 1 if weights is None else int(weights[y, x]):
            found[*pixels[y, x].tolist(), int(indices[y, x])] += weight
    return found


@given(PIXELS, PALETTE, INDICES, ALPHA, st.sampled_from([4, 30, 1 << 22]))
def test_pairs_are_those_of_plain_loops(pixels, palette, indices, alpha, part):
    weights = weights_of(alpha)
    with patch.object(module, "PART", part):
        found = count_pairs(count_colors(pixels, weights), palette, indices, weights)
    expected = by_loops(pixels, palette, indices, alpha)
    keys = [
        (*color, entry)
        for color, entry in zip(found.colors.tolist(), found.entry.tolist(), strict=True)
    ]
    assert keys == sorted(expected)  # each once, in an order that pixels do not decide
    assert found.weights.tolist() == [expected[key] for key in sorted(expected)]
    assert np.array_equal(found.painted, palette[found.entry])
    assert found.weight == expected.total()


@given(PIXELS, PALETTE, INDICES, ALPHA, st.sampled_from([1, 4, 1 << 14]))
def test_errors_are_those_of_plain_loops_bit_for_bit(pixels, palette, indices, alpha, block):
    weights = weights_of(alpha)
    pairs = count_pairs(count_colors(pixels, weights), palette, indices, weights)
    expected = by_loops(pixels, palette, indices, alpha)
    squared = {
        key: sum((a - int(b)) ** 2 for a, b in zip(key, palette[key[3]], strict=False))
        for key in expected
    }
    total = sum(weight * squared[key] for key, weight in expected.items())
    with patch.object(module, "BLOCK", block):
        assert mse_of(pairs) == total / (3 * max(expected.total(), 1))
        assert max_error_of(pairs) == math.sqrt(max(squared.values(), default=0))
