"""Compiled kernels: made once, before every worker process would make them for itself."""

import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from batchquant import quantization
from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import MachineError, StorageError

NOTE = "batchquant.compiled"  # lies among the kernels
CPU_INFO = Path("/proc/cpuinfo")
OTHER_PLACES = ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
"""Variables that decide where numba keeps kernels, or what for."""


def are_compiled() -> bool:
    """Tell, without loading numba, whether K-Means is known to be compiled beside its sources."""
    beside = _sources() / "__pycache__"
    is_usual = not any(name in os.environ for name in OTHER_PLACES)
    return is_usual and os.access(beside, os.W_OK) and _read(beside / NOTE) == state()


def compile_kernels_in(folder: Path, compiling: Callable[[], None]) -> None:
    """Compile K-Means, unless an earlier process has; it takes seconds, and `compiling` is called.

    The kernels lie in `folder` if they can be kept nowhere else. To load them, only to learn that
    they are there, takes half a second: so a note says for what they were compiled. If it is true
    and they are gone all the same, each worker compiles what it needs. Raises StorageError or
    MachineError if they cannot be written.
    """
    if are_compiled():
        return
    # Imported late: where nothing is to be made, nobody waits for numba.
    with held_back(*STOP_SIGNALS):
        from batchquant.quantization import compiler

        compiler.keep_cache_in(folder / "numba", os.environ)
        kept = compiler.cache_folder()
        if kept is not None and _read(kept / NOTE) == state():
            return
        from batchquant.quantization import compile_kernels
    try:
        compile_kernels(compiling)
    except OSError as error:  # the disk is full
        kind = StorageError if kept and kept.is_relative_to(folder) else MachineError
        raise kind.of(f"{kept}: compiled K-Means cannot be kept", error) from error
    if kept is not None:
        with suppress(OSError):  # the next process looks again, then
            (kept / NOTE).write_text(state(), encoding="utf-8")


def state() -> str:
    """Tell what numba compares before it takes a kernel from its cache."""
    python, numba = sys.implementation.cache_tag, metadata.version("numba")
    told = [f"{python} numba {numba}", _processor()]
    for path in sorted(_sources().rglob("*.py")):
        status = path.stat()
        told.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(told)


def _sources() -> Path:
    return Path(quantization.__file__).parent


@cache
def _processor() -> str:
    """Tell what the processor is and can do; once, since it is told of each of many cores."""
    with suppress(OSError):
        first, _, _ = CPU_INFO.read_text("utf-8").partition("\n\n")
        names = ("model name", "flags", "Features")
        return "\n".join(line for line in first.splitlines() if line.startswith(names))
    return platform.processor()


def _read(note: Path) -> str | None:
    try:
        return note.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
