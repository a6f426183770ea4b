"""The mean squared error."""

from batchquant.metrics.metric import Metric, Pairs
from batchquant.quantization.color.fidelity import mse_of


class Mse(Metric):
    """Mean squared error per pixel and channel, in values of the picture."""

    name, version = "mse", 1
    title = "mean squared error"
    doc = "mean squared error per visible pixel, each by its alpha, and channel, 0-255"
    better, bounds, digits = "lower", (0.0, 65025.0), 2

    def compute(self, pairs: Pairs) -> float:
        """Divide a sum of whole numbers."""
        return mse_of(pairs)
