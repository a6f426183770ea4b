"""A histogram → a palette, indices and figures. Pure: no paths, no files, no clock.

What is public is imported on first use (PEP 562): numba takes 0.5 s to load, and who counts colors
or writes a file needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_MODULES = {
    "Colors": "arranging",
    "Quantized": "painting",
    "arrange": "arranging",
    "choose_from_palette": "stock",
    "compile_kernels": "search",
    "load_kernels": "search",
    "map_to_palette": "search",
    "quantize": "search",
    "quantize_colors": "search",
    "repaint": "painting",
    "show_in_centroids": "search",
}
__all__ = [
    "Colors",
    "Quantized",
    "arrange",
    "choose_from_palette",
    "compile_kernels",
    "load_kernels",
    "map_to_palette",
    "quantize",
    "quantize_colors",
    "repaint",
    "show_in_centroids",
]

if TYPE_CHECKING:
    from batchquant.quantization.arranging import Colors, arrange
    from batchquant.quantization.painting import Quantized, repaint
    from batchquant.quantization.search import (
        compile_kernels,
        load_kernels,
        map_to_palette,
        quantize,
        quantize_colors,
        show_in_centroids,
    )
    from batchquant.quantization.stock import choose_from_palette


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'batchquant.quantization' has no attribute {name!r}")
    return getattr(import_module(f"batchquant.quantization.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
