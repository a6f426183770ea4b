"""Exact K-Means color quantization for whole folders of pictures.

`quantize` is for one picture, `quantize_folder` and `run_job` for many, `read_report` for what came
of it. Everything public is imported from here, on first use (PEP 562): ``batchquant --help``
answers at once, and a module never takes the place of a function of the same name.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

_ROOMS = {
    "BatchquantError": "batchquant.errors",
    "ImageError": "batchquant.errors",
    "JobFileError": "batchquant.errors",
    "NoImagesError": "batchquant.errors",
    "NoRunError": "batchquant.errors",
    "OutputLockedError": "batchquant.errors",
    "StorageError": "batchquant.errors",
    "UsageError": "batchquant.errors",
    "Metric": "batchquant.metrics.metric",
    "Pairs": "batchquant.metrics.metric",
    "ImageFile": "batchquant.sources.source",
    "Source": "batchquant.sources.source",
    "DaskEngine": "batchquant.engine.dask",
    "JobFile": "batchquant.jobfile",
    "load_job": "batchquant.jobfile",
    "Made": "batchquant.plan.picture_step",
    "PictureStep": "batchquant.plan.picture_step",
    "Selection": "batchquant.plan.selection",
    "Shard": "batchquant.plan.shard",
    "Summary": "batchquant.report.summary",
    "merge_shards": "batchquant.run.merge",
    "plan_job": "batchquant.run.survey",
    "run_job": "batchquant.run.corridor",
    "QuantizedPicture": "batchquant.api.quantized",
    "quantize": "batchquant.api.pictures",
    "quantize_folder": "batchquant.api.folders",
    "read_report": "batchquant.api.reports",
}
__all__ = [
    "BatchquantError",
    "DaskEngine",
    "ImageError",
    "ImageFile",
    "JobFile",
    "JobFileError",
    "Made",
    "Metric",
    "NoImagesError",
    "NoRunError",
    "OutputLockedError",
    "Pairs",
    "PictureStep",
    "QuantizedPicture",
    "Selection",
    "Shard",
    "Source",
    "StorageError",
    "Summary",
    "UsageError",
    "__version__",
    "load_job",
    "merge_shards",
    "plan_job",
    "quantize",
    "quantize_folder",
    "read_report",
    "run_job",
]

if TYPE_CHECKING:
    from batchquant.api.folders import quantize_folder
    from batchquant.api.pictures import quantize
    from batchquant.api.quantized import QuantizedPicture
    from batchquant.api.reports import read_report
    from batchquant.engine.dask import DaskEngine
    from batchquant.errors import (
        BatchquantError,
        ImageError,
        JobFileError,
        NoImagesError,
        NoRunError,
        OutputLockedError,
        StorageError,
        UsageError,
    )
    from batchquant.jobfile import JobFile, load_job
    from batchquant.metrics.metric import Metric, Pairs
    from batchquant.plan.picture_step import Made, PictureStep
    from batchquant.plan.selection import Selection
    from batchquant.plan.shard import Shard
    from batchquant.report.summary import Summary
    from batchquant.run.corridor import run_job
    from batchquant.run.merge import merge_shards
    from batchquant.run.survey import plan_job
    from batchquant.sources.source import ImageFile, Source


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'batchquant' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return __all__
