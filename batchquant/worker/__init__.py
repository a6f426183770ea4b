"""One task → one result."""

from batchquant.worker.task import derive_seed, process

__all__ = ["derive_seed", "process"]
