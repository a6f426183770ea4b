"""Makes the map of blue noise that the package holds: ``python tests/void_and_cluster.py``.

R. Ulichney (1993), The void-and-cluster method for dither array generation, Proc. SPIE 1913,
332-343, doi:10.1117/12.152707. In whole numbers, so that no tie depends on the machine.
"""

from base64 import b85encode
from pathlib import Path

import numpy as np

SIDE, SIGMA, SEED = 64, 1.5, 0
LARGEST, SMALLEST = np.iinfo(np.int64).max, np.iinfo(np.int64).min
PLACE = Path(__file__).parents[1] / "batchquant" / "quantization" / "dithering" / "blue_noise.py"
WIDTH = 95


class Pattern:
    """Points on a torus, and how crowded each place is."""

    def __init__(self, is_on):
        distance = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
        squared = distance[:, np.newaxis] ** 2 + distance**2
        bell = np.rint(2**40 * np.exp(-squared / (2 * SIGMA**2))).astype(np.int64)
        self._bells = np.tile(bell, (2, 2))
        self.is_on = is_on.copy()
        self._crowd = sum(map(self._around, np.flatnonzero(is_on)))

    def _around(self, place):
        y, x = divmod(int(place), SIDE)
        return self._bells[SIDE - y : 2 * SIDE - y, SIDE - x : 2 * SIDE - x].reshape(-1)

    def cluster(self):
        """Return the most crowded of the points."""
        return int(np.where(self.is_on, self._crowd, SMALLEST).argmax())

    def void(self):
        """Return the least crowded of the places between them."""
        return int(np.where(self.is_on, LARGEST, self._crowd).argmin())

    def flip(self, place):
        change = self._around(place)
        self._crowd = self._crowd - change if self.is_on[place] else self._crowd + change
        self.is_on[place] ^= True


def void_and_cluster():
    """Return ranks (64, 64)."""
    is_on = np.zeros(SIDE * SIDE, bool)
    is_on[np.random.default_rng(SEED).permutation(is_on.size)[: is_on.size // 10]] = True
    spread = Pattern(is_on)
    while True:
        moved = spread.cluster()
        spread.flip(moved)
        place = spread.void()
        spread.flip(place)
        if place == moved:
            break
    ranks = np.empty(is_on.size, np.int64)
    fewer, more = Pattern(spread.is_on), Pattern(spread.is_on)
    for rank in reversed(range(spread.is_on.sum())):
        ranks[fewer.cluster()] = rank
        fewer.flip(fewer.cluster())
    for rank in range(spread.is_on.sum(), is_on.size):
        # Of more than half, the void among points is the cluster among the places between.
        ranks[more.void()] = rank
        more.flip(more.void())
    return ranks.reshape(SIDE, SIDE)


def as_text(ranks):
    """Return ranks of 12 bits in base 85."""
    bits = ranks.reshape(-1, 1) >> np.arange(11, -1, -1) & 1
    return b85encode(np.packbits(bits.astype(np.uint8)).tobytes()).decode()


if __name__ == "__main__":
    head, _, _ = PLACE.read_text().partition("RANKS: Final = (\n")
    text = as_text(void_and_cluster())
    lines = [f'    "{text[i : i + WIDTH]}"\n' for i in range(0, len(text), WIDTH)]
    PLACE.write_text(head + "RANKS: Final = (\n" + "".join(lines) + ")\n")
