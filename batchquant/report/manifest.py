"""What a run was started with, so that its results can be understood and made again."""

import json
import os
import platform
from datetime import datetime
from importlib.metadata import version

from batchquant import __version__
from batchquant.job import JobFile

LIBRARIES = ("numpy", "numba", "pillow", "joblib", "pikepdf", "pydantic", "pyyaml", "pathspec")


def manifest_json(job_file: JobFile, workers: int, started: datetime) -> bytes:
    """Describe a run.

    Parameters
    ----------
    job_file : JobFile
        With all defaults filled in.
    workers : int
        Processes.
    started : datetime.datetime
        When it began.

    Returns
    -------
    bytes
        JSON, ASCII.
    """
    content = {
        "batchquant": __version__,
        "started": started.isoformat(timespec="seconds"),
        "workers": workers,
        "job_file": job_file.model_dump(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }
    return json.dumps(content, indent=2, default=str).encode() + b"\n"


def _processor() -> str:
    """Name the processor; `platform.processor` is empty on many Linux systems."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - not a user's file
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
