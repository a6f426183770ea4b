"""Exact K-Means color quantization for whole folders of pictures.

The public functions are `load_job`, `plan_job`, `run_job`, `merge_shards` and `quantize`, and the
records `Selection` and `Shard`. They are imported on first use (PEP 562), so that ``batchquant
--help`` answers at once and a module never takes the place of a function of the same name.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_ROOMS = {
    "load_job": "batchquant.jobfile",
    "plan_job": "batchquant.run.survey",
    "run_job": "batchquant.run.corridor",
    "merge_shards": "batchquant.run.merge",
    "quantize": "batchquant.quantization",
    "Selection": "batchquant.plan.selection",
    "Shard": "batchquant.plan.shard",
}
__all__ = [
    "Selection",
    "Shard",
    "__version__",
    "load_job",
    "merge_shards",
    "plan_job",
    "quantize",
    "run_job",
]

if TYPE_CHECKING:
    from batchquant.jobfile import load_job
    from batchquant.plan.selection import Selection
    from batchquant.plan.shard import Shard
    from batchquant.quantization import quantize
    from batchquant.run.corridor import run_job
    from batchquant.run.merge import merge_shards
    from batchquant.run.survey import plan_job


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'batchquant' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return __all__
