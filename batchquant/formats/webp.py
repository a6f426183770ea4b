"""WebP, lossless."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import IFDRational

from batchquant.formats.format import Format, Painted
from batchquant.formats.raster import full_image
from batchquant.images.read.density import Dpi, dpi_of_png, per_meter

CENTIMETERS = 3  # in EXIF: a hundredth of the pixels a meter is exact
METHOD, QUALITY = 4, 25
"""How hard libwebp tries. On three photographs of Kodak in 8, 64 and 256 colors: 0.83 to 0.97 of
the PNG's size, in two to eight times its time (0.05 to 0.14 s each). Quality 75 took twice as long
for as much (0.86 to 1.04), 100 four times for 2 % less; method 6 with it 10 to 18 s for 10 % less.
"""


class Webp(Format):
    """Holds all of a picture; dpi as EXIF."""

    kind, suffix, noun = "webp", ".webp", "WebP"
    max_side = 16_383
    pillow = "WEBP"
    is_shown_by_browsers = True
    bytes_per_pixel = 50  # by the peak on 20 megapixels of 1,000 colors with soft alpha: 47
    seconds_per_megapixel = 0.35

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Encode as RGB or RGBA: libwebp finds the palette itself."""
        stream = io.BytesIO()
        full_image(painted.indices, painted.palette, painted.alpha).save(
            stream,
            "WEBP",
            lossless=True,
            exact=True,  # hidden pixels stay black, and are not what compresses well
            method=METHOD,
            quality=QUALITY,
            icc_profile=painted.icc_profile,
            exif=b"" if painted.dpi is None else _exif_of(painted.dpi),
        )
        return stream.getvalue()

    def is_exact(self, painted: Painted) -> bool:
        """Say yes: it holds all there is."""
        return True

    def read(self, content: bytes) -> Painted:
        """Read any WebP of `encode`."""
        from batchquant.formats.written import read_by_pillow  # it knows the registry

        return read_by_pillow(content, "WEBP", _dpi_of)


def _exif_of(dpi: Dpi) -> bytes:
    across, down = per_meter(dpi)
    exif = Image.Exif()
    exif[Base.XResolution] = IFDRational(across, 100)
    exif[Base.YResolution] = IFDRational(down, 100)
    exif[Base.ResolutionUnit] = CENTIMETERS
    return exif.tobytes()


def _dpi_of(image: Image.Image) -> Dpi | None:
    exif = image.getexif()
    if Base.XResolution not in exif:
        return None
    across, down = (round(100 * float(exif[tag])) for tag in (Base.XResolution, Base.YResolution))
    return dpi_of_png(across, down)
