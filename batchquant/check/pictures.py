"""What was made of one picture, and what the ledger says of it → what does not agree."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchquant.check.files import UnlikeError, compare
from batchquant.engine.work import Limit
from batchquant.errors import ImageError
from batchquant.files.digests import digest_of
from batchquant.files.outputs import read_output
from batchquant.formats.format import Format, Painted
from batchquant.formats.painted import in_srgb, paint_from
from batchquant.formats.raster import BAND
from batchquant.formats.registry import formats, kinds_of
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading
from batchquant.images.read.version import DECODER
from batchquant.quantization.color.weights import OPAQUE
from batchquant.sources.reading import read_source, sha256_of_source
from batchquant.sources.source import suffix_of
from batchquant.steps.figures import Original
from batchquant.steps.need import need_bytes, source_bytes
from batchquant.store import Output, VariantRecord

ANY_SIZE = Reading(max_pixels=sys.maxsize)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the ledger says of the variants of one picture."""

    index: int  # names the findings
    output: Path
    reading: Reading | None  # how the source was read; None where that is not known
    records: tuple[VariantRecord, ...]  # of variants that are done; at least one

    @property
    def need_bytes(self) -> int:
        """The memory that checking takes at its peak, at most."""
        record = self.records[0]
        needed = need_bytes((record.width or 0) * (record.height or 0))
        if self.reading is not None:
            needed += source_bytes(record.source_path, record.source_size_bytes)
        return needed

    limit = Limit()
    affinity = None

    @staticmethod
    def load() -> None:
        """Import nothing more than this module does."""

    @staticmethod
    def forget() -> None:
        """Do nothing: none leaves anything for others."""

    def run(self, give: Callable[[object], None]) -> "Findings":
        """Check the pictures, in a worker."""
        return check_pictures(self)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in the outputs of one picture."""

    index: int  # of the claim
    problems: tuple[str, ...]
    n_compared: int  # variants whose error was computed again
    note: str = ""  # set where the source is there, but is not the one they were made of


def check_pictures(claim: Claim) -> Findings:
    """Compare the outputs of one picture with the ledger; what is wrong with them is no error."""
    source, note = _read_source(claim)
    problems = [
        problem  # by path: the reference is looked at first, wherever it stands
        for record in claim.records
        for problem in sorted(_check(claim.output, record, source))
    ]
    n_compared = 0
    if source is not None:
        n_compared = sum(_reference(record, source) is not None for record in claim.records)
    return Findings(claim.index, tuple(problems), n_compared, note)


def _read_source(claim: Claim) -> tuple[Original | None, str]:
    """Decode the source again; None where that cannot be done, and a note where it has changed."""
    record = claim.records[0]
    place = record.source_path
    try:
        sha256 = sha256_of_source(place)  # before it is read: it may be larger than memory now
        if sha256 == record.source_sha256 and claim.reading is not None:
            content = read_source(place).content
            return Original(decode(content, claim.reading, suffix_of(place))), ""
        if sha256 in (None, record.source_sha256):
            return None, ""
        return None, f"{place}: is not the picture that its rows tell of"
    except (OSError, ImageError):
        return None, ""


def _reference(record: VariantRecord, source: Original | None) -> str | None:
    """Return the kind of a file that shows the painted pixels as they are, if there is one."""
    for kind in kinds_of("formats"):
        written = record.outputs.get(kind)
        if written is None:
            continue
        # An older ledger does not tell that a PDF lies on a background.
        is_known_opaque = source is not None and source.is_opaque
        if written.is_exact or (written.note is None and (kind != "pdf" or is_known_opaque)):
            return kind
    return None


def _check(output: Path, record: VariantRecord, source: Original | None) -> Iterator[str]:
    reference: Painted | None = None
    first = _reference(record, source)
    for kind in sorted(record.outputs, key=lambda kind: kind != first):
        written = record.outputs[kind]
        try:
            shown = _shown(kind, _read(output, written), is_exact=written.is_exact)
        except (UnlikeError, ImageError, ValueError) as error:
            yield f"{written.path}: {error}"
            continue
        if shown is None:
            continue
        if kind == first:
            reference = shown
            yield from _check_figures(written.path, record, shown, source)
        elif reference is not None and not _agree(reference, shown, formats()[kind]):
            noun = formats()[str(first)].noun
            yield f"{written.path}: found other pixels than in the {noun}, expected the same"


def _shown(kind: str, content: bytes, *, is_exact: bool) -> Painted | None:
    """Read a picture; None of a palette, and where an extension does not read its own files."""
    made = formats().get(kind)
    if made is None or made.key != "formats":
        return None
    if kind == "png":
        png = decode(content, ANY_SIZE)
        return paint_from(png.pixels, png.alpha, png.icc_profile)
    try:
        return made.read(content)
    except NotImplementedError:
        if is_exact:
            raise
        return None


def _read(output: Path, written: Output) -> bytes:
    try:
        content = read_output(output, written.path)
    except OSError as error:
        raise UnlikeError(f"cannot be read: {error.strerror}") from error
    compare(written, len(content), digest_of(content))
    return content


def _agree(reference: Painted, shown: Painted, made: Format) -> bool:
    """Compare what is opaque, and all alpha where the file holds it; the rest is laid onto."""
    if shown.indices.shape != reference.indices.shape:
        return False
    opacity = reference.alpha
    if shown.alpha is not None and (opacity is None or not np.array_equal(shown.alpha, opacity)):
        return False
    expected = reference if made.keeps_profile else in_srgb(reference)
    for top in range(0, len(expected.indices), BAND):
        rows = slice(top, top + BAND)
        seen = True if opacity is None else opacity[rows] == OPAQUE
        found, wanted = (each.palette[each.indices[rows][seen]] for each in (shown, expected))
        if not np.array_equal(found, wanted):
            return False
    return True


def _check_figures(
    path: str, record: VariantRecord, shown: Painted, source: Original | None
) -> Iterator[str]:
    """Compute again what the ledger says of a picture."""
    height, width = shown.indices.shape
    if (width, height) != (record.width, record.height):
        yield f"{path}: found {width} x {height} pixels, expected {record.width} x {record.height}"
        return
    n_colors = len(shown.palette)
    if n_colors != record.n_colors:
        yield f"{path}: found {n_colors} colors, expected {record.n_colors}"
    # What an earlier decoder made may have been made of other pixels; the next run tells.
    if source is None or record.decoder != DECODER:
        return
    figures = source.figures_of(shown.palette, shown.indices)
    for name, value in record.figures.items():
        if figures[name] != value:
            yield f"{path}: found {figures[name]!r} as {name}, expected {value!r}"
