"""A picture → how overviews show it: on the page, and on a sheet beside what was made of it."""

from typing import NamedTuple, Self

from batchquant.images.draw.preview import PREVIEW, THUMBNAIL, encode_preview
from batchquant.images.draw.sheet import Original
from batchquant.images.read.picture import Picture


class Looks(NamedTuple):
    """A picture, small."""

    original: Original
    thumbnail: bytes
    preview: bytes
    icc_profile: bytes | None  # of the picture itself

    @classmethod
    def of(cls, picture: Picture) -> Self:
        """Make a picture small."""
        return cls(
            Original.of(picture),
            encode_preview(picture, THUMBNAIL),
            encode_preview(picture, PREVIEW),
            picture.icc_profile,
        )
