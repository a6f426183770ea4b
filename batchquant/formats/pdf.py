"""PDF: a page of the size of the picture, with the data of its PNG."""

from collections.abc import Mapping
from typing import Any

from batchquant.errors import ImageError
from batchquant.formats.format import Format, Painted
from batchquant.formats.painted import paint_from
from batchquant.formats.png import encode_flattened_png, png_of
from batchquant.images.read.color_profile import colors_in_profile


class Pdf(Format):
    """One page; it shows no transparency."""

    kind, suffix, noun = "pdf", ".pdf", "PDF"
    settings = ("dpi", "background")
    alpha = "none"

    def encode(self, painted: Painted, name: str, settings: Mapping[str, Any]) -> bytes:
        """Put the PNG onto a page, laid onto the background where it is not opaque."""
        from batchquant.formats.pdf_page import encode_pdf  # late: pikepdf takes 0.15 s to load

        profile = painted.icc_profile
        if painted.alpha is None:
            png = png_of(painted)
        else:
            (background,) = colors_in_profile([settings["background"]], profile)
            png = encode_flattened_png(
                painted.indices, painted.palette, painted.alpha, background, dpi=painted.dpi
            )
        return encode_pdf(png, settings["dpi"], icc_profile=profile)

    def is_exact(self, painted: Painted) -> bool:
        """Tell whether there is nothing but opaque colors: a page tells no more."""
        return painted.alpha is None and painted.icc_profile is None and painted.dpi is None

    def read(self, content: bytes) -> Painted:
        """Read the picture of the page."""
        from batchquant.formats.read_pdf import decode_pdf

        try:
            return paint_from(decode_pdf(content))
        except ImageError as error:
            raise ValueError(f"damaged: {error}") from error
