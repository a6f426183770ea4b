"""A picture in few colors → the bytes of its files."""

from collections.abc import Container, Iterable, Mapping
from pathlib import Path, PurePosixPath

from batchquant.errors import ImageError
from batchquant.files import publish_output, why_blocked
from batchquant.files.digests import digest_of
from batchquant.files.layout import RUN_FOLDER
from batchquant.formats.palette_text import to_gpl, to_hex, to_json
from batchquant.formats.pdf import encode_pdf
from batchquant.formats.png import encode_flattened_png, encode_png
from batchquant.formats.swatch import draw_swatch
from batchquant.images.read.color_profile import colors_in_profile, colors_to_srgb
from batchquant.images.read.picture import Picture
from batchquant.plan.records import Settings, Variant
from batchquant.quantization import Quantized


def make_files(
    variant: Variant, found: Quantized, picture: Picture, settings: Settings
) -> dict[str, bytes]:
    """Encode all files of a variant.

    Parameters
    ----------
    variant : Variant
        Which are wanted.
    found : Quantized
        What they show.
    picture : Picture
        The source; its pixels play no part.
    settings : Settings
        Of the job.

    Returns
    -------
    dict
        Contents by kind, as in `Variant.outputs`.
    """
    png = _make_png(found, picture)
    contents = {}
    for kind, path in variant.outputs.items():
        if kind == "png":
            contents[kind] = png
        elif kind == "pdf":
            contents[kind] = _make_pdf(png, found, picture, settings)
        else:
            name = PurePosixPath(path).stem
            contents[kind] = _make_palette_file(kind, name, found, picture.icc_profile)
    return contents


def refuse_places(paths: Iterable[str], output: Path, ours: Container[str]) -> None:
    """See to it that files can stand in their places, before anything is made for them.

    Raises
    ------
    ImageError
        If something is in the way of one; begins with ``blocked``.
    """
    for path in paths:
        if reason := why_blocked(output, path, may_replace=path in ours):
            raise ImageError(reason)


def publish_files(
    contents: dict[str, bytes], outputs: Mapping[str, str], output: Path, ours: Container[str]
) -> tuple[dict[str, tuple[int, bytes]], bool]:
    """Write files; those in the folder `RUN_FOLDER` are ours in any case.

    Parameters
    ----------
    contents : dict
        By kind.
    outputs : mapping of str to str
        Where each kind goes, relative to the output folder.
    output : pathlib.Path
        The output folder.
    ours : container of str
        Paths whose files may be replaced.

    Returns
    -------
    files : dict
        Size and digest of each kind.
    was_there : bool
        Whether one of them was there already, though it is not ours: we wrote it, and forgot.

    Raises
    ------
    ImageError
        If something is in the way of a file; begins with ``blocked``.
    StorageError
        If a file cannot be written.
    """
    was_there = False
    for kind, content in contents.items():
        path = outputs[kind]
        may_replace = path in ours or path.startswith(f"{RUN_FOLDER}/")
        was_there |= publish_output(output, path, content, may_replace=may_replace)
    files = {kind: (len(content), digest_of(content)) for kind, content in contents.items()}
    return files, was_there


def _make_png(found: Quantized, picture: Picture) -> bytes:
    """Encode a picture with the alpha, color profile and dpi of its source."""
    return encode_png(
        found.indices,
        found.palette,
        alpha=picture.alpha,
        icc_profile=picture.icc_profile,
        dpi=picture.dpi,
    )


def _make_pdf(png: bytes, found: Quantized, picture: Picture, settings: Settings) -> bytes:
    """Encode the same pixels; `png`, from `_make_png`, is taken as it is where it is opaque."""
    if picture.alpha is not None:
        (background,) = colors_in_profile([settings.background], picture.icc_profile)
        png = encode_flattened_png(
            found.indices, found.palette, picture.alpha, background, dpi=picture.dpi
        )
    return encode_pdf(png, settings.dpi, icc_profile=picture.icc_profile)


def _make_palette_file(kind: str, name: str, found: Quantized, icc_profile: bytes | None) -> bytes:
    """Encode a palette as one of the job's ``palette_files``, under a name, in sRGB."""
    shown = colors_to_srgb(found.palette, icc_profile)
    if kind == "swatch":
        return draw_swatch(shown, found.counts)
    colors = shown.tolist()
    if kind == "gpl":
        return to_gpl(name, colors).encode()
    if kind == "hex":
        return to_hex(colors).encode()
    stored = found.palette.tolist() if icc_profile else None
    return to_json(colors, found.counts.tolist(), found.unit, stored).encode()
