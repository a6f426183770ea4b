"""Which channels of a file that OpenImageIO has opened make the picture, and what they mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from batchquant.errors import ImageError
from batchquant.images.read.linear import Matrix, to_srgb_primaries

# TIFF 6.0, tag 262
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
CICP_SRGB, CICP_LINEAR, CICP_HDR = 13, 8, (16, 18)  # transfers of ITU-T H.273; PQ and HLG
LINEAR_SPACES = ("lin_rec709", "lin_srgb", "linear")
DPX_AS_STORED = frozenset({"User defined", "Undefined", "ITU-R 709-4", "Unspecified video"})
DPX_OF_BROADCAST = frozenset({"ITU-R 601-5 system B or G", "ITU-R 601-5 system M"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is read of a file."""

    channels: tuple[int, ...]  # of the colors, and of alpha as the last one where `mode` has it
    mode: str  # Pillow's: L, LA, RGB, RGBA, CMYK or LAB
    icc_profile: bytes | None = None  # what its colors mean
    is_linear: bool = False  # whether they are linear light
    to_srgb_primaries: Matrix | None = None  # for light of other primaries
    is_inverted: bool = False  # whether white is zero
    is_premultiplied: bool = False  # whether colors are multiplied by alpha
    is_hdr: bool = False  # beyond the standard range; its profile brings it there
    notes: tuple[str, ...] = ()  # what was left out

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is opacity."""
        return self.mode in {"LA", "RGBA"}

    @property
    def is_raw(self) -> bool:
        """Whether OpenImageIO is to leave the colors alone: it knows neither Lab nor profiles."""
        return self.mode in {"CMYK", "LAB"}


def choose(kind: str, spec: Any) -> Chosen:
    """Choose the channels of a frame by its ImageSpec.

    Raises ImageError if they would not come out as a person sees them.
    """
    if spec.depth > 1:
        raise ImageError(f"unreadable: {kind} of a volume of {spec.depth} layers")
    chooser = {"TIFF": _tiff, "EXR": _exr, "JXL": _jxl, "DPX": _dpx}.get(kind, _plain)
    return chooser(spec)


def _tiff(spec: Any) -> Chosen:
    photometric = spec.get_int_attribute("tiff:PhotometricInterpretation", -1)
    profile = _profile(spec)
    bits = spec.get_int_attribute("oiio:BitsPerSample")
    if 16 < bits < 32:  # OpenImageIO, tifffile and ImageMagick each take another byte for the first
        raise ImageError(f"unreadable: TIFF of {bits} bits a channel, in no order that is sure")
    if photometric in {CMYK, LAB}:
        n, mode = (4, "CMYK") if photometric == CMYK else (3, "LAB")
        if bits not in {8, 16}:
            raise ImageError(f"unreadable: TIFF of {mode} in other than 8 or 16 bits")
        # What was opened for RGB tells of three channels, whatever there are.
        n_left = max(0, spec.nchannels - n)
        return Chosen(tuple(range(n)), mode, profile, notes=_left_out(n_left))
    if photometric not in {WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR}:
        raise ImageError(f"unreadable: TIFF of photometric interpretation {photometric}")
    n_colors = 1 if photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO} else 3
    n_left = spec.nchannels - n_colors - (spec.alpha_channel >= n_colors)
    if spec.nchannels < n_colors or (n_colors == 1 and n_left > 1):
        raise ImageError(
            f"unreadable: TIFF with {spec.nchannels} channels, expected {n_colors} of color"
        )
    channels, mode = _with_alpha(tuple(range(n_colors)), spec.alpha_channel)
    return Chosen(
        channels,
        mode,
        profile,
        # It inverts 8 bits and fewer by itself.
        is_inverted=photometric == WHITE_IS_ZERO and str(spec.format) != "uint8",
        is_premultiplied=not spec.get_int_attribute("oiio:UnassociatedAlpha"),
        notes=_left_out(n_left),
    )


def _exr(spec: Any) -> Chosen:
    """Choose R, G and B, or Y, or else the first layer that has colors."""
    names = [name.upper() for name in spec.channelnames]
    prefixes = dict.fromkeys(name.rpartition(".")[0] for name in names)
    for prefix in sorted(prefixes, key=bool):
        place = f"{prefix}." if prefix else ""
        colors = [names.index(place + name) for name in "RGB" if place + name in names]
        if len(colors) != 3:
            if f"{place}Y" not in names:
                continue
            if {f"{place}RY", f"{place}BY"} & set(names):
                raise ImageError("unreadable: EXR of luminance and chroma")
            colors = [names.index(f"{place}Y")]
        if str(spec.format) not in {"half", "float"}:
            raise ImageError("unreadable: EXR of whole numbers, which are no light")
        alpha = names.index(f"{place}A") if f"{place}A" in names else -1
        channels, mode = _with_alpha(tuple(colors), alpha)
        matrix, notes = None, _left_out(len(names) - len(channels))
        told = spec.getattribute("chromaticities")
        if told is not None and len(colors) == 3:
            matrix = to_srgb_primaries(np.ravel(told).tolist())
        if prefix:
            notes = (f"layer {spec.channelnames[colors[0]].rpartition('.')[0]} shown", *notes)
        return Chosen(
            channels,
            mode,
            is_linear=True,
            to_srgb_primaries=matrix,
            is_premultiplied=True,
            notes=notes,
        )
    raise ImageError(f"unreadable: EXR without colors, only {', '.join(spec.channelnames)}")


def _jxl(spec: Any) -> Chosen:
    space = spec.get_string_attribute("ICCProfile:color_space")
    if space not in {"", "Gray", "RGB"}:
        raise ImageError(f"unreadable: JXL of the color space {space}")
    n_colors = 1 if space == "Gray" or spec.nchannels < 3 else 3
    alpha = spec.alpha_channel
    if n_colors == 1 and spec.nchannels == 2:  # it calls them R and G
        alpha = 1
    channels, mode = _with_alpha(tuple(range(n_colors)), alpha)
    primaries, transfer = (*(spec.getattribute("CICP") or ()), 2, 2)[:2]
    is_srgb = primaries in {0, 1} and transfer in {CICP_SRGB, CICP_LINEAR}
    return Chosen(
        channels,
        mode,
        None if is_srgb else _profile(spec),
        is_linear=is_srgb and transfer == CICP_LINEAR,
        is_hdr=transfer in CICP_HDR,
        notes=_left_out(spec.nchannels - len(channels)),
    )


def _dpx(spec: Any) -> Chosen:
    transfer = spec.get_string_attribute("dpx:Transfer")
    if transfer not in DPX_AS_STORED | DPX_OF_BROADCAST | {"Linear"}:
        raise ImageError(f"unreadable: DPX of transfer {transfer!r}")
    plain = _plain(spec)
    return Chosen(plain.channels, plain.mode, is_linear=transfer == "Linear", notes=plain.notes)


def _plain(spec: Any) -> Chosen:
    """Choose by the names of the channels."""
    names = tuple(spec.channelnames)
    colors = (0, 1, 2) if names[:3] == ("R", "G", "B") else (0,) if names[0] == "Y" else ()
    if not colors:
        raise ImageError(f"unreadable: no colors, only {', '.join(names)}")
    channels, mode = _with_alpha(colors, spec.alpha_channel)
    is_linear = spec.get_string_attribute("oiio:ColorSpace").startswith(LINEAR_SPACES)
    return Chosen(channels, mode, is_linear=is_linear, notes=_left_out(len(names) - len(channels)))


def _with_alpha(colors: tuple[int, ...], alpha: int) -> tuple[tuple[int, ...], str]:
    mode = "L" if len(colors) == 1 else "RGB"
    return ((*colors, alpha), f"{mode}A") if alpha >= 0 else (colors, mode)


def _left_out(n: int) -> tuple[str, ...]:
    return (f"{n} more channel{'s' if n > 1 else ''} left out",) if n > 0 else ()


def _profile(spec: Any) -> bytes | None:
    profile = spec.getattribute("ICCProfile")
    return None if profile is None else bytes(profile)
