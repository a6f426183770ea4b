"""The largest error."""

from batchquant.metrics.metric import Metric, Pairs
from batchquant.quantization.color.fidelity import max_error_of


class MaxError(Metric):
    """Largest distance of a visible pixel from what it is shown as."""

    name, version = "max_error", 1
    title = "largest error"
    doc = "largest distance of a visible pixel from what it is shown as, 0-255, whatever its alpha"
    better, bounds = "lower", (0.0, 442.0)

    def compute(self, pairs: Pairs) -> float:
        """Look at every pair."""
        return max_error_of(pairs)
