"""One sheet with all combinations of varied keys as rows, as a worker gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from batchquant.plan.picture_step import SHEET_VARY
from batchquant.plan.records import ImageKey, Settings
from batchquant.steps.effort import work_of
from batchquant.steps.exhibit import Exhibit
from batchquant.steps.need import need_to_decode, need_to_show
from batchquant.steps.result import OverviewResult
from batchquant.steps.step import Step


class VariedRow(NamedTuple):
    """A start of a combination: what it is called, the settings of its job, and its variants."""

    name: str
    settings: Settings
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True)
class VariedSheetTask(Step):
    """A picture whose combinations are to be drawn on one sheet.

    Attributes
    ----------
    scope : tuple of str and int
        The combination that was finished last: what comes behind it goes on then.
    first : tuple of str and int
        What names the picture in the first combination, and the sheet.
    fingerprint : str
        Digest of all that its files depend on.
    rows : tuple of VariedRow
        At least two. The first also says how the original is read.
    notes : tuple of str
        Lines below the subtitle.
    title, subtitle, source, source_sha256, frame, takes_all, pixels, output, stop_file, files
        As in `OverviewTask`.
    ours, size_bytes, timeout
        As in `batchquant.steps.task.Task`.
    """

    scope: ImageKey
    first: ImageKey
    fingerprint: str
    title: str
    subtitle: str
    notes: tuple[str, ...]
    rows: tuple[VariedRow, ...]
    source: str
    source_sha256: str
    frame: int
    takes_all: bool
    pixels: int
    output: Path
    stop_file: Path | None
    files: tuple[tuple[str, str], ...]
    ours: frozenset[str] = frozenset()
    size_bytes: int = 0
    timeout: float | str = 0.0

    step = SHEET_VARY

    def run(self, give: Callable[[object], None]) -> OverviewResult:
        """Draw it, in a worker."""
        from batchquant.steps.overview import draw_varied_sheet

        return draw_varied_sheet(self)

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What names its result."""
        return *self.first, self.step

    @property
    def need_bytes(self) -> int:
        """The memory that it takes at its peak, at most."""
        decoding = [
            need_to_decode(self.source, self.size_bytes, self.pixels, row.settings)
            for row in self.rows
        ]
        return max(decoding) + need_to_show(self.pixels, self.rows[0].settings, self._n_exhibits)

    @property
    def n_steps(self) -> int:
        """How many pictures are looked at."""
        return 1 + self._n_exhibits

    @property
    def work(self) -> float:
        """How long it takes beside others."""
        return work_of(self.pixels, self.n_steps)

    @property
    def _n_exhibits(self) -> int:
        return sum(len(row.exhibits) for row in self.rows)
