"""What a step of a package makes of a picture, as a worker gets it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from batchquant.errors import ImageError
from batchquant.files.digests import digest_of
from batchquant.files.outputs import read_output
from batchquant.plan.keys import settings_of
from batchquant.plan.picture_step import Made, MadeVariant, picture_steps
from batchquant.plan.records import ImageKey, Settings
from batchquant.steps.attempt import attempt
from batchquant.steps.effort import work_of
from batchquant.steps.files import publish_file
from batchquant.steps.need import need_bytes
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.step import Step
from batchquant.steps.stopping import stop_if_wanted


@dataclass(frozen=True, slots=True)
class StepTask(Step):
    """A picture that a step of a package comes to.

    Attributes
    ----------
    scope : tuple of str and int
        What names the image.
    step, fingerprint : str
        The step, and a digest of all that its files depend on.
    title, source, pixels, output, settings, stop_file, ours, timeout
        As in `batchquant.steps.task.Task`.
    variants, paths
        As in `Made`.
    files : tuple of tuple of str
        Kind and path of what it makes.
    """

    scope: ImageKey
    step: str
    fingerprint: str
    title: str
    source: str
    pixels: int
    output: Path
    settings: Settings
    stop_file: Path | None
    variants: tuple[MadeVariant, ...]
    paths: Mapping[str, str]
    files: tuple[tuple[str, str], ...]
    ours: frozenset[str] = frozenset()
    timeout: float | str = 0.0

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What names its result."""
        return *self.scope, self.step

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, about: it may well decode what was made."""
        return need_bytes(self.pixels)

    @property
    def n_steps(self) -> int:
        """How many pictures it may look at."""
        return 1 + len(self.variants)

    @property
    def work(self) -> float:
        """How long it takes beside others."""
        return work_of(self.pixels, 1)

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Let the step make its files, in a worker, and write them."""
        return attempt(self.key, self._make)

    def _make(self, files: dict[str, Written]) -> None:
        step = picture_steps()[self.step]
        made = Made(
            self.title,
            settings_of(step, self.settings),
            self.variants,
            self.paths,
            lambda path: read_output(self.output, path),
        )
        contents = step.make(made)
        if contents.keys() != step.suffixes.keys():
            raise ImageError(f"internal: {self.step} made {', '.join(contents) or 'nothing'}")
        stop_if_wanted(self.stop_file)
        for kind, path in self.files:
            publish_file(contents[kind], path, self.output, self.ours)
            files[kind] = Written(len(contents[kind]), digest_of(contents[kind]))
