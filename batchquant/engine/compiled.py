"""Compiled kernels: made once, before every worker process would make them for itself."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from batchquant.engine.signals import STOP_SIGNALS, held_back
from batchquant.errors import MachineError, StorageError

NOTE = "batchquant.compiled"  # lies among the kernels


def compile_kernels_in(folder: Path, compiling: Callable[[], None]) -> None:
    """Compile K-Means, unless an earlier process has; it takes seconds, and `compiling` is called.

    The kernels lie in `folder` if they can be kept nowhere else. To load them, only to learn that
    they are there, takes half a second: so a note says for what they were compiled. If it is true
    and they are gone all the same, each worker compiles what it needs. Raises StorageError or
    MachineError if they cannot be written.
    """
    # Imported late: where nothing is to be made, nobody waits for numba.
    with held_back(*STOP_SIGNALS):
        from batchquant.quantization import compiler

        compiler.keep_cache_in(folder / "numba", os.environ)
        cache = compiler.cache_folder()
        state = _state(Path(compiler.__file__).parent, compiler.compiled_for())
        if cache is not None and _read(cache / NOTE) == state:
            return
        from batchquant.quantization import compile_kernels
    try:
        compile_kernels(compiling)
    except OSError as error:  # the disk is full
        kind = StorageError if cache and cache.is_relative_to(folder) else MachineError
        raise kind.of(f"{cache}: compiled K-Means cannot be kept", error) from error
    if cache is not None:
        with suppress(OSError):  # the next process looks again, then
            (cache / NOTE).write_text(state, encoding="utf-8")


def _state(sources: Path, compiled_for: str) -> str:
    """Tell what numba compares before it takes a kernel from its cache."""
    told = [compiled_for]
    for path in sorted(sources.rglob("*.py")):
        status = path.stat()
        told.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(told)


def _read(note: Path) -> str | None:
    try:
        return note.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
