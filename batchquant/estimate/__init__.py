"""How long a run will take, what it will write, and what it needs for that."""

from batchquant.estimate.forecast import Estimate, count_drawings, estimate

__all__ = ["Estimate", "count_drawings", "estimate"]
