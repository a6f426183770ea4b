"""Color spaces that are told by numbers, not by a profile: primaries, white and transfer."""

from dataclasses import dataclass

from batchquant.images.read.primaries import SRGB_PRIMARIES, Chromaticities, are_of_srgb, rgb_to_xyz

D65 = (31270, 32900)
WHITE_C = (31000, 31600)
SMPTE_C: Chromaticities = (*D65, 63000, 34000, 31000, 59500, 15500, 7000)

PRIMARIES: dict[int, tuple[str, Chromaticities]] = {
    1: ("BT.709", SRGB_PRIMARIES),
    4: ("BT.470 M", (*WHITE_C, 67000, 33000, 21000, 71000, 14000, 8000)),
    5: ("BT.601 625", (*D65, 64000, 33000, 29000, 60000, 15000, 6000)),
    6: ("BT.601 525", SMPTE_C),
    7: ("SMPTE 240M", SMPTE_C),
    8: ("generic film", (*WHITE_C, 68100, 31900, 24300, 69200, 14500, 4900)),
    9: ("BT.2020", (*D65, 70800, 29200, 17000, 79700, 13100, 4600)),
    10: ("XYZ", (33333, 33333, 100000, 0, 0, 100000, 0, 0)),
    11: ("DCI-P3", (31400, 35100, 68000, 32000, 26500, 69000, 15000, 6000)),
    12: ("Display P3", (*D65, 68000, 32000, 26500, 69000, 15000, 6000)),
    22: ("EBU 3213", (*D65, 63000, 34000, 29500, 60500, 15500, 7700)),
}
"""Code points of ITU-T H.273 (09/2023), table 2, with their names in notes."""

VIDEO = 2.4  # the exponent of the display that video is made for (ITU-R BT.1886)
TRANSFERS: dict[int, tuple[str, float | str]] = {
    1: ("", VIDEO),
    4: (" gamma 2.2", 2.2),
    5: (" gamma 2.8", 2.8),
    6: ("", VIDEO),
    7: ("", "smpte240m"),
    8: (" linear", 1.0),
    11: ("", VIDEO),
    13: ("", "srgb"),
    14: ("", VIDEO),
    15: ("", VIDEO),
    16: (" PQ", "pq"),
    17: ("", "smpte428"),
    18: (" HLG", "hlg"),
}
"""Code points of table 3. Left out are those that browsers leave out: the logarithmic 9 and 10, and
12, BT.1361."""

UNSPECIFIED = 2
SRGB_GAMMA = 100_000 / 2.2  # in 1/100000: what stands in gAMA of a picture in sRGB
# Alone, gAMA is taken for sRGB's within 5 %, as by libpng (PNG_GAMMA_THRESHOLD) and Chromium 156,
# which leaves 0.432 to 0.477 as they are. Beside primaries it is written by programs that mean it.
ALONE, BESIDE_PRIMARIES = 0.05, 0.01
MIN_GAMMA, MAX_GAMMA = 1_000, 10_000_000  # in 1/100000: libpng, too, ignores others


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """What numbers in a file say of its colors."""

    name: str  # for notes, with where it stands: Display P3 (cICP)
    primaries: Chromaticities = SRGB_PRIMARIES
    transfer: float | str = "srgb"  # to light: exponent, srgb, smpte240m, smpte428, pq or hlg
    beats_profile: bool = False  # whether it holds beside a color profile

    @property
    def is_srgb(self) -> bool:
        """Whether there is nothing to convert."""
        return self.primaries == SRGB_PRIMARIES and self.transfer == "srgb"

    @property
    def is_hdr(self) -> bool:
        """Whether it holds light brighter than white."""
        return self.transfer in {"pq", "hlg"}


def space_of_cicp(content: bytes) -> ColorSpace | None:
    """Read the PNG chunk cICP: primaries, transfer, matrix, range.

    None for what browsers ignore: narrow range, a matrix, numbers that say nothing.
    """
    if len(content) != 4 or content[2:] != b"\0\1":
        return None
    return _space_of_code_points(content[0], content[1], "cICP")


def space_of_nclx(primaries: int, transfer: int) -> ColorSpace | None:
    """Read the code points of a box ``colr`` of AVIF or HEIF, as browsers do.

    What is unspecified is sRGB's (ISO/IEC 23000-22, 7.3.6.4). The transfer of BT.709 and of its kin
    is taken for sRGB's: cameras and video tools write it where they mean no other look. In PNG it
    stands for the display of video, gamma 2.4. None for numbers that say nothing.
    """
    if primaries == UNSPECIFIED:
        primaries = 1
    if transfer == UNSPECIFIED or TRANSFERS.get(transfer) == TRANSFERS[1]:
        transfer = 13
    return _space_of_code_points(primaries, transfer, "nclx")


def _space_of_code_points(primaries: int, transfer: int, told_by: str) -> ColorSpace | None:
    if primaries not in PRIMARIES or transfer not in TRANSFERS:
        return None
    name, chromaticities = PRIMARIES[primaries]
    suffix, curve = TRANSFERS[transfer]
    return ColorSpace(f"{name}{suffix} ({told_by})", chromaticities, curve, told_by == "cICP")


def space_of_gamma(gamma: int, primaries: Chromaticities | None = None) -> ColorSpace | None:
    """Read the PNG chunk gAMA, in 1/100000, with cHRM where there is one.

    Near 1/2.2, with no primaries or those of sRGB, it is sRGB, which is what programs mean that
    write it. Primaries that give no colors are ignored. None where `gamma` is beyond reason.

    >>> space_of_gamma(45455).is_srgb, space_of_gamma(100000).transfer
    (True, 1.0)
    """
    if not MIN_GAMMA <= gamma <= MAX_GAMMA:
        return None
    name, tolerance = "gAMA and cHRM", BESIDE_PRIMARIES
    if primaries is None or not _is_possible(primaries):
        name, tolerance = f"gAMA {gamma / 100_000:g}", ALONE
        primaries = SRGB_PRIMARIES
    elif are_of_srgb(primaries):
        primaries = SRGB_PRIMARIES
    if primaries == SRGB_PRIMARIES and abs(gamma / SRGB_GAMMA - 1) < tolerance:
        return ColorSpace(name)
    return ColorSpace(name, primaries, 100_000 / gamma)


def _is_possible(primaries: Chromaticities) -> bool:
    try:
        rgb_to_xyz(primaries)
    except ValueError:
        return False
    return True
