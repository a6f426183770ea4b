"""A place → what lies there, read by its source: what workers need of the room."""

from batchquant.errors import ImageError
from batchquant.sources.registry import source_of
from batchquant.sources.source import Content


def read_source(place: str) -> Content:
    """Read an image file; raises OSError, or ImageError if it is gone or its source is."""
    return source_of(place).read(place)


def stamp_of_source(place: str) -> tuple[object, ...]:
    """Return what tells whether a file is as it was when it was read; nothing if nobody knows."""
    stamp = source_of(place).stamp(place)
    return (place, *stamp) if stamp else ()


def sha256_of_source(place: str) -> str | None:
    """Digest an image file, hexadecimal; None where it cannot be read."""
    try:
        return source_of(place).sha256(place)
    except ImageError:
        return None
