"""Every source of pictures, by the scheme of its places: built in, or from an extension."""

from functools import cache

from batchquant.errors import UNREADABLE, ImageError
from batchquant.extensions import load_extensions
from batchquant.sources.local import LocalFolder
from batchquant.sources.s3 import S3Bucket
from batchquant.sources.source import Source, scheme_of

BUILT_IN: tuple[type[Source], ...] = (LocalFolder, S3Bucket)


@cache
def sources() -> dict[str, Source]:
    """Return all sources by scheme; that of paths is empty."""
    found = [made() for made in (*BUILT_IN, *load_extensions(Source))]
    return {each.scheme: each for each in found}


def source_of(place: str) -> Source:
    """Return the source that knows a place; raises ImageError where it is not installed."""
    scheme = scheme_of(place)
    source = sources().get(scheme)
    if source is None:
        raise ImageError(f"{UNREADABLE}no source of {scheme}:// is installed")
    return source
