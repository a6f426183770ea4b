"""The engine that runs works in processes on this machine."""

from batchquant.engine.local.dispatch import LocalEngine

__all__ = ["LocalEngine"]
