"""The engine that runs works in processes on this machine."""

from batchquant.engine.local.dispatch import LocalEngine
from batchquant.engine.local.starting import Starter

__all__ = ["LocalEngine", "Starter"]
