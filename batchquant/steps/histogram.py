"""A picture → the colors that it brings to the palette of its group, in a file."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchquant.files.digests import digest_of
from batchquant.images.read.decode import decode
from batchquant.images.read.filters import blur
from batchquant.images.read.picture import Picture
from batchquant.plan.groups import HISTOGRAM
from batchquant.plan.records import ImageKey, Settings
from batchquant.quantization.color.histogram import count_colors
from batchquant.quantization.color.merged import pack_colors, unpack_colors
from batchquant.quantization.color.weights import weights_of
from batchquant.sources.source import suffix_of
from batchquant.steps.attempt import attempt
from batchquant.steps.effort import work_of
from batchquant.steps.files import publish_file, read_as_written
from batchquant.steps.need import need_to_decode
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.step import Step
from batchquant.steps.stopping import stop_if_wanted
from batchquant.steps.workplace import HERE


class CountedColors(NamedTuple):
    """What a picture brings to the palette of its group.

    Attributes
    ----------
    source_sha256, frame : str and int
        Which picture it is.
    profile : str
        Digest of the color profile that it has before it is brought to sRGB; empty of sRGB.
    unit : int
        What an opaque pixel counts: 1, or 255 where alpha is soft.
    icc_profile : bytes or None
        What its colors mean; None is sRGB.
    colors, counts
        As in `batchquant.quantization.color.histogram.Histogram`.
    """

    source_sha256: str
    frame: int
    profile: str
    unit: int
    icc_profile: bytes | None
    colors: NDArray[np.uint8]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HistogramTask(Step):
    """A picture whose colors are to be counted, as a worker gets it.

    Attributes
    ----------
    scope : tuple of str and int
        What names the image.
    fingerprint : str
        Digest of all that its file depends on.
    title, source, size_bytes, frame, takes_all, pixels, settings, output, stop_file, ours, timeout
        As in `batchquant.steps.task.Task`.
    is_converted : bool
        As in `Group`.
    files : tuple of tuple of str
        Kind and path of its file.
    """

    scope: ImageKey
    fingerprint: str
    title: str
    source: str
    size_bytes: int
    frame: int
    takes_all: bool
    pixels: int
    settings: Settings
    output: Path
    stop_file: Path | None
    is_converted: bool
    files: tuple[tuple[str, str], ...]
    ours: frozenset[str] = frozenset()
    timeout: float | str = 0.0

    step = HISTOGRAM
    places = ()  # a person finds none
    n_steps = 1

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What names its result."""
        return *self.scope, self.step

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most."""
        return need_to_decode(self.source, self.size_bytes, self.pixels, self.settings)

    @property
    def work(self) -> float:
        """How long it takes beside others."""
        return work_of(self.pixels, 1)

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Count the colors, in a worker, and write them."""
        return attempt(self.key, self._write)

    def _write(self, files: dict[str, Written]) -> None:
        ((kind, path),) = self.files
        stop_if_wanted(self.stop_file)
        content = _as_bytes(self._count())
        publish_file(content, path, self.output, self.ours)
        files[kind] = Written(len(content), digest_of(content))

    def _count(self) -> CountedColors:
        source = HERE.read(self.source, is_wanted_again=self.takes_all)

        def read(settings: Settings) -> Picture:
            reading = settings.reading(self.frame, takes_all=self.takes_all)
            return decode(source.content, reading, suffix_of(self.source))

        is_kept = replace(self.settings, color_profile="keep")
        picture = read(is_kept if self.is_converted else self.settings)
        profile = picture.icc_profile
        if self.is_converted and profile is not None:
            picture = read(self.settings)
        weights = weights_of(picture.alpha)
        histogram = count_colors(blur(picture, self.settings.blur).pixels, weights)
        return CountedColors(
            source_sha256=source.sha256,
            frame=self.frame,
            profile=hashlib.sha256(profile).hexdigest() if profile else "",
            unit=histogram.unit,
            icc_profile=picture.icc_profile,
            colors=histogram.colors,
            counts=histogram.counts,
        )


def read_histogram(path: Path, digest: bytes) -> CountedColors:
    """Read what a `HistogramTask` wrote; raises ImageError if it is not there as it was written."""
    header, _, rest = read_as_written(path, digest).partition(b"\n")
    sha256, frame, profile, unit, n_profile = json.loads(header)
    colors, counts = unpack_colors(rest[n_profile:])
    return CountedColors(sha256, frame, profile, unit, rest[:n_profile] or None, colors, counts)


def _as_bytes(counted: CountedColors) -> bytes:
    profile = counted.icc_profile or b""
    header = [counted.source_sha256, counted.frame, counted.profile, counted.unit, len(profile)]
    packed = pack_colors(counted.colors, counted.counts)
    return json.dumps(header).encode() + b"\n" + profile + packed
