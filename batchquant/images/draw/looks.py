"""A picture → how overviews show it: on the page, and on a sheet beside what was made of it."""

from typing import NamedTuple, Self

from batchquant.images.draw.preview import PREVIEW, THUMBNAIL, encode_previews
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
        preview, thumbnail = encode_previews(picture, PREVIEW, THUMBNAIL)
        return cls(Original.of(picture), thumbnail, preview, picture.icc_profile)
