"""The formats that are read: names, endings, by whom, and what is kept of them.

An allow-list, since Pillow reads more than is safe or right, and OpenImageIO, too. Left out are
formats that

- start an outside program or need one: EPS (Ghostscript), WMF, FPX, MIC, and the stubs BUFR, GRIB
  and HDF5;
- trust what they should not: BLP (284 bytes took 654 MB), MSP, XBM (takes any text in C comments);
- would not come out as a person sees them: CUR (read without its mask), DDS and FTEX (maps of
  normals, cubes and high dynamic range, clipped), PCD (only 768 x 512 of it), FITS, SPIDER and
  MCIDAS (measurements); of PSD, Pillow takes a saved selection for transparency;
- hardly hold a photo, scan, screenshot, icon or export today: DCX, FLI, GBR, IM, IMT, IPTC, PIXAR,
  XVTHUMB.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePosixPath

from batchquant.packages import how_to_install

PILLOW, PILLOW_HEIF, OPENIMAGEIO, RAWPY = "Pillow", "pillow-heif", "OpenImageIO", "rawpy"
OURS = "batchquant"
READERS = {
    PILLOW: "PIL",
    PILLOW_HEIF: "pillow_heif",
    OPENIMAGEIO: "OpenImageIO",
    RAWPY: "rawpy",
    OURS: OURS,
}
"""Packages that read files, as pip knows them, and the modules they are imported by."""

ALPHA, PROFILE, DPI, FRAMES, DEEP = "alpha", "profile", "dpi", "frames", "> 8 bits"


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read."""

    name: str  # as its reader and the report name it
    suffixes: tuple[str, ...]  # lower case; what is inside decides
    keeps: tuple[str, ...] = ()  # beside colors: alpha, profile, dpi, frames, > 8 bits
    kind: str = ""  # as people call it
    reader: str = PILLOW  # of `READERS`

    @property
    def title(self) -> str:
        """As people call it."""
        return self.kind or self.name


OF_CAMERAS = (
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .rw2"
    " .rwl .sr2 .srf .srw"
)
RAW_SUFFIXES = tuple(OF_CAMERAS.split())
"""Of the endings that cameras give to RAW, those that mean nothing else."""

