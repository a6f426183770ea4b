"""Run a function over items in processes, yield results as they finish, outlive dead workers."""

from batchquant.executor.dispatch import Lost, run_in_processes
from batchquant.executor.limits import Limit

__all__ = ["Limit", "Lost", "run_in_processes"]
