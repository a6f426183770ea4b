"""Colors of many pictures → the palettes that they share."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from batchquant.errors import ImageError
from batchquant.files.digests import digest_of
from batchquant.files.stored import as_json, as_record, read_json
from batchquant.formats.format import Painted
from batchquant.images.read.color_profile import colors_in_profile
from batchquant.plan.groups import SHARED_PALETTE, Group, palette_kinds
from batchquant.plan.records import ImageKey, PlannedFile, Settings, Variant
from batchquant.quantization.color.histogram import Histogram
from batchquant.quantization.color.merged import N_CODES, merge_colors
from batchquant.quantization.restarts import restarts_of
from batchquant.steps.attempt import attempt
from batchquant.steps.effort import n_searches, work_of
from batchquant.steps.files import publish_file, read_as_written, write_files
from batchquant.steps.histogram import CountedColors, read_histogram
from batchquant.steps.need import BYTES_PER_COLOR, MAX_COLORS, PROCESS_BYTES
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.seeds import derive_seed
from batchquant.steps.step import Step
from batchquant.steps.stopping import stop_if_wanted

if TYPE_CHECKING:
    from batchquant.quantization import Quantized

SEVERAL_PROFILES, ONE_PROFILE = "profiles: there are several", "profiles: there is one"
"""Why a group is counted again: whether its pictures are brought to sRGB was wrong."""
EXACT = 1 << 53  # whole numbers in float64
HIGHEST = 255  # of a channel


@dataclass(frozen=True, slots=True)
class FoundPalette:
    """Where K-Means ended on the pixels of all pictures of a group.

    Attributes are those of `batchquant.quantization.Quantized`, and what names the variant.
    """

    k: int
    init: str
    seed: int
    n_iter: int
    converged: bool
    inertia: float
    centroids: tuple[tuple[float, float, float], ...]

    def as_array(self) -> NDArray[np.float64]:
        """Return the centroids, of shape (K, 3)."""
        return np.array(self.centroids, np.float64).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class FoundPalettes:
    """All that were found for a group."""

    palettes: tuple[FoundPalette, ...]

    def of(self, k: int, init: str) -> FoundPalette:
        """Return the one of a variant."""
        return next(each for each in self.palettes if (each.k, each.init) == (k, init))


@dataclass(frozen=True, slots=True)
class SharedPaletteTask(Step):
    """A group of pictures whose palettes are to be found, as a worker gets it.

    Attributes
    ----------
    scope, fingerprint : tuple of str and int, and str
        What names the group, and a digest of all that its files depend on.
    title : str
        How a person knows the group.
    group, settings : Group and Settings
        The group, with its key, and the settings of its job.
    k, init, kinds : tuple of int and of str
        As in `Sweep`.
    histograms : tuple of tuple of str and bytes
        Path of each, relative to the output folder, and its digest.
    pixels : int
        Of all its pictures.
    files : tuple of tuple of str
        Kinds and paths of what it makes.
    output, stop_file, ours, timeout
        As in `batchquant.steps.task.Task`.
    """

    scope: ImageKey
    fingerprint: str
    title: str
    group: Group
    settings: Settings
    k: tuple[int, ...]
    init: tuple[str, ...]
    kinds: tuple[str, ...]
    histograms: tuple[tuple[str, bytes], ...]
    pixels: int
    files: tuple[tuple[str, str], ...]
    output: Path
    stop_file: Path | None
    ours: frozenset[str] = frozenset()
    timeout: float | str = 0.0

    step = SHARED_PALETTE
    affinity = None

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What names its result."""
        return *self.scope, self.step

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most: a table of all colors, and the tree."""
        return PROCESS_BYTES + 8 * N_CODES + BYTES_PER_COLOR * min(self.pixels, MAX_COLORS)

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of its files that a person finds, relative to the output folder."""
        return tuple(path for kind, path in self.files if kind != SHARED_PALETTE)

    @property
    def n_steps(self) -> int:
        """How often colors are searched for."""
        return sum(n_searches(self.settings, k, init) for k in self.k for init in self.init)

    @property
    def work(self) -> float:
        """How long it takes beside others: colors grow slower than pixels."""
        return work_of(self.pixels, self.n_steps)

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Find the palettes, in a worker, and write them."""
        return attempt(self.key, self._make)

    def _make(self, files: dict[str, Written]) -> None:
        found = []
        for palette, written in self._find():
            found.append(palette)
            files |= written
        content = as_json(FoundPalettes(tuple(found)))
        publish_file(content, self.group.centroids_path, self.output, self.ours)
        files[SHARED_PALETTE] = Written(len(content), digest_of(content))

    def _find(self) -> Iterator[tuple[FoundPalette, dict[str, Written]]]:
        # Late: numba takes 0.5 s to load, and who plans a search does none.
        from batchquant.quantization import arrange, quantize_colors

        checkpoint = partial(stop_if_wanted, self.stop_file)
        merged = _Merged.of(self.output, self.histograms, self.group, checkpoint)
        colors = arrange(merged.histogram, self.settings.color_space, self.settings.favor_rare)
        pin = colors_in_profile(self.settings.pin, merged.icc_profile)
        for k in self.k:
            for init in self.init:
                seed = derive_seed(self.settings.seed, *merged.name, k, init)
                found = quantize_colors(
                    colors,
                    k,
                    init=init,
                    n_init=restarts_of(self.settings.n_init, k, init),
                    refine=self.settings.refine,
                    seed=seed,
                    max_iter=self.settings.max_iter,
                    tol=self.settings.tol,
                    pin=pin,
                    checkpoint=checkpoint,
                )
                yield _as_record(k, init, seed, found), self._write(k, init, found, merged)

    def _write(
        self, k: int, init: str, found: "Quantized", merged: "_Merged"
    ) -> dict[str, Written]:
        """Write palette files; return them by name."""
        painted = Painted(
            indices=found.indices,
            palette=found.palette,
            counts=found.counts,
            unit=found.unit,
            icc_profile=merged.icc_profile,
        )
        wanted = [
            PlannedFile(kind, self.group.palette_path(k, init, kind), "")
            for kind in palette_kinds(self.kinds)
        ]
        variant = Variant(k, init, "", tuple(wanted))
        files, _ = write_files(
            variant, variant.outputs.keys(), painted, self.settings, self.output, self.ours
        )
        names = {path: name for name, path in self.files}
        return {names[variant.outputs[kind]]: file for kind, file in files.items()}


@dataclass(frozen=True, slots=True)
class _Merged:
    """The pixels of all pictures of a group."""

    histogram: Histogram
    icc_profile: bytes | None
    name: tuple[str, int]  # what seeds are derived from: of one picture, its own digest and frame

    @classmethod
    def of(
        cls,
        output: Path,
        histograms: Sequence[tuple[str, bytes]],
        group: Group,
        checkpoint: Callable[[], None],
    ) -> "_Merged":
        """Merge histograms.

        Raises ImageError if one is gone, if the group has several color profiles and is not brought
        to sRGB, or the other way round, and if sums would not be exact.
        """
        profiles = set[str]()
        names: list[tuple[str, int]] = []
        icc_profile = None

        def parts() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64], int]]:
            nonlocal icc_profile
            for path, digest in histograms:
                checkpoint()
                counted: CountedColors = read_histogram(output / path, digest)
                profiles.add(counted.profile)
                names.append((counted.source_sha256, counted.frame))
                icc_profile = counted.icc_profile
                yield counted.colors, counted.counts, counted.unit

        colors, counts, unit = merge_colors(parts())
        if (len(profiles) > 1) != group.is_converted:
            raise ImageError(ONE_PROFILE if group.is_converted else SEVERAL_PROFILES)
        if HIGHEST * int(counts.sum()) >= EXACT:
            raise ImageError(f"too_large: {counts.sum() // unit:,} pixels share a palette")
        rows = np.arange(len(colors), dtype=np.uint32).reshape(1, -1)
        name = names[0] if len(names) == 1 else (_digest_of_names(names), 0)
        return cls(Histogram(colors, counts, rows, unit), icc_profile, name)


def _digest_of_names(names: Sequence[tuple[str, int]]) -> str:
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()


def _as_record(k: int, init: str, seed: int, found: "Quantized") -> FoundPalette:
    centroids = tuple((x, y, z) for x, y, z in found.centroids.tolist())
    return FoundPalette(k, init, seed, found.n_iter, found.converged, found.inertia, centroids)


@lru_cache(maxsize=4)  # neighbors are mostly of one group
def read_palettes(path: Path, digest: str) -> FoundPalettes:
    """Read what a `SharedPaletteTask` wrote; raises ImageError if it is not as it was written."""
    content = read_as_written(path, bytes.fromhex(digest))
    return as_record(FoundPalettes, read_json(content))
