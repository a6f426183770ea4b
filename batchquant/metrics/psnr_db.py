"""The peak signal-to-noise ratio."""

from batchquant.metrics.metric import Metric, Pairs
from batchquant.quantization.color.fidelity import mse_of, psnr_db


class PsnrDb(Metric):
    """Peak signal-to-noise ratio in decibels, to the peak 255."""

    name, version = "psnr_db", 1
    title, unit = "PSNR", "dB"
    doc = "PSNR in decibels, 10·log10(255²/mse); infinite for an exact copy"
    better, bounds = "higher", (0.0, 100.0)
    is_told = True

    def compute(self, pairs: Pairs) -> float:
        """Follow the mean squared error."""
        return psnr_db(mse_of(pairs))
