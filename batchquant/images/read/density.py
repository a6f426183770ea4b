"""Pixels per inch → the shape of a pixel: faxes have more of them across than down."""

from typing import Literal

SQUARE = 1.01  # densities that are as near count as one: PNG rounds 10 dpi by as much as 0.13 %
MOST = 4.0  # times as high or as wide: more makes no sense
METERS_PER_INCH = 0.0254
MIN_DPI, MAX_DPI = 10, 9600  # makes sense on paper; of a TIFF that is mute Pillow says 1
USUAL_DPI = 150.0  # on a page where the source tells none

Dpi = tuple[float, float]
"""Pixels per inch, horizontal and vertical."""
PageDpi = float | Literal["source"]
"""Pixels per inch across a page, or those of the source."""


def if_sensible(dpi: Dpi) -> Dpi | None:
    """Return a density that makes sense on paper; None of any other."""
    return dpi if all(MIN_DPI <= each <= MAX_DPI for each in dpi) else None


def pixel_aspect(dpi: Dpi | None) -> float:
    """Return how wide a pixel is beside its height.

    Parameters
    ----------
    dpi : tuple of float or None
        Pixels per inch, horizontal and vertical.

    Returns
    -------
    float
        1.0 where the densities differ by no more than 1 % or by more than makes sense, or where
        nothing is known of them.

    Examples
    --------
    A fax, a scan, and what a file says that was written carelessly:

    >>> round(pixel_aspect((204, 98)), 3), pixel_aspect((300, 299)), pixel_aspect((300, 72))
    (0.48, 1.0, 1.0)
    """
    if dpi is None:
        return 1.0
    aspect = dpi[1] / dpi[0]
    is_odd = 1 / MOST <= aspect <= MOST and not 1 / SQUARE <= aspect <= SQUARE
    return aspect if is_odd else 1.0


def notes_on(dpi: Dpi | None) -> tuple[str, ...]:
    """Say what a person may not expect of a density."""
    if dpi is None or pixel_aspect(dpi) == 1:
        return ()
    return (f"pixels are not square: {dpi[0]:.4g} x {dpi[1]:.4g} dpi",)


def true_size(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Return the size of the smallest picture of the true shape that has no fewer pixels.

    Parameters
    ----------
    width, height : int
        Pixels.
    aspect : float
        From `pixel_aspect`.

    Returns
    -------
    tuple of int
        Width and height in square pixels.

    Examples
    --------
    >>> true_size(1728, 1151, 98 / 204), true_size(300, 200, 2.0), true_size(300, 200, 1.0)
    ((1728, 2396), (600, 200), (300, 200))
    """
    if aspect < 1:
        return width, round(height / aspect)
    return round(width * aspect), height


def dpi_after(dpi: Dpi | None, scale: float, *, keeps_size: bool) -> Dpi | None:
    """Return the density of a picture that was brought to another number of pixels.

    Parameters
    ----------
    dpi : tuple of float or None
        Of the picture before.
    scale : float
        Pixels of a side beside those of before.
    keeps_size : bool
        Whether it is to have the same size on paper.

    Returns
    -------
    tuple of float or None
        None where all that it would tell is a size that nobody asked for.
    """
    if dpi is None or not (keeps_size or pixel_aspect(dpi) != 1):
        return None
    scaled = dpi[0] * scale, dpi[1] * scale
    return scaled if min(scaled) >= 1 else None


def dpi_of_png(across: int, down: int) -> Dpi | None:
    """Return the pixels per inch of a PNG that tells pixels per meter.

    Parameters
    ----------
    across, down : int
        As its chunk pHYs has them.

    Returns
    -------
    tuple of float or None
        Whole numbers where PNG would write these so: 300 are 11,811 a meter, which are 299.9994.
        None where one is 0.
    """
    return (_per_inch(across), _per_inch(down)) if across and down else None


def as_in_png(dpi: Dpi | None) -> Dpi | None:
    """Return a density as a PNG can hold it: rounded to whole pixels a meter."""
    if dpi is None:
        return None
    across, down = (int(each / METERS_PER_INCH + 0.5) for each in dpi)
    return dpi_of_png(across, down)


def _per_inch(per_meter: int) -> float:
    exact = per_meter * METERS_PER_INCH
    whole = float(round(exact))
    return whole if int(whole / METERS_PER_INCH + 0.5) == per_meter else exact
