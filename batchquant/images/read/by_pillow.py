"""Bytes of an image file → pixels as they are stored, by Pillow."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from numbers import Real

from PIL import ExifTags, Image, ImageFile

from batchquant.errors import ImageError
from batchquant.images.read import depth, gif, jpeg_2000, pcx, png, tga
from batchquant.images.read.animation import Part, lay
from batchquant.images.read.bmp import BitFieldsFile
from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.density import Dpi, if_sensible, pixel_aspect
from batchquant.images.read.frames import frames_left
from batchquant.images.read.loaded import Loaded
from batchquant.images.read.opening import count_frames, open_image, seek_frame
from batchquant.images.read.picture import Reading, too_large
from batchquant.images.read.told_colors import read_profile, read_space
from batchquant.images.read.whole import refuse_if_filled, refuse_if_named_data_is_missing

SIDEWAYS = frozenset({5, 6, 7, 8})  # orientations that swap width and height


def load_by_pillow(source: bytes, reading: Reading, *, is_whole: bool = True) -> Loaded:
    """Load one frame in 8 bits a channel.

    A file that breaks off is refused also where Pillow fills what is missing, if `is_whole`. Raises
    ImageError if the file is too large, or of no format that is read; damage raises whatever Pillow
    does.
    """
    if is_whole:
        refuse_if_named_data_is_missing(source)
    opened = open_image(io.BytesIO(source))
    _refuse_if_too_large(opened, reading)
    if parts := _parts(opened, source, reading.frame):
        return _load_parts(opened, parts, source, reading, is_whole=is_whole)
    image = seek_frame(opened, reading.frame)
    _refuse_if_too_large(image, reading)
    is_tiff = opened.format == "TIFF"
    as_stored = orientation_of(image) if is_tiff else 1  # Pillow turns TIFF while it loads
    mode = image.mode
    rawmode = depth.prepare(image)
    try:
        image.load()
    except OSError:
        plain = tga.without_runs(source) if opened.format == "TGA" else None
        if plain is None:
            raise
        image = open_image(io.BytesIO(plain))
        image.load()
    _refuse_if_too_large(image, reading)  # an icon may be larger than its directory says
    if is_whole:
        refuse_if_filled(opened, reading.frame, image, source)
    if opened.format == "JPEG2000":
        image = jpeg_2000.apply_palette(image, source)
    elif opened.format == "PCX":
        pcx.apply_cga_palette(image, source)
    orientation = orientation_of(image)
    dpi = dpi_of(image)
    if dpi and SIDEWAYS & {as_stored, orientation}:
        dpi = dpi[::-1]
    low = None
    if rawmode in depth.LOW_BYTES:
        low = seek_frame(open_image(io.BytesIO(source)), reading.frame)
        depth.prepare(low, low_bytes=True)
        low.load()
    image, notes = depth.to_8_bits(image, rawmode, low)
    if isinstance(opened, BitFieldsFile) and opened.bits > 8:
        notes = (f"{opened.bits} bits a channel reduced to 8",)
    source_format = "JPEG" if opened.format == "MPO" else str(opened.format)
    notes = (*notes, *_left(source, reading))
    icc_profile, space = _colors(image, source, source_format)
    return Loaded(image, source_format, mode, orientation, icc_profile, dpi, notes, space)


def _parts(opened: ImageFile.ImageFile, source: bytes, frame: int) -> list[Part]:
    """Return what a frame is laid of, where Pillow lays it otherwise than browsers do."""
    if opened.format == "GIF":
        return gif.parts_of_frame(source, frame)
    return png.parts_of_frame(source, frame) if png.is_animated(opened) else []


def _load_parts(
    opened: ImageFile.ImageFile,
    parts: list[Part],
    source: bytes,
    reading: Reading,
    *,
    is_whole: bool,
) -> Loaded:
    alone = replace(reading, frame=0, tells_left=False)
    notes: tuple[str, ...] = ()

    def frames() -> Iterator[tuple[Part, Image.Image]]:
        nonlocal notes
        for part in parts:
            loaded = load_by_pillow(part.source, alone, is_whole=is_whole)
            notes = loaded.notes
            yield part, loaded.image

    image = lay(opened.size, frames())
    mode = opened.mode
    if opened.format == "GIF" and reading.frame:  # as Pillow names what is laid
        mode = "RGBA" if image.getchannel("A").getextrema() != (255, 255) else "RGB"
    source_format, orientation, dpi = str(opened.format), orientation_of(opened), dpi_of(opened)
    icc_profile, space = _colors(opened, source, source_format)
    notes = (*notes, *_left(source, reading))
    return Loaded(image, source_format, mode, orientation, icc_profile, dpi, notes, space)


def _colors(
    image: Image.Image, source: bytes, source_format: str
) -> tuple[bytes | None, ColorSpace | None]:
    """Return what the colors of an image mean: by a profile, or told by numbers."""
    stream = io.BytesIO(source)
    space = read_space(stream, source_format)
    if space is not None and space.beats_profile:
        return None, space
    return image.info.get("icc_profile") or read_profile(stream, source_format), space


def _left(source: bytes, reading: Reading) -> tuple[str, ...]:
    """Say how many other frames there are."""
    n_left = count_frames(open_image(io.BytesIO(source))) - 1 if reading.tells_left else 0
    return frames_left(n_left)


def _refuse_if_too_large(image: Image.Image, reading: Reading) -> None:
    if image.width * image.height > reading.max_pixels:
        raise ImageError(too_large(f"{image.width} x {image.height}", reading.max_pixels))


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation; where the metadata is damaged there is none.

    Pillow would take one of XMP for it, which browsers and other decoders leave alone.
    """
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # as many types as decoding has; the pixels are whole
        return 1
    return orientation if isinstance(orientation, int) else 1


def has_odd_pixels(image: Image.Image) -> bool:
    """Tell whether the pixels of an open image are not square; reads its header only."""
    return pixel_aspect(dpi_of(image)) != 1


def is_turned_by_xmp_alone(image: Image.Image) -> bool:
    """Tell, of an opened image, whether XMP names an orientation, and EXIF none."""
    told = image.info.get("xmp") or str(image.info.get("XML:com.adobe.xmp", "")).encode()
    if not re.search(rb'tiff:Orientation(="|>)[2-8]', told):
        return False
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        of_tiff = getattr(image, "tag_v2", {})
    except Exception:  # damaged metadata names nothing
        return True
    return ExifTags.Base.Orientation not in exif and ExifTags.Base.Orientation not in of_tiff


def dpi_of(image: Image.Image) -> Dpi | None:
    """Return pixels per inch as stored, where what the file states makes sense."""
    if image.format == "PCX":  # usually the size of a screen
        return None
    try:
        horizontal, vertical = map(float, image.info["dpi"])
        if image.format in {"JPEG", "MPO"} and image.info.get("jfif_unit") not in {1, 2}:
            vertical *= _aspect_by_exif(image)
    except Exception:  # nothing, fractions of zero, text, damaged metadata
        return None
    return if_sensible((horizontal, vertical))


def _aspect_by_exif(image: Image.Image) -> float:
    """Return the shape of a pixel: Pillow takes the one density of EXIF for the other, too.

    Where EXIF tells none Pillow says 72; this raises KeyError, then.
    """
    exif = image.getexif()
    across, down = exif[ExifTags.Base.XResolution], exif.get(ExifTags.Base.YResolution)
    if isinstance(across, Real) and isinstance(down, Real):
        return pixel_aspect((float(across), float(down)))
    return 1.0
