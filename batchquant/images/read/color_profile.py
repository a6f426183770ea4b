"""What colors mean: what is carried on as a profile (ICC), what is converted to sRGB."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.to_srgb import ToSrgb
from batchquant.quantization.color import Color

Colors = NDArray[np.uint8]

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
BY_OWN_PROFILE = {"CMYK": ("CMYK",), "1": ("L", "RGB"), "L": ("L", "RGB"), "LA": ("L", "RGB")}
"""Color spaces a profile may be of, by the mode of the picture; of other modes it is RGB. Gray
pictures often carry the RGB profile of the program that saved them, which fits them as it is."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The way of a picture's colors to RGB."""

    mode: str  # Pillow's, that pixels are brought to first
    transform: ImageCms.ImageCmsTransform | ToSrgb | None = None  # to sRGB; None: Pillow
    icc_profile: bytes | None = None  # what the RGB pixels then mean; None is sRGB
    notes: tuple[str, ...] = ()  # what a person may not expect

    def apply(self, image: Image.Image) -> Image.Image:
        """Convert a picture, or a band of it, to mode ``RGB``."""
        if image.mode != self.mode:
            image = image.convert(self.mode)
        if self.transform is not None:
            return self.transform.apply(image)
        return image if image.mode == "RGB" else image.convert("RGB")


def plan_conversion(
    mode: str, icc_profile: bytes | None, space: ColorSpace | None = None, *, to_srgb: bool
) -> Conversion:
    """Decide how colors come to RGB, from a mode of 8 bits a channel, with perceptual intent.

    `space` is what numbers in the file say, where it has no profile that fits. CMYK, Lab and what
    is told by numbers always become sRGB; RGB does if `to_srgb`, else its profile is carried on. So
    does gray with a gray profile: that could not go with RGB pixels, and without it a scan of 20 %
    dot gain would come out too dark. A profile that is damaged or of another color space than the
    picture is dropped. One that leads to sRGB and not back is not carried on: no color that a
    person names could be found in it.
    """
    if mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        transform = ImageCms.buildTransform(lab, SRGB, "LAB", "RGB")
        return Conversion("LAB", transform, notes=("Lab converted to sRGB",))
    notes: tuple[str, ...] = ()
    if icc_profile:
        for colors in BY_OWN_PROFILE.get(mode, ("RGB",)):
            try:
                transform = ImageCms.buildTransform(
                    io.BytesIO(icc_profile), SRGB, colors, "RGB", ImageCms.Intent.PERCEPTUAL
                )
            except (ImageCms.PyCMSError, OSError):
                continue
            if colors != "RGB":
                name = "gray" if colors == "L" else colors
                told = f"{name} converted to sRGB through its color profile"
                return Conversion(colors, transform, notes=(told,))
            if to_srgb:
                return Conversion("RGB", transform)
            if _from_srgb(icc_profile) is None:
                told = "converted to sRGB: its color profile leads there, and not back"
                return Conversion("RGB", transform, notes=(told,))
            return Conversion("RGB", icc_profile=icc_profile)
        notes = ("color profile ignored: it is damaged or does not fit the picture",)
    if space is not None and not space.is_srgb:
        how = "mapped to the standard range of" if space.is_hdr else "converted to"
        return Conversion("RGB", ToSrgb(space), notes=(*notes, f"{space.name} {how} sRGB"))
    if mode == "CMYK":
        notes = (*notes, "CMYK converted without a color profile")
    return Conversion("RGB", notes=notes)


@lru_cache(64)  # a folder knows few profiles, and each takes some ms
def leads_one_way(icc_profile: bytes) -> bool:
    """Tell whether an RGB profile leads to sRGB and not back: its picture becomes sRGB."""
    if _from_srgb(icc_profile) is not None:
        return False
    return plan_conversion("RGB", icc_profile, to_srgb=True).transform is not None


def colors_to_srgb(colors: Colors, icc_profile: bytes | None) -> Colors:
    """Return what colors (N, 3) under an RGB profile are in sRGB, in the same order."""
    if icc_profile is None or not len(colors):
        return colors
    conversion = plan_conversion("RGB", icc_profile, to_srgb=True)
    shown: Colors = np.asarray(conversion.apply(Image.fromarray(colors[np.newaxis])))[0]
    return shown


def colors_in_profile(srgb_colors: Sequence[Color], icc_profile: bytes | None) -> tuple[Color, ...]:
    """Return the RGB values that mean sRGB colors under an RGB profile, each once."""
    return tuple(dict.fromkeys(each_in_profile(srgb_colors, icc_profile)))


def each_in_profile(srgb_colors: Sequence[Color], icc_profile: bytes | None) -> tuple[Color, ...]:
    """Return the same, one value for each color."""
    transform = _from_srgb(icc_profile) if icc_profile else None
    if transform is None or not srgb_colors:
        return tuple(srgb_colors)
    colors = Image.fromarray(np.array([srgb_colors], np.uint8))
    found = np.asarray(transform.apply(colors))[0].tolist()
    return tuple((red, green, blue) for red, green, blue in found)


def _from_srgb(icc_profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """Return the way from sRGB to a profile; None where it has none."""
    try:
        return ImageCms.buildTransform(SRGB, io.BytesIO(icc_profile), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
