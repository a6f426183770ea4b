"""Which decoder reads a file: Pillow, or who is asked where Pillow does not know it."""

from PIL import Image

from batchquant.errors import TOO_LARGE, ImageError
from batchquant.images.read.bmp_rare import rewritten
from batchquant.images.read.by_pillow import load_by_pillow
from batchquant.images.read.foreign import SIGNATURE_BYTES, kind_of
from batchquant.images.read.heif_size import heif_size
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.picture import Reading, raise_if_too_large
from batchquant.images.read.png_repair import DAMAGED, without_metadata
from batchquant.images.read.whole import BrokenOffError

MAX_AVIF = 2**28  # pixels; as libavif has it
TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def load(source: bytes, reading: Reading, *, is_whole: bool = True) -> Loaded:
    """Load one frame by whoever reads the file; `is_whole` as in `load_by_pillow`.

    Raises ImageError with the reason of the decoder that knows most of the file; damage raises
    whatever Pillow does.
    """
    kind = kind_of(source[:SIGNATURE_BYTES])
    if kind == "PSD":
        from batchquant.images.read.psd import load_psd  # most runs do without, and start sooner

        return load_psd(source, reading)
    if kind is not None:
        from batchquant.images.read.by_openimageio import load_by_openimageio

        return load_by_openimageio(source, reading, kind)
    try:
        return load_by_pillow(source, reading, is_whole=is_whole)
    except (Image.DecompressionBombError, MemoryError, BrokenOffError):
        raise
    except Exception as error:
        if str(error).startswith(TOO_LARGE):
            raise
        if size := heif_size(source):
            raise_if_too_large(*size, reading.max_pixels)
            if size[0] * size[1] > MAX_AVIF:
                told = f"unreadable: {size[0]} x {size[1]} pixels, more than its decoder takes"
                raise ImageError(told) from None
        loaded = _rewritten(source, reading) or _by_openimageio(source, reading, error)
        if loaded is None:
            raise
        return loaded


def _rewritten(source: bytes, reading: Reading) -> Loaded | None:
    """Load a picture that Pillow reads in another form: without metadata, or by another header."""
    notes: tuple[str, ...] = (DAMAGED,)
    picture = None if reading.frame else without_metadata(source)
    if picture is None:
        picture, notes = rewritten(source), ()
    if picture is None:
        return None
    try:
        loaded = load_by_pillow(picture, reading)
    except (Image.DecompressionBombError, MemoryError):
        raise
    except Exception as error:
        if str(error).startswith(TOO_LARGE):
            raise
        return None  # it is not only that; the first reason stands
    loaded.notes = (*notes, *loaded.notes)
    return loaded


def _by_openimageio(source: bytes, reading: Reading, error: Exception) -> Loaded | None:
    """Load what Pillow has refused with an error; None where that is all there is to say."""
    if not source.startswith(TIFF_SIGNATURES):
        return None
    from batchquant.images.read.by_openimageio import load_by_openimageio
    from batchquant.images.read.openimageio import NotOpenedError

    try:
        return load_by_openimageio(source, reading, "TIFF")
    except NotOpenedError:
        return None
    except ImageError as refusal:
        # Who could not read the header knows less of it than who could.
        if isinstance(error, ImageError) or str(refusal).startswith(TOO_LARGE):
            raise refusal from None
        return None
