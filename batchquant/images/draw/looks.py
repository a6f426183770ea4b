"""A picture → how overviews show it: on the page, and on a sheet beside what was made of it."""

from typing import NamedTuple, Self

from PIL import Image

from batchquant.images.draw.card import encode_card
from batchquant.images.draw.preview import as_seen, encode_preview, reduce_to
from batchquant.images.draw.sheet import Original
from batchquant.images.draw.sizes import CARD, PREVIEW, SMALL, THUMBNAIL
from batchquant.images.read.picture import Picture


class Looks(NamedTuple):
    """A picture, small."""

    original: Original
    thumbnail: bytes
    preview: bytes
    small: Image.Image | None  # the same, to the pixel: RGB, of a picture within `SMALL`
    reduced: Image.Image  # within `CARD`, of mode RGB or RGBA, its colors as in the picture
    scale: float  # of that, beside the picture
    icc_profile: bytes | None  # of the picture itself

    @classmethod
    def of(cls, picture: Picture) -> Self:
        """Make a picture small."""
        profile = picture.icc_profile
        preview, thumbnail, reduced = reduce_to(picture, PREVIEW, THUMBNAIL, CARD)
        shown = encode_preview(preview, profile)
        is_small = max(picture.pixels.shape[:2]) <= SMALL
        return cls(
            Original.of(picture),
            shown if thumbnail is preview else encode_preview(thumbnail, profile),
            shown,
            as_seen(preview, profile) if is_small else None,
            reduced,
            max(reduced.size) / max(picture.true_size),
            profile,
        )

    def card(self, blur: float) -> bytes:
        """Return what a browser paints in a few colors; `blur` in pixels of the picture."""
        softened, is_whole = blur * self.scale, self.scale >= 1
        return encode_card(self.reduced, self.icc_profile, softened, is_whole=is_whole)
