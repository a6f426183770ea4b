"""What was made of one picture, and what the ledger says of it → what does not agree."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchquant.check.files import UnlikeError, compare
from batchquant.engine.work import Limit
from batchquant.errors import ImageError
from batchquant.files.digests import digest_of, sha256_of_file
from batchquant.files.opening import read_regular
from batchquant.formats.read_pdf import decode_pdf
from batchquant.formats.registry import formats
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Picture, Reading
from batchquant.images.read.version import DECODER
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.weights import OPAQUE, weights_of
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
            needed += source_bytes(Path(record.source_path), record.source_size_bytes)
        return needed

    limit = Limit()

    @staticmethod
    def load() -> None:
        """Import nothing more than this module does."""

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
        problem for record in claim.records for problem in _check(claim.output, record, source)
    ]
    n_compared = 0
    if source is not None:
        n_compared = sum("png" in r.outputs or source.is_opaque for r in claim.records)
    return Findings(claim.index, tuple(problems), n_compared, note)


def _read_source(claim: Claim) -> tuple[Original | None, str]:
    """Decode the source again; None where that cannot be done, and a note where it has changed."""
    record = claim.records[0]
    path = Path(record.source_path)
    try:
        if path.stat().st_size == record.source_size_bytes:  # else it may be larger than memory
            sha256 = sha256_of_file(path)
            if sha256 is None:
                return None, ""
            if sha256 == record.source_sha256:
                if claim.reading is None:
                    return None, ""
                return Original(decode(read_regular(path), claim.reading, path.suffix)), ""
        return None, f"{path}: is not the picture that its rows tell of"
    except (OSError, ImageError):
        return None, ""


def _check(output: Path, record: VariantRecord, source: Original | None) -> Iterator[str]:
    png: Picture | None = None
    pdf: NDArray[np.uint8] | None = None
    for kind, written in record.outputs.items():
        try:
            content = _read(output, written)
            if kind == "png":
                png = decode(content, ANY_SIZE)
            elif kind == "pdf":
                pdf = decode_pdf(content)
            elif written.is_exact:
                yield from _check_exact(kind, written.path, content, record)
        except (UnlikeError, ImageError, ValueError) as error:
            yield f"{written.path}: {error}"
    if png is not None:
        path = record.outputs["png"].path
        yield from _check_figures(path, record, png.pixels, png.alpha, source)
    if pdf is not None:
        path = record.outputs["pdf"].path
        if png is not None:
            if pdf.shape != png.pixels.shape or not _are_equal(pdf, png):
                yield f"{path}: found other pixels than in the PNG, expected the same"
        elif source is not None and source.is_opaque:
            yield from _check_figures(path, record, pdf, None, source)


def _check_exact(kind: str, path: str, content: bytes, record: VariantRecord) -> Iterator[str]:
    """Count the colors that a file gives back."""
    n_colors = len(formats()[kind].read(content).palette)
    if n_colors != record.n_colors:
        yield f"{path}: found {n_colors} colors, expected {record.n_colors}"


def _read(output: Path, written: Output) -> bytes:
    try:
        content = read_regular(output / written.path)
    except OSError as error:
        raise UnlikeError(f"cannot be read: {error.strerror}") from error
    compare(written, len(content), digest_of(content))
    return content


def _are_equal(pdf: NDArray[np.uint8], png: Picture) -> bool:
    """Compare opaque pixels: a PDF shows the others laid onto a background."""
    opaque = slice(None) if png.alpha is None else png.alpha == OPAQUE
    return np.array_equal(pdf[opaque], png.pixels[opaque])


def _check_figures(
    path: str,
    record: VariantRecord,
    pixels: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    source: Original | None,
) -> Iterator[str]:
    """Compute again what the ledger says of a picture."""
    height, width = pixels.shape[:2]
    if (width, height) != (record.width, record.height):
        yield f"{path}: found {width} x {height} pixels, expected {record.width} x {record.height}"
        return
    weights = weights_of(alpha)
    histogram = count_colors(pixels, weights)
    n_colors = len(histogram.colors)
    if n_colors != record.n_colors:
        yield f"{path}: found {n_colors} colors, expected {record.n_colors}"
    # What an earlier decoder made may have been made of other pixels; the next run tells.
    if source is None or record.decoder != DECODER:
        return
    figures = source.figures_of(histogram.colors, histogram.color_index)
    for name, value in record.figures.items():
        if figures[name] != value:
            yield f"{path}: found {figures[name]!r} as {name}, expected {value!r}"
