"""Run a function over items in processes, yield results as they finish, outlive dead workers."""

from batchquant.engine.local.dispatch import Lost, run_in_processes
from batchquant.engine.local.limits import Limit

__all__ = ["Limit", "Lost", "run_in_processes"]
