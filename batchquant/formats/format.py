"""What a kind of output file is. Each kind is one class, in a file beside this one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from batchquant.images.read.density import Dpi

Opacity = Literal["none", "binary", "soft"]
OPACITIES: tuple[Opacity, ...] = ("none", "binary", "soft")
"""Whether no pixel is transparent, some are hidden and all others opaque, or any may be anything;
each holds what stands before it."""


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
    original : ndarray of shape (H, W, 3), uint8, or None
        Colors of the picture that it shows, under the same profile; there for formats that compare.
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
    original: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def opacity(self) -> Opacity:
        """What there is of transparency."""
        if self.alpha is None:
            return "none"
        return "binary" if self.unit == 1 else "soft"


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
    key : {'formats', 'palette_files', 'error_map'}
        The key of the job file that asks for it.
    settings : tuple of str
        Keys of the job that its bytes depend on, beside what is painted.
    version : int
        Raised when what was written before is not good enough any more: it is made again then. The
        same pixels in other bytes, better compressed, are no reason.
    max_colors, max_side, max_pixels : int or None
        The most colors, a transparent one among them, the longest side in pixels, and the most
        pixels that it can hold.
    alpha : {'none', 'binary', 'soft'}
        What it can hold of opacity; the rest is laid onto the job's background.
    keeps_profile : bool
        Whether it holds a color profile; else colors are converted to sRGB.
    keeps_dpi : bool
        Whether it holds pixels per inch.
    pillow : str or None
        What Pillow calls it, if Pillow reads it.
    is_shown_by_browsers : bool
        Whether a page can show it.
    compares : bool
        Whether it shows the original, too.
    bytes_per_pixel : int
        Memory that a worker has at the peak of encoding, with all that it holds by then.
    seconds_per_megapixel : float
        How long encoding takes, about.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]
    noun: ClassVar[str]
    key: ClassVar[Literal["formats", "palette_files", "error_map"]] = "formats"
    settings: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1
    max_colors: ClassVar[int | None] = None
    max_side: ClassVar[int | None] = None
    max_pixels: ClassVar[int | None] = None
    alpha: ClassVar[Opacity] = "soft"
    keeps_profile: ClassVar[bool] = True
    keeps_dpi: ClassVar[bool] = True
    pillow: ClassVar[str | None] = None
    is_shown_by_browsers: ClassVar[bool] = False
    compares: ClassVar[bool] = False
    bytes_per_pixel: ClassVar[int] = 16
    seconds_per_megapixel: ClassVar[float] = 0.05

    @abstractmethod
    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Return the file; equal arguments give equal bytes. `name` is its name without suffix."""

    def is_exact(self, painted: Painted) -> bool:
        """Tell whether `read` gives back all of a picture."""
        return False

    def read(self, content: bytes) -> Painted:
        """Return the picture of a file that is exact; raises ValueError where it is damaged."""
        raise NotImplementedError

    def refuse(self, painted: Painted, settings: Mapping[str, Any]) -> str | None:
        """Tell why the file cannot hold a picture, and what helps; None where it can."""
        height, width = painted.indices.shape
        size = f"{width:,} x {height:,} pixels"
        if self.max_side is not None and max(height, width) > self.max_side:
            return f"{size}, at most {self.max_side:,} a side; set reduce"
        if self.max_pixels is not None and height * width > self.max_pixels:
            return f"{size}, at most {self.max_pixels:,} of them; set reduce"
        if self.max_colors is None:
            return None
        held = self.held(painted, settings)
        n_colors, most = len(held.palette), self.max_colors - (held.alpha is not None)
        if n_colors <= most:
            return None
        if self.lays(painted):
            return f"{n_colors:,} colors once laid, at most {most:,}; set alpha: flatten"
        beside = "" if held.alpha is None else " beside transparency"
        return f"{n_colors:,} colors{beside}, at most {most:,}; take fewer colors"

    def lays(self, painted: Painted) -> bool:
        """Tell whether a picture is laid onto the background, since it is more transparent."""
        return OPACITIES.index(painted.opacity) > OPACITIES.index(self.alpha)

    def converts(self, painted: Painted) -> bool:
        """Tell whether a picture is converted to sRGB, since its profile is not kept."""
        return painted.icc_profile is not None and not self.keeps_profile

    def keeps_all(self, painted: Painted) -> bool:
        """Tell whether nothing of a picture has to be left out."""
        is_whole = not self.lays(painted) and not self.converts(painted)
        return is_whole and (self.keeps_dpi or painted.dpi is None)

    def held(self, painted: Painted, settings: Mapping[str, Any]) -> Painted:
        """Return a picture as the file shows it: converted and laid onto the background."""
        from batchquant.formats.painted import flatten, in_srgb  # they know what is painted

        if self.converts(painted):
            painted = _once(painted, "srgb", in_srgb)
        if self.lays(painted):
            color = settings["background"]
            painted = _once(painted, f"on {color}", lambda whole: flatten(whole, color))
        return painted

    def note(self, painted: Painted, settings: Mapping[str, Any]) -> str | None:
        """Say what a person may not expect of the file; None where there is nothing to say."""
        told = []
        if self.lays(painted):
            told.append("laid onto #{:02x}{:02x}{:02x}".format(*settings["background"]))
        if self.converts(painted):
            told.append("converted to sRGB")
        return f"{self.noun} {', '.join(told)}" if told else None


def _once(painted: Painted, name: str, make: Callable[[Painted], Painted]) -> Painted:
    """Make something of a picture once for all formats."""
    if name not in painted.memo:
        painted.memo[name] = make(painted)
    made: Painted = painted.memo[name]
    return made
