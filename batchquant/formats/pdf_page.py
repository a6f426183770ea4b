"""A PNG → a PDF of one page that holds the PNG's own data."""

import io
import struct
import zlib
from collections.abc import Sequence

import pikepdf
from PIL import Image

from batchquant.formats.png_stream import INDEXED, RGB
from batchquant.images.draw.canvas import Text
from batchquant.images.draw.hidden_text import HiddenFont
from batchquant.images.read.density import (
    PER_METER,
    USUAL_DPI,
    Dpi,
    PageDpi,
    dpi_of_png,
    pixel_aspect,
)

POINTS_PER_INCH = 72
MIN_SIDE, MAX_SIDE = 3, 14_400  # points a page's side may have (ISO 32000-1, annex C.2)


def encode_pdf(
    png: bytes, dpi: PageDpi, *, icc_profile: bytes | None = None, texts: Sequence[Text] = ()
) -> bytes:
    """Put a PNG onto a page of its size and shape.

    The compressed pixels are copied, not decoded: PDF's FlateDecode with a PNG predictor reads
    exactly what PNG's IDAT holds. So the pixels are the same and the file is under 1 kB larger,
    not counting a profile.

    Parameters
    ----------
    png : bytes
        A PNG file, indexed or RGB, not interlaced, without transparency: one of `encode_png`.
    dpi : float or ``source``
        Pixels per inch across the paper, > 0, or those that the PNG tells, else 150; lowered where
        a side of the page would be under 3 points, raised where one would pass 14,400. A strip too
        thin for both stands on a wider page. How many there are down the paper follows from the
        PNG, where it tells of pixels that are not square.
    icc_profile : bytes, optional
        Profile that the colors are to be shown by, of an RGB space. The PNG's own is not read.
    texts : sequence of Text
        What is written in the picture, of square pixels, laid over it invisibly, so that it can be
        searched for and copied.

    Returns
    -------
    bytes
        A PDF file without clock or file name: the same arguments give the same bytes.

    Raises
    ------
    ValueError
        If the PNG is neither indexed nor RGB, or has transparency.

    References
    ----------
    ISO 32000-1:2008, 7.4.4.4 (predictors), 8.6.5.5 (ICC profiles), 8.6.6.3 (indexed color);
    RFC 2083 (PNG).
    """
    chunks = _chunks(png)
    width, height, bits, color_type = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    if color_type not in (RGB, INDEXED) or b"tRNS" in chunks:
        transparent = ", with transparency" if b"tRNS" in chunks else ""
        raise ValueError(
            f"png: found color type {color_type}{transparent}, expected {RGB} (RGB) or"
            f" {INDEXED} (indexed), opaque."
        )
    indexed = color_type == INDEXED
    told = _dpi_of(chunks)
    sides = width, height / pixel_aspect(told)
    if dpi == "source":
        dpi = told[0] if told else USUAL_DPI
    across = min(dpi, POINTS_PER_INCH * min(sides) / MIN_SIDE)
    across = max(across, POINTS_PER_INCH * max(sides) / MAX_SIDE)
    on_paper = [round(POINTS_PER_INCH * side / across, 4) for side in sides]

    with pikepdf.new() as pdf:
        color_space: pikepdf.Object = pikepdf.Name.DeviceRGB
        if icc_profile is not None:
            profile = pikepdf.Stream(
                pdf,
                zlib.compress(icc_profile),
                N=3,
                Alternate=pikepdf.Name.DeviceRGB,
                Filter=pikepdf.Name.FlateDecode,
            )
            color_space = pikepdf.Array([pikepdf.Name.ICCBased, pdf.make_indirect(profile)])
        if indexed:
            palette = chunks[b"PLTE"]
            color_space = pikepdf.Array(
                [
                    pikepdf.Name.Indexed,
                    color_space,
                    len(palette) // 3 - 1,
                    pdf.make_indirect(pikepdf.Stream(pdf, palette)),
                ]
            )
        picture = pikepdf.Stream(
            pdf,
            chunks[b"IDAT"],
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=color_space,
            BitsPerComponent=bits,
            Filter=pikepdf.Name.FlateDecode,
            DecodeParms=pikepdf.Dictionary(
                Predictor=15, Colors=1 if indexed else 3, BitsPerComponent=bits, Columns=width
            ),
        )
        page = pdf.add_blank_page(
            page_size=(max(MIN_SIDE, on_paper[0]), max(MIN_SIDE, on_paper[1]))
        )
        name = page.add_resource(picture, pikepdf.Name.XObject, pikepdf.Name.Picture)
        content = f"{on_paper[0]} 0 0 {on_paper[1]} 0 0 cm {name} Do"
        if texts:
            font = HiddenFont(pdf, [text.text for text in texts])
            words = font.write(page, "/Text", texts, on_paper[1], POINTS_PER_INCH / across)
            content = f"q {content} Q\n{words}"
        page.Contents = pikepdf.Stream(pdf, content.encode())
        stream = io.BytesIO()
        # Streams stay as they are: the data is deflated already, and the palette is tiny.
        pdf.save(
            stream,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return stream.getvalue()


def encode_pdf_with_profile(png: bytes, dpi: PageDpi) -> bytes:
    """Put a PNG onto a page, to be shown by the color profile that it holds.

    Parameters, result and errors are those of `encode_pdf`.
    """
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return encode_pdf(png, dpi, icc_profile=image.info.get("icc_profile"))


def _dpi_of(chunks: dict[bytes, bytes]) -> Dpi | None:
    """Return the pixels per inch that a PNG tells."""
    across, down, unit = struct.unpack(">IIB", chunks.get(b"pHYs", bytes(9)))
    return dpi_of_png(across, down) if unit == PER_METER else None


def _chunks(png: bytes) -> dict[bytes, bytes]:
    """Return the data of each kind of chunk; several of one kind, as IDAT may be, are joined."""
    joined: dict[bytes, list[memoryview]] = {}
    whole = memoryview(png)  # slices of it are no copies
    at = len(b"\x89PNG\r\n\x1a\n")
    while at < len(png):
        length, kind = struct.unpack(">I4s", whole[at : at + 8])
        joined.setdefault(kind, []).append(whole[at + 8 : at + 8 + length])
        at += length + 12  # length, kind, data, checksum
    return {kind: b"".join(parts) for kind, parts in joined.items()}
