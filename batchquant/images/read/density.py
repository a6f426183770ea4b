"""Pixels per inch → the shape of a pixel: faxes have more of them across than down."""

from typing import Literal

SQUARE = 1.01  # densities that are as near count as one: PNG rounds 10 dpi by as much as 0.13 %
MOST = 4.0  # times as high or as wide: more makes no sense
METERS_PER_INCH = 0.0254
PER_METER = 1  # unit of a PNG's pHYs
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

    1.0 where nothing is known, or densities differ by 1 % or less, or more than makes sense: of
    (204, 98), a fax, 0.48; of (300, 299) and of (300, 72) 1.0.
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
    """Return the least size of the true shape, in square pixels, with no fewer pixels a side."""
    if aspect < 1:
        return width, round(height / aspect)
    return round(width * aspect), height


def dpi_after(dpi: Dpi | None, scale: float, *, keeps_size: bool) -> Dpi | None:
    """Return the density after a reduction by `scale`; None would be a size nobody asked for.

    `keeps_size` means that it is to have the same size on paper.
    """
    if dpi is None or not (keeps_size or pixel_aspect(dpi) != 1):
        return None
    scaled = dpi[0] * scale, dpi[1] * scale
    return scaled if min(scaled) >= 1 else None


def dpi_of_png(across: int, down: int) -> Dpi | None:
    """Turn pHYs, pixels per meter, into pixels per inch, whole where PNG would write them so."""
    return (_per_inch(across), _per_inch(down)) if across and down else None


def as_in_png(dpi: Dpi | None) -> Dpi | None:
    """Return a density as a PNG can hold it: rounded to whole pixels a meter."""
    if dpi is None:
        return None
    return dpi_of_png(*per_meter(dpi))


def per_meter(dpi: Dpi) -> tuple[int, int]:
    """Return whole pixels a meter, as PNG counts them."""
    across, down = (int(each / METERS_PER_INCH + 0.5) for each in dpi)
    return across, down


def _per_inch(per_meter: int) -> float:
    exact = per_meter * METERS_PER_INCH
    whole = float(round(exact))
    return whole if int(whole / METERS_PER_INCH + 0.5) == per_meter else exact
