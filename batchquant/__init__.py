"""Exact K-Means color quantization for whole folders of pictures.

The public function is `quantize`. It is imported on first use (PEP 562), so that the command line
answers at once and a module never takes the place of a function of the same name.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_ROOMS = {
    "quantize": "batchquant.quantization",
}
__all__ = ["__version__", "quantize"]

if TYPE_CHECKING:
    from batchquant.quantization import quantize


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'batchquant' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return __all__