FORMATS = (
    Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), (PROFILE, DPI)),
    Format("PNG", (".png", ".apng"), (ALPHA, PROFILE, DPI, FRAMES, DEEP)),
    Format("GIF", (".gif",), (ALPHA, FRAMES)),
    Format("BMP", (".bmp",), (ALPHA, PROFILE, DPI)),
    Format("DIB", (".dib",), (ALPHA, PROFILE, DPI)),
    Format("PPM", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"), (DEEP,), kind="PNM"),
    Format("WEBP", (".webp",), (ALPHA, PROFILE, FRAMES), kind="WebP"),
    Format("TIFF", (".tif", ".tiff"), (ALPHA, PROFILE, DPI, FRAMES, DEEP)),
    Format("AVIF", (".avif", ".avifs"), (ALPHA, PROFILE, FRAMES, DEEP)),
    Format(
        "HEIF",
        (".heic", ".heif", ".heics", ".heifs", ".hif"),
        (ALPHA, PROFILE, DEEP),
        kind="HEIC",
        reader=PILLOW_HEIF,
    ),
    Format("RAW", RAW_SUFFIXES, (DEEP,), kind="camera RAW", reader=RAWPY),
    Format(
        "JPEG2000",
        (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        (ALPHA, PROFILE, DPI, DEEP),
        kind="JPEG 2000",
    ),
    Format("JXL", (".jxl",), (ALPHA, PROFILE, DEEP), kind="JPEG XL", reader=OPENIMAGEIO),
    Format("EXR", (".exr",), (ALPHA, DEEP), kind="OpenEXR", reader=OPENIMAGEIO),
    Format("HDR", (".hdr",), (DEEP,), kind="Radiance HDR", reader=OPENIMAGEIO),
    Format("DPX", (".dpx",), (ALPHA, DEEP), reader=OPENIMAGEIO),
    Format("PSD", (".psd", ".psb"), (ALPHA, PROFILE, DPI, DEEP), kind="Photoshop", reader=OURS),
    Format("ICO", (".ico",), (ALPHA, FRAMES)),
    Format("ICNS", (".icns",), (ALPHA,)),
    Format("PCX", (".pcx",)),
    Format("QOI", (".qoi",), (ALPHA,)),
    Format("SGI", (".sgi", ".rgb", ".rgba", ".bw"), (ALPHA, DEEP)),
    Format("SUN", (".ras",), kind="SUN raster"),
    Format("XPM", (".xpm",), (ALPHA,)),
    # Last: it has no signature, and takes what looks like it.
    Format("TGA", (".tga", ".icb", ".vda", ".vst"), (ALPHA,)),
)
BY_PILLOW = tuple(format_.name for format_ in FORMATS if format_.reader == PILLOW)
BY_SUFFIX = {suffix: format_ for format_ in FORMATS for suffix in format_.suffixes}
MAX_TOLD = 8  # endings in one sentence
NEEDS = "unreadable: needs "
SOME = "JPEG, PNG, TIFF, WebP, HEIC and others (batchquant formats)"
"""What messages say of them all."""

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
MAX_BRANDS = 256  # bytes that they take at most
CONTAINER_BRANDS = frozenset({b"mif1", b"msf1"})  # HEIF around any codec, HEVC as well as AV1


def is_installed(reader: str) -> bool:
    """Tell whether a package of `READERS` is installed, without loading it."""
    return find_spec(READERS[reader]) is not None


def read_suffixes() -> frozenset[str]:
    """Return the endings of the files that are looked at: those that what is installed reads."""
    installed = {reader for reader in READERS if is_installed(reader)}
    return frozenset(suffix for suffix, format_ in BY_SUFFIX.items() if format_.reader in installed)


def needs(reader: str, kind: str) -> str:
    """Say why a file is not read: the package that reads its kind is not installed."""
    return f"{NEEDS}{reader}, which reads {kind}: {how_to_install(reader)}"


def needs_no_more(reason: str) -> bool:
    """Tell whether a file was not read for want of a package that is installed by now."""
    reader = reason.removeprefix(NEEDS).partition(",")[0]
    return reason.startswith(NEEDS) and reader in READERS and is_installed(reader)


def part_left_out(places: Iterable[str]) -> tuple[Counter[str], list[str]]:
    """Count files that no package reads by ending, and say what would read the others.

    >>> part_left_out(["a.heic", "b.HEIC", "c.txt"])
    (Counter({'.txt': 1}),
     ['2 HEIC files (.heic) were left out; pip install pillow-heif reads them'])
    """
    counts = Counter(PurePosixPath(place).suffix.lower() for place in places)
    sentences = []
    for format_ in FORMATS:
        suffixes = sorted(counts.keys() & format_.suffixes)
        if n := sum(counts.pop(suffix) for suffix in suffixes):
            files, were, them = ("file", "was", "it") if n == 1 else ("files", "were", "them")
            sentences.append(
                f"{n:,} {format_.title} {files} ({', '.join(suffixes)}) {were} left out;"
                f" {how_to_install(format_.reader)} reads {them}"
            )
    return counts, sentences


def tell_suffixes(counts: Mapping[str, int]) -> str:
    """Say how many files there are of each ending, those of the most first, in one line."""
    in_order = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    told = [f"{n:,} {suffix or 'without ending'}" for suffix, n in in_order[:MAX_TOLD]]
    if rest := in_order[MAX_TOLD:]:
        told.append(f"{sum(n for _, n in rest):,} of {len(rest)} more endings")
    return ", ".join(told)


def tell_kinds(suffixes: Iterable[str]) -> str:
    """Say how many files there are of each kind, by their endings, in one line.

    >>> tell_kinds([".jpg", ".JPEG", ".heic", ".cr2", ".nef", ""])
    '2 JPEG, 2 camera RAW, 1 without ending, 1 HEIC'
    """
    kinds = Counter[str]()
    for suffix in suffixes:
        format_ = BY_SUFFIX.get(suffix.lower())
        kinds[format_.title if format_ else suffix.lower()] += 1
    return tell_suffixes(kinds)


def looks_like_heif(header: bytes) -> bool:
    """Tell by 12 bytes or more whether a file's brand is of HEIF, as is that of some AVIF."""
    return header[4:8] == b"ftyp" and header[8:12] in HEIF_BRANDS | CONTAINER_BRANDS


def brands(header: bytes) -> set[bytes]:
    """Return the brands that a file of AVIF or HEIF states, as far as they are there."""
    size = int.from_bytes(header[:4])
    return {header[at : at + 4] for at in (8, *range(16, min(size, len(header)) - 3, 4))}
