"""What a benchmark found, as text, and the machine it was found on."""

import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numba
import numpy as np
import threadpoolctl

PACKAGES = ("batchquant", "numba", "numpy", "pillow", "scikit-learn", "opencv-python-headless")


@dataclass(frozen=True)
class Table:
    """Rows of one benchmark, measured side by side."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""

    def to_markdown(self):
        cells = [self.columns, *(tuple(map(_told, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
            for row in cells
        ]
        lines.insert(1, "| " + " | ".join("-" * width for width in widths))
        text = f"## {self.title}\n\n" + "\n".join(f"{line} |" for line in lines) + "\n"
        return f"{text}\n{self.note}\n" if self.note else text


def machine():
    """Describe the machine and the versions of what is measured."""
    rows = [
        ("processor", f"{_processor()}, {numba.config.NUMBA_DEFAULT_NUM_THREADS} cores"),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
    ]
    rows += [(package, metadata.version(package)) for package in PACKAGES]
    np.ones((2, 2)) @ np.ones((2, 2))
    blas = {(pool["internal_api"], pool.get("architecture")) for pool in _pools() if pool}
    rows += [("BLAS kernels", ", ".join(f"{name} {kind}" for name, kind in sorted(blas)))]
    return Table("Machine", ("what", "found"), tuple(rows))


def _pools():
    import sklearn.cluster  # noqa: F401 - so that its libraries are loaded, too

    return [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def _told(value):
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
