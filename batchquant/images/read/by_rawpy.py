"""Bytes of camera RAW → the picture that they develop to, by rawpy (LibRaw)."""

import io

from PIL import Image

from batchquant.errors import ImageError
from batchquant.images.read.camera_raw import is_cut_off
from batchquant.images.read.formats import RAWPY, is_installed, needs
from batchquant.images.read.frames import no_such_frame
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.picture import Reading, too_large

SRGB_CURVE = (2.4, 12.92)  # power and slope of IEC 61966-2-1; LibRaw's default is BT.709's
DEVELOPED = "camera RAW developed with camera white balance"
BY_DAYLIGHT = "camera RAW developed with daylight white balance: it states none"


def load_by_rawpy(source: bytes, reading: Reading) -> Loaded:
    """Develop camera RAW in full size, to sRGB with 8 bits a channel; it is upright already.

    White balance is the camera's, demosaicing LibRaw's default (AHD), clipped light is white.
    Brightness is that of the light measured, as OpenImageIO has it: of a series of exposures each
    looks as it was exposed. LibRaw's own brightening, until 1 % of the pixels are white, is off, as
    are the curves of camera makers, so that a picture may be darker than the JPEG beside it. The
    white level is still lowered to the brightest pixel, by a quarter at most (LibRaw's default):
    sensors are full earlier than some files say, and highlights would be pink.

    What is cut off is refused, whatever `reading` accepts: LibRaw gives back nothing of it, or a
    black picture. Raises ImageError, too, if the file is too large, damaged, or of a kind that
    LibRaw does not know, or if rawpy is not installed; MemoryError if there is not enough.
    """
    if not is_installed(RAWPY):
        raise ImageError(needs(RAWPY, "camera RAW"))
    if reading.frame:
        raise no_such_frame(1, reading.frame)
    if is_cut_off(source):
        raise ImageError("unreadable: camera RAW that ends too early: its data goes beyond its end")
    import rawpy  # loads a large library, which most runs do not need

    try:
        with rawpy.imread(io.BytesIO(source)) as raw:
            width, height = raw.sizes.width, raw.sizes.height
            if width * height > reading.max_pixels:  # nothing is unpacked yet
                raise ImageError(too_large(f"{width} x {height}", reading.max_pixels))
            by_camera = raw.camera_whitebalance[0] > 0
            is_mosaic = raw.raw_type == rawpy.RawType.Flat and raw.num_colors > 1
            developed = raw.postprocess(
                use_camera_wb=by_camera,
                no_auto_bright=True,
                output_color=rawpy.ColorSpace.sRGB,
                gamma=SRGB_CURVE,
                output_bps=8,
            )
    except rawpy.LibRawUnsufficientMemoryError:
        raise MemoryError from None
    except rawpy.LibRawError as error:
        (why,) = error.args or (b"",)
        told = why.decode(errors="replace") if isinstance(why, bytes) else why
        raise ImageError(
            f"unreadable: camera RAW that is damaged, or that LibRaw does not read: {told}"
        ) from error
    if developed.shape[2] == 1:
        developed = developed[..., 0]
    image = Image.fromarray(developed)
    mode = "CFA" if is_mosaic else image.mode
    return Loaded(image, "RAW", mode, 1, None, None, (DEVELOPED if by_camera else BY_DAYLIGHT,))
