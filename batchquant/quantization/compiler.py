"""Compiled kernels: the one door to numba."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, TypeVar, cast

import numba
import numpy as np
from numba.core import event
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., object])
Element = TypeVar("Element", bound=np.generic)
NUMPY: Final = "numpy"  # by zero is divided as IEEE 754 says: else each division asks, one by one


def kernel(function: Function) -> Function:
    """Compile a function on its first call, or load it from an earlier run's cache.

    It may call kernels of its own file only, since the cache does not notice changes in other
    files; and no arithmetic is reordered. numba writes its cache beside the source file or, where
    that is read-only, below the home folder. Where it can write to neither it refuses to decorate
    at all; then the function is compiled anew in each process. `keep_cache_in` prevents that.
    """
    try:
        return _cached(function)
    except RuntimeError:
        return cast(Function, numba.njit(error_model=NUMPY)(function))


def as_constant(array: NDArray[Element]) -> NDArray[Element]:
    """Return a view that is contiguous and read-only: kernels are compiled for each kind apart."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def keep_cache_in(folder: Path, environment: MutableMapping[str, str]) -> None:
    """Name a writable folder for compiled kernels, in case numba finds none by itself.

    To be called before modules with kernels are imported. Worker processes inherit the choice
    through the environment.
    """
    try:
        _cached(_probe)
    except RuntimeError:
        environment["NUMBA_CACHE_DIR"] = str(folder)
        numba.config.reload_config()  # type: ignore[no-untyped-call]


def cache_folder() -> Path | None:
    """Tell where compiled kernels are kept; None where they are not."""
    try:
        # NUMBA_DISABLE_JIT gives the function back as it is.
        statistics = getattr(_cached(_probe), "stats", None)
    except RuntimeError:
        return None
    return statistics and Path(statistics.cache_path)


@contextmanager
def telling(tell: Callable[[], None]) -> Iterator[None]:
    """Call a function when the first kernel has to be compiled in a block, which takes seconds."""
    with event.install_listener("numba:compile", _Teller(tell)):
        yield


class _Teller(event.Listener):
    """Passes on the first event it hears of."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Callable[[], None] | None = tell

    def on_start(self, event: event.Event) -> None:
        if self._tell is not None:
            tell, self._tell = self._tell, None
            tell()

    def on_end(self, event: event.Event) -> None:
        """Nothing is told of the end."""


def _cached(function: Function) -> Function:
    if not _has_place():
        raise RuntimeError("there is no home folder to keep compiled kernels in")
    return cast(Function, numba.njit(cache=True, error_model=NUMPY)(function))


def _has_place() -> bool:
    """Tell whether numba may look for a place to keep kernels.

    Where there is neither HOME nor an entry of the user, it makes a folder named ``~`` in the
    working directory; unless it was told a place, or finds one beside the source file.
    """
    if numba.config.CACHE_DIR:  # type: ignore[attr-defined]
        return True
    with suppress(RuntimeError):
        return bool(Path.home())
    beside = Path(__file__).with_name("__pycache__")
    try:
        beside.mkdir(exist_ok=True)
        with TemporaryFile(dir=beside):
            return True
    except OSError:
        return False


def _probe() -> None:
    """Stand for the kernels, whose cache would lie where this one's does."""
