"""Frames of a file, made and in one palette → animations of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from batchquant.files.digests import digest_of
from batchquant.files.outputs import read_output
from batchquant.formats.animation import ENCODERS, rounds
from batchquant.formats.registry import formats
from batchquant.images.read.timing import read_timing
from batchquant.plan.groups import ANIMATION
from batchquant.plan.records import ImageKey
from batchquant.sources.reading import read_source
from batchquant.steps.attempt import attempt
from batchquant.steps.effort import work_of
from batchquant.steps.files import publish_file, read_as_written
from batchquant.steps.need import need_bytes
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.step import Step
from batchquant.steps.stopping import stop_if_wanted

NO_TIMING = "the source is no animation: its frames have no durations"
ROUNDED = "frames are shown for whole hundredths of a second"


@dataclass(frozen=True, slots=True)
class FrameFile:
    """A file that shows a frame exactly."""

    kind: str
    path: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Film:
    """An animation that is to be made: its kind, its path, and its frames in order."""

    kind: str
    path: str
    frames: tuple[FrameFile, ...]


@dataclass(frozen=True, slots=True)
class AnimationTask(Step):
    """The frames of a file that are to be animated, as a worker gets it.

    Attributes
    ----------
    scope, fingerprint, title : tuple of str and int, and str
        What names the group of frames, a digest of all that its files depend on, and how a person
        knows it.
    source : str
        The place of the image file.
    pixels : int
        Of all frames.
    films : tuple of Film
        What is to be made.
    output, stop_file, ours, timeout
        As in `batchquant.steps.task.Task`.
    """

    scope: ImageKey
    fingerprint: str
    title: str
    source: str
    pixels: int
    films: tuple[Film, ...]
    output: Path
    stop_file: Path | None
    ours: frozenset[str] = frozenset()
    timeout: float | str = 0.0

    step = ANIMATION

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What names its result."""
        return *self.scope, self.step

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Kind and path of each file; a kind is the file's name."""
        return tuple((Path(film.path).name, film.path) for film in self.films)

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most: all frames, painted."""
        return need_bytes(self.pixels)

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of its files, relative to the output folder."""
        return tuple(film.path for film in self.films)

    @property
    def n_steps(self) -> int:
        """How often all frames are encoded."""
        return len(self.films)

    @property
    def work(self) -> float:
        """How long it takes beside others."""
        return work_of(self.pixels, self.n_steps)

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Encode the animations, in a worker, and write them."""
        return attempt(self.key, self._make)

    def _read(self, path: Path) -> bytes:
        return read_output(self.output, str(path))

    def _make(self, files: dict[str, Written]) -> None:
        timing = read_timing(read_source(self.source).content)
        for film, (name, path) in zip(self.films, self.files, strict=True):
            if timing is None or len(timing.durations_ms) != len(film.frames):
                files[name] = Written(-1, None, note=NO_TIMING)
                continue
            stop_if_wanted(self.stop_file)
            frames = [
                formats()[frame.kind].read(
                    read_as_written(Path(frame.path), frame.digest, self._read)
                )
                for frame in film.frames
            ]
            content = ENCODERS[film.kind](frames, timing)
            publish_file(content, path, self.output, self.ours)
            note = ROUNDED if film.kind == "gif" and rounds(timing) else None
            files[name] = Written(len(content), digest_of(content), note=note)
