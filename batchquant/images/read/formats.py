"""The formats that are read, by the name Pillow gives them and the endings they go by.

An allow-list, since Pillow reads more than is safe or right. Left out are formats that

- start an outside program or need one: EPS (Ghostscript), WMF, FPX, MIC, and the stubs BUFR, GRIB
  and HDF5;
- trust what they should not: BLP (284 bytes took 654 MB), MSP, XBM (takes any text in C comments);
- would not come out as a person sees them: PSD (its fourth channel may be a saved selection, and a
  flat copy of the layers need not be in the file), CUR (read without its mask), DDS and FTEX (maps
  of normals, cubes and high dynamic range, clipped), PCD (only 768 x 512 of it), FITS, SPIDER and
  MCIDAS (measurements);
- hardly hold a photo, scan, screenshot, icon or export today: DCX, FLI, GBR, IM, IMT, IPTC, PIXAR,
  XVTHUMB.
"""

from importlib.util import find_spec

FORMATS: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "DIB": (".dib",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "JPEG2000": (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    "ICO": (".ico",),
    "ICNS": (".icns",),
    "PCX": (".pcx",),
    "QOI": (".qoi",),
    "SGI": (".sgi", ".rgb", ".rgba", ".bw"),
    "SUN": (".ras",),
    "XPM": (".xpm",),
    "TGA": (".tga", ".icb", ".vda", ".vst"),  # last: it has no signature, and takes what looks like
}

SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
"""Endings of the files that are looked at, lower case; what is inside decides what they are."""

HEIF_SUFFIXES = frozenset({".heic", ".heif", ".heics", ".heifs", ".hif"})
"""Endings of the files that are read where the extra ``heif`` is installed, lower case."""

HEIF_MISSING = "HEIF is read with the extra 'heif': pip install 'batchquant[heif]'"

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
CONTAINER_BRANDS = frozenset({b"mif1", b"msf1"})  # HEIF around any codec, HEVC as well as AV1


def heif_is_installed() -> bool:
    """Tell whether the extra ``heif`` is installed, without loading it."""
    return find_spec("pillow_heif") is not None


def looks_like_heif(header: bytes) -> bool:
    """Tell whether a file begins as HEIF does.

    Parameters
    ----------
    header : bytes
        The first 12 bytes of the file, or more.

    Returns
    -------
    bool
        Whether its brand is one of HEIF (ISO/IEC 23008-12). Some AVIF files carry it too.
    """
    return header[4:8] == b"ftyp" and header[8:12] in HEIF_BRANDS | CONTAINER_BRANDS
