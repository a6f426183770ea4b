"""What a run was started with, so that its results can be understood and made again."""

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from batchquant import __version__
from batchquant.engine.cores import usable_cores
from batchquant.files.stored import as_json, as_record, read_json
from batchquant.formats.palette_text import parse_hex
from batchquant.images.draw.fonts import PACKAGES, SHAPERS
from batchquant.images.read.formats import READERS
from batchquant.jobfile import JobFile
from batchquant.plan.records import SETTINGS, Settings

MANIFEST_FILE = "manifest.json"  # in the folder of what has a clock or this machine in it
LIBRARIES = (
    *("numpy", "numba", "llvmlite", "joblib", "pikepdf", "pydantic", "pyyaml", "pathspec"),
    "zlib-ng",
)
DECISIVE = (*LIBRARIES, *READERS, *SHAPERS, *PACKAGES)
"""Distributions that pixels, figures and files depend on."""


def manifest_json(job_file: JobFile, workers: int, started: datetime) -> bytes:
    """Describe a run, in JSON."""
    content = {
        "batchquant": __version__,
        "started": started.isoformat(timespec="milliseconds"),  # which shard began last
        "workers": workers,
        "job_file": job_file.model_dump(),
        "python": platform.python_version(),
        "libraries": dict(_versions()),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
    }
    return as_json(content, indent=2)


def _versions() -> Iterator[tuple[str, str]]:
    """Yield name and version of what pixels and figures depend on, as far as it is installed."""
    for name in DECISIVE:
        with suppress(PackageNotFoundError):
            yield name.lower(), version(name)


def settings_of_jobs(manifest: bytes) -> dict[str, Settings]:
    """Read back the settings of jobs; none if the manifest is damaged, or of another version."""
    try:
        job_file = read_json(manifest)["job_file"]
        seed, jobs = job_file["seed"], job_file["jobs"]
        names = [name for name in SETTINGS if name not in ("seed", "color_names")]
        return {
            job["name"]: as_record(
                Settings,
                {"seed": seed, **{name: _as_given(job[name]) for name in names if name in job}},
            )
            for job in jobs
        }
    except (ValueError, KeyError, TypeError):
        return {}


@dataclass(frozen=True, slots=True)
class KeptJob:
    """What a run keeps of a job: its name, and whether it has a book, or for what paper."""

    name: str
    book: bool | str = False


@dataclass(frozen=True, slots=True)
class KeptJobFile:
    """What a run keeps of a job file, as far as what spans pictures depends on it."""

    output: Path
    report: tuple[str, ...]
    memory: str
    timeout: float | str
    jobs: tuple[KeptJob, ...]
    csv_bom: bool = False
    path: Path = Path()
    when_done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says, and what it was read from.

    Attributes
    ----------
    content : bytes
        All of it.
    started : datetime.datetime
        When the run began.
    job_file : KeptJobFile
        What it was started with.
    versions : dict of str to str
        Of batchquant, and of the libraries that pixels and figures depend on.
    """

    content: bytes
    started: datetime
    job_file: KeptJobFile
    versions: dict[str, str]


def read_manifest(content: bytes, output: Path) -> Manifest:
    """Read what `manifest_json` wrote of a run, whose output folder may have another path by now.

    Raises ValueError where it is damaged, or of another version.
    """
    kept = read_json(content)
    try:
        job_file = as_record(KeptJobFile, {**kept["job_file"], "output": output})
        versions = {"batchquant": kept["batchquant"], **kept["libraries"]}
        started = as_record(datetime, kept["started"]).astimezone()
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"no manifest: {error}") from error
    return Manifest(content, started, job_file, as_record(dict[str, str], versions))


def _as_given(value: Any) -> Any:
    """Undo what JSON made of tuples and colors."""
    if isinstance(value, list):
        return tuple(map(_as_given, value))
    is_color = isinstance(value, str) and value.startswith("#")
    return parse_hex(value) if is_color else value


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
