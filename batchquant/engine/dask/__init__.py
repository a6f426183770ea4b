"""The engine that runs works on the machines of a dask cluster.

dask.distributed moves works there and knows which machines there are. Its own way to run them is
not used: a killed process would be blamed on others, nothing would end what hangs, and what is
cancelled would stay at work. Each dask worker holds worker processes of `batchquant.engine.local`.
"""

from batchquant.engine.dask.connecting import connected
from batchquant.engine.dask.dispatch import DaskEngine

__all__ = ["DaskEngine", "connected"]
