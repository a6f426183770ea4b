"""What a kind of output file is. Each kind is one class, in a file beside this one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.density import Dpi


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture in few colors, as files hold it.

    Attributes
    ----------
    indices : ndarray of shape (H, W), unsigned integer
        Row of `palette` for each pixel, in the smallest type that holds it; any where `alpha` is 0.
    palette : ndarray of shape (K, 3), uint8
        Colors under `icc_profile`, dark to light; each is worn. None where no pixel is visible.
    counts : ndarray of shape (K,), int64
        Visible pixels of each color, > 0; where alpha is soft, the sum of their alpha.
    unit : int
        What an opaque pixel adds to `counts`: 1, or 255 where alpha is soft.
    alpha : ndarray of shape (H, W), uint8, or None
        Opacity; None where every pixel is opaque.
    icc_profile : bytes or None
        RGB profile of the colors; None is sRGB.
    dpi : tuple of float or None
        Pixels per inch, horizontal and vertical, as a PNG can hold them.
    memo : dict
        What formats made of it that others can use.
    """

    indices: NDArray[np.unsignedinteger[Any]]
    palette: NDArray[np.uint8]
    counts: NDArray[np.int64]
    unit: int = 1
    alpha: NDArray[np.uint8] | None = None
    icc_profile: bytes | None = None
    dpi: Dpi | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


class Format(ABC):
    """A kind of output file, and what it can hold.

    Attributes
    ----------
    kind : str
        What job files, tables and columns call it.
    suffix : str
        What is appended to a variant's path.
    noun : str
        What a person calls it.
    key : {'formats', 'palette_files'}
        The key of the job file that lists it.
    settings : tuple of str
        Keys of the job that its bytes depend on, beside what is painted.
    version : int
        Raised when the same picture gives other bytes than before: its files are made again.
    max_colors, max_side : int or None
        The most colors, and the longest side in pixels, that it can hold.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]
    noun: ClassVar[str]
    key: ClassVar[Literal["formats", "palette_files"]] = "formats"
    settings: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1
    max_colors: ClassVar[int | None] = None
    max_side: ClassVar[int | None] = None

    @abstractmethod
    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Return the file; equal arguments give equal bytes. `name` is its name without suffix."""

    def is_exact(self, painted: Painted) -> bool:
        """Tell whether `read` gives back all of a picture."""
        return False

    def read(self, content: bytes) -> Painted:
        """Return the picture of a file that is exact; raises ValueError where it is damaged."""
        raise NotImplementedError

    def refuse(self, painted: Painted) -> str | None:
        """Tell why the file cannot hold a picture; None where it can."""
        height, width = painted.indices.shape
        if self.max_side is not None and max(height, width) > self.max_side:
            return (
                f"too_large: {width} x {height} pixels, {self.noun} holds {self.max_side:,} a side"
            )
        return None

    def note(self, has_alpha: bool, settings: Mapping[str, Any]) -> str | None:
        """Say what a person may not expect of the file; None where there is nothing to say."""
        return None
