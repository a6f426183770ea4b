"""OpenImageIO, given bytes: opening a file in memory, reading its samples band by band.

It has no reader for bytes, and is not shown a path of the user's, which it would take for an order
(``a.null`` opens as a picture): it gets a nameless file. It chooses its reader by itself. So a file
comes here only if it begins as one of `READERS` does, and then the reader is looked at.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchquant.errors import ImageError
from batchquant.images.read.formats import OPENIMAGEIO, needs
from batchquant.images.read.jxl import lengthened
from batchquant.images.read.plain_words import in_plain_words

READERS = {
    "TIFF": "tiff",
    "JXL": "jpegxl",
    "EXR": "openexr",
    "HDR": "hdr",
    "DPX": "dpx",
}
"""Its readers, by the format. Left out are those for what Pillow or we read ourselves (of BMP it
misreads masks of 32 bits, of PSD it refuses many), for measurements and for textures."""

LEAST_BYTES = 128  # it does not recognize a JPEG XL of fewer
SAMPLES_AT_A_TIME = 2**21
MAX_ROWS = 256  # at a time, and a multiple of 16: as many as an EXR compresses together


class NotOpenedError(ImageError):
    """A file whose header it cannot read, or that it is not there to read."""


@contextmanager
def opened(source: bytes, kind: str, number: int, *, is_raw: bool = False) -> Iterator[Any]:
    """Lend the reader of a file in memory, at a picture of it, counted from 0.

    Alpha is not multiplied into colors; orientation is left alone; and colors stay as they are
    stored if `is_raw`, as CMYK and Lab are to be. Raises ImageError if the file cannot be opened.
    """
    try:
        import OpenImageIO as oiio  # noqa: N813
    except ImportError as error:
        raise NotOpenedError(needs(OPENIMAGEIO, f"this {kind}")) from error
    oiio.attribute("threads", 1)
    oiio.attribute("exr_threads", 1)
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    config.attribute("oiio:RawColor", int(is_raw))
    content = lengthened(source, LEAST_BYTES) if kind == "JXL" else source
    with _nameless(content) as path:
        reader = oiio.ImageInput.open(path, config)
        oiio.geterror()  # forgotten, else it is printed in the end
        if reader is None or reader.format_name() != READERS[kind]:
            raise NotOpenedError(f"unreadable: a damaged {kind} file, or of an unknown kind")
        try:
            if not reader.seek_subimage(number, 0):
                raise NotOpenedError(f"unreadable: {kind} whose picture {number} is damaged")
            yield reader
        finally:
            reader.close()


@contextmanager
def _nameless(source: bytes) -> Iterator[str]:
    """Lend bytes a path that tells nothing and is gone with this process."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("picture"), "wb", 0) as stream:
            _write(stream, source)
            yield f"/proc/self/fd/{stream.fileno()}"
    else:  # /dev/fd would share one position among all who open it
        with tempfile.NamedTemporaryFile() as stream:
            _write(stream, source)
            stream.flush()
            yield stream.name


def _write(stream: Any, content: bytes) -> None:
    rest = memoryview(content)
    while rest:  # Linux takes 2 GB at a time
        rest = rest[stream.write(rest) :]


NAMES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "uint": "uint32",
    "int": "int32",
}


def dtype_of(spec: Any) -> np.dtype[Any]:
    """Return the type of the samples as `bands` yields them: the widest of all channels."""
    name = str(spec.format)
    return np.dtype(NAMES.get(name, name))


def bands(reader: Any, channels: Sequence[int]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Read channels of a picture: number of the first row and samples, some rows at a time.

    Samples are as they are stored, but whole numbers fill their type. Raises ImageError if the file
    is damaged.
    """
    spec = reader.spec()
    begin, end = min(channels), max(channels) + 1
    step = SAMPLES_AT_A_TIME // max(1, spec.width * (end - begin)) // 16 * 16
    step = min(MAX_ROWS, max(16, step))
    if spec.tile_height:
        step = -(-step // spec.tile_height) * spec.tile_height
    where = (reader.current_subimage(), 0)
    order = [channel - begin for channel in channels]
    for top in range(0, spec.height, step):
        rows = (spec.y + top, spec.y + min(top + step, spec.height))
        if spec.tile_height:
            columns = (spec.x, spec.x + spec.width)
            band = reader.read_tiles(*where, *columns, *rows, 0, 1, begin, end, spec.format)
        else:
            band = reader.read_scanlines(*where, *rows, 0, begin, end, spec.format)
        told = reader.geterror()
        if band is None or told:  # it hands on what libraries call a warning: data are missing
            raise ImageError(f"unreadable: {in_plain_words(_first_line(told))}")
        yield top, band[..., order]


def _first_line(told: str) -> str:
    """Return what OpenImageIO says, without the path that we have made up."""
    return told.strip().partition("\n")[0].partition(' ("/')[0]
