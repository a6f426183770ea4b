"""A histogram → a palette, indices and figures. Pure: no paths, no files, no clock."""

from batchquant.quantization.painting import Quantized, repaint
from batchquant.quantization.search import (
    Colors,
    arrange,
    compile_kernels,
    map_to_palette,
    quantize,
    quantize_colors,
)

__all__ = [
    "Colors",
    "Quantized",
    "arrange",
    "compile_kernels",
    "map_to_palette",
    "quantize",
    "quantize_colors",
    "repaint",
]
