"""A picture in few colors, as a caller gets it."""

import io
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.files import publish
from batchquant.formats.format import Format, Painted
from batchquant.formats.palette_text import parse_hex
from batchquant.formats.png import png_of
from batchquant.formats.raster import full_image
from batchquant.formats.registry import formats
from batchquant.images.draw.preview import scale_to
from batchquant.images.read.density import as_in_png
from batchquant.images.read.picture import Picture
from batchquant.quantization.color import Color
from batchquant.quantization.color.fidelity import max_error_of, mse_of, psnr_db
from batchquant.quantization.color.pairs import Pairs
from batchquant.quantization.painting import Quantized
from batchquant.steps.figures import figures_of_pairs

SHOWN = 1024  # longest side in a notebook, which keeps what it shows in its file
WHITE = (255, 255, 255)
MEANT = {".tif": "tiff"}
"""Endings that formats go by beside their own."""


@dataclass(frozen=True, eq=False, repr=False)
class QuantizedPicture:
    """A picture in at most k colors, from `quantize`.

    Notebooks show it. ``np.asarray`` of it are its pixels.

    Attributes
    ----------
    k : int
        Colors that were asked for.
    seed : int
        What chance was drawn from: the same seed finds the same again.
    palette : ndarray of shape (n_colors, 3), uint8
        Colors of the picture, dark to light; each occurs. None, shape (0, 3), where no pixel is
        visible.
    indices : ndarray of shape (H, W), uint8, uint16 or uint32
        Row of `palette` for each pixel, in the smallest type that holds it; any where a pixel is
        not visible.
    counts : ndarray of shape (n_colors,), int64
        Visible pixels of each color, > 0; where opacity is soft, the sum of their `alpha`.
    centroids : ndarray of shape (n_colors, 3), float64
        What each color of `palette` was rounded from, in the same order: ``centroids[indices]`` is
        the picture before rounding. In the space that was clustered in: sRGB, 0 to 255, or Oklab.
        Of centroids that round to one color it is the first.
    inertia : float
        Sum over visible pixels of the squared distance to their centroid, in that space.
    n_iter : int
        Iterations of the restart that was kept, and of all that refined it.
    converged : bool
        Whether they came to rest before `max_iter`.
    alpha : ndarray of shape (H, W), uint8, or None
        Opacity, 255 opaque; None where every pixel is opaque.
    icc_profile : bytes or None
        Color profile of `palette`, as the file had it; None is sRGB.
    notes : tuple of str
        What was converted when the picture was read.
    """

    k: int
    seed: int
    palette: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    counts: NDArray[np.int64]
    centroids: NDArray[np.float64]
    inertia: float
    n_iter: int
    converged: bool
    alpha: NDArray[np.uint8] | None
    icc_profile: bytes | None
    notes: tuple[str, ...]
    _pairs: Pairs
    _painted: Painted

    @classmethod
    def of(cls, picture: Picture, k: int, seed: int, found: Quantized) -> "QuantizedPicture":
        """Put together what was found for a picture; its pixels are not kept."""
        painted = Painted(
            indices=found.indices,
            palette=found.palette,
            counts=found.counts,
            unit=found.unit,
            alpha=picture.alpha,
            icc_profile=picture.icc_profile,
            dpi=as_in_png(picture.dpi),
        )
        return cls(
            k=k,
            seed=seed,
            palette=found.palette,
            indices=found.indices,
            counts=found.counts,
            centroids=found.palette_centroids,
            inertia=found.inertia,
            n_iter=found.n_iter,
            converged=found.converged,
            alpha=picture.alpha,
            icc_profile=picture.icc_profile,
            notes=picture.notes,
            _pairs=found.pairs,
            _painted=painted,
        )

    def __repr__(self) -> str:
        height, width = self.indices.shape
        colors = f"{self.n_colors} color{'' if self.n_colors == 1 else 's'}"
        close = "exact" if self.mse == 0 else f"{self.psnr_db:.1f} dB"
        return f"<QuantizedPicture: {width} x {height} in {colors}, {close}>"

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        if copy is False:
            raise ValueError("the pixels of a QuantizedPicture are made when they are asked for.")
        return self.pixels if dtype is None else self.pixels.astype(dtype, copy=False)

    def _repr_png_(self) -> bytes:
        height, width = self.indices.shape
        size = scale_to((width, height), SHOWN)
        if size == (width, height):
            return png_of(self._painted)
        stream = io.BytesIO()
        self.image.resize(size).save(stream, "PNG", icc_profile=self.icc_profile)
        return stream.getvalue()

    @property
    def n_colors(self) -> int:
        """Colors of the picture: at most `k`."""
        return len(self.palette)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture (H, W, 3), or (H, W, 4) where it is transparent; 0 where it is not seen."""
        return np.asarray(self._whole())

    @property
    def image(self) -> Image.Image:
        """The picture as Pillow has it: RGB, or RGBA where it is transparent."""
        image = self._whole()
        if self.icc_profile is not None:
            image.info["icc_profile"] = self.icc_profile
        if self._painted.dpi is not None:
            image.info["dpi"] = self._painted.dpi
        return image

    @property
    def mse(self) -> float:
        """Mean over visible pixels and channels of the squared error, 0 to 255."""
        return mse_of(self._pairs)

    @property
    def psnr_db(self) -> float:
        """Peak signal-to-noise ratio in decibels; infinite for an exact copy."""
        return psnr_db(self.mse)

    @property
    def max_error(self) -> float:
        """Largest distance, 0 to 255 a channel, of a visible pixel from what it is shown as."""
        return max_error_of(self._pairs)

    @property
    def delta_e(self) -> float:
        """Mean color difference CIEDE2000 of visible pixels; about 1 is what the eye just sees."""
        return self.figures["delta_e"]

    @cached_property
    def figures(self) -> dict[str, float]:
        """All figures by name, as in the report: also those that packages add."""
        return figures_of_pairs(self._pairs, self.icc_profile)

    def save(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - as Pillow calls it
        *,
        background: Color | str = WHITE,
        dpi: float | None = None,
    ) -> Path:
        """Write the picture, or its palette, to a file.

        Parameters
        ----------
        path : str or path-like
            The file; one that is there is replaced, a folder that is missing is made.
        format : str, optional
            What a job file names in `formats` or `palette_files`; default: by the ending, .png,
            .pdf, .webp, .gif, .tiff, .tif or .bmp of the picture, .gpl, .hex, .json, _swatch.png,
            .ase, .aco or .css of its palette.
        background : tuple of int, or str
            sRGB color, (255, 255, 255) or '#ffffff', that transparent pixels are laid onto in
            formats that do not hold them.
        dpi : float, optional
            Pixels per inch of a PDF; default: those that the picture states, else 150.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ValueError
            If no format has that ending or name, or it cannot hold so many colors or pixels.
        StorageError
            If the file cannot be written.
        """
        path = Path(path)
        made = _format_of(path.name) if format is None else _format(format)
        publish(path, self._encode(made, path.name.removesuffix(made.suffix), background, dpi))
        return path

    def encode(
        self,
        format: str,  # noqa: A002
        *,
        background: Color | str = WHITE,
        dpi: float | None = None,
    ) -> bytes:
        """Return what `save` would write."""
        return self._encode(_format(format), "picture", background, dpi)

    def _whole(self) -> Image.Image:
        return full_image(self.indices, self.palette, self.alpha)

    def _encode(self, made: Format, name: str, background: Color | str, dpi: float | None) -> bytes:
        painted = self._painted
        settings: dict[str, Any] = {
            "background": parse_hex(background) if isinstance(background, str) else background,
            "dpi": "source" if dpi is None else dpi,
            "color_names": (),
        }
        if reason := made.refuse(painted, settings):
            raise ValueError(f"{made.noun}: {reason}.")
        return made.encode(painted, name, settings)


def _format(kind: str) -> Format:
    if kind not in formats():
        known = ", ".join(map(repr, formats()))
        raise ValueError(f"format: found {kind!r}, expected one of {known}.")
    return formats()[kind]


def _format_of(name: str) -> Format:
    """Find the format of a file name by its ending, the longest that fits."""
    lower = name.lower()
    ends = {made.suffix: made for made in formats().values()}
    ends |= {ending: formats()[kind] for ending, kind in MEANT.items()}
    fitting = [ending for ending in ends if lower.endswith(ending)]
    if not fitting:
        mend = ""
        if lower.endswith((".jpg", ".jpeg")):
            mend = " JPEG would make thousands of colors of these few; .png is exact."
        raise ValueError(f"{name}: found no such ending, expected one of {', '.join(ends)}.{mend}")
    return ends[max(fitting, key=len)]
