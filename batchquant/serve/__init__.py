"""An output folder → a page in a browser that shows how a run gets on; nothing is written."""

from batchquant.serve.server import PageServer

__all__ = ["PageServer"]
