"""The engines, each of which every test of `tests/engines/` is for. A new one is a new line."""

from dataclasses import dataclass
from typing import Any

from dask_cluster import shared_engine
from toy_engine import ToyEngine

from batchquant.engine.local import LocalEngine


@dataclass(frozen=True)
class Kind:
    """How an engine is made, and whether its works run in processes of their own."""

    make: Any
    has_processes: bool


KINDS = {
    "local": Kind(LocalEngine, has_processes=True),
    "dask": Kind(shared_engine, has_processes=True),
    "toy": Kind(ToyEngine, has_processes=False),
}
