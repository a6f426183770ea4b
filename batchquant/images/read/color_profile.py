"""What colors mean: what is carried on as a profile (ICC), what is converted to sRGB."""

import io
from dataclasses import dataclass

from PIL import Image, ImageCms

from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.to_srgb import ToSrgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
BY_OWN_PROFILE = {"CMYK": ("CMYK",), "1": ("L", "RGB"), "L": ("L", "RGB"), "LA": ("L", "RGB")}
"""Color spaces a profile may be of, by the mode of the picture; of other modes it is RGB. Gray
pictures often carry the RGB profile of the program that saved them, which fits them as it is."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The way of a picture's colors to RGB.

    Attributes
    ----------
    mode : str
        Pillow's mode that pixels are brought to first.
    transform : PIL.ImageCms.ImageCmsTransform, ToSrgb or None
        From there to sRGB; None leaves it to Pillow, which knows nothing of profiles.
    icc_profile : bytes or None
        What the RGB pixels then mean; None is sRGB.
    notes : tuple of str
        What was done that a person may not expect.
    """

    mode: str
    transform: ImageCms.ImageCmsTransform | ToSrgb | None = None
    icc_profile: bytes | None = None
    notes: tuple[str, ...] = ()

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
    """Decide how colors come to RGB.

    Parameters
    ----------
    mode : str
        Pillow's mode of the picture, of 8 bits a channel.
    icc_profile : bytes or None
        The profile embedded in the file.
    space : ColorSpace or None
        What numbers in the file say, where it has no profile that fits.
    to_srgb : bool
        Whether RGB colors are converted, too; else their profile is carried on.

    Returns
    -------
    Conversion
        With perceptual intent.

    Notes
    -----
    CMYK, Lab and what is told by numbers always become sRGB. So does gray with a gray profile: that
    could not go with RGB pixels, and without it a scan of 20 % dot gain would come out too dark. A
    profile that is damaged or of another color space than the picture is dropped.
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
            return Conversion("RGB", icc_profile=icc_profile)
        notes = ("color profile ignored: it is damaged or does not fit the picture",)
    if space is not None and not space.is_srgb:
        how = "mapped to the standard range of" if space.is_hdr else "converted to"
        return Conversion("RGB", ToSrgb(space), notes=(*notes, f"{space.name} {how} sRGB"))
    if mode == "CMYK":
        notes = (*notes, "CMYK converted without a color profile")
    return Conversion("RGB", notes=notes)


def color_in_profile(
    srgb_color: tuple[int, int, int], icc_profile: bytes | None
) -> tuple[int, int, int]:
    """Return the RGB values that mean an sRGB color under a profile.

    Parameters
    ----------
    srgb_color : tuple of int
        0-255.
    icc_profile : bytes or None
        An RGB profile; None is sRGB.

    Returns
    -------
    tuple of int
        0-255; as they came where the profile knows only the way to sRGB.
    """
    if icc_profile is None:
        return srgb_color
    try:
        transform = ImageCms.buildTransform(SRGB, io.BytesIO(icc_profile), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError):
        return srgb_color
    red, green, blue = transform.apply(Image.new("RGB", (1, 1), srgb_color)).tobytes()
    return red, green, blue
